#include "console/http_message.h"

#include "bgworker/core/text/ascii.h"
#include "bgworker/core/text/hex.h"
#include "bgworker/core/text/json.h"
#include "bgworker/core/text/utf8.h"

namespace debrief::console {
namespace {

std::optional<std::string> Decoded(std::string_view text, bool plus_is_blank) {
  std::string decoded;
  for (size_t at = 0; at < text.size(); at++) {
    char c = text[at];
    if (c == '%') {
      if (at + 2 >= text.size()) return std::nullopt;
      const std::string digits = ascii::Lower(text.substr(at + 1, 2));
      const size_t high = hex::kLower.find(digits[0]);
      const size_t low = hex::kLower.find(digits[1]);
      if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
      c = static_cast<char>(high << 4 | low);
      at += 2;
    } else if (c == '+' && plus_is_blank) {
      c = ' ';
    }
    constexpr unsigned char kDelete = 0x7f;
    const auto byte = static_cast<unsigned char>(c);
    if (byte < ' ' || byte == kDelete) return std::nullopt;
    decoded += c;
  }
  if (!utf8::IsValid(decoded)) return std::nullopt;
  return decoded;
}

}  // namespace

std::optional<Target> ParseTarget(std::string_view text) {
  if (!text.starts_with('/')) return std::nullopt;
  const size_t mark = text.find('?');
  const auto path = Decoded(text.substr(0, mark), false);
  if (!path) return std::nullopt;
  Target target{*path, {}};
  std::string_view rest = mark == std::string_view::npos ? "" : text.substr(mark + 1);
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (pair.empty()) continue;
    const size_t sign = pair.find('=');
    const auto name = Decoded(pair.substr(0, sign), true);
    const auto value = Decoded(sign == std::string_view::npos ? "" : pair.substr(sign + 1), true);
    if (!name || !value || !target.query.emplace(*name, *value).second) return std::nullopt;
  }
  return target;
}

void Request::AddHeader(std::string_view name, std::string_view value) {
  const std::string lower = ascii::Lower(name);
  const auto [header, is_new] = headers.emplace(lower, value);
  if (is_new) return;
  header->second.append(", ").append(value);
  for (const std::string_view decides :
       {"host", "origin", "cookie", "authorization", "sec-fetch-site", "content-type", "range"}) {
    if (lower == decides) has_repeated_header = true;
  }
}

std::string Request::Header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

Response TextResponse(unsigned status, std::string_view text) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
          .body = std::string(text) + "\n"};
}

Response JsonResponse(unsigned status, std::string json) {
  return {
      .status = status, .headers = {{"Content-Type", "application/json"}}, .body = std::move(json)};
}

Response ErrorResponse(unsigned status, std::string_view state, std::string_view message,
                       std::string_view hint) {
  json::Writer writer;
  writer.StartObject().Key("error").StartObject().Key("sqlstate");
  state.empty() ? writer.Null() : writer.String(state);
  writer.Key("message").String(message).Key("hint");
  hint.empty() ? writer.Null() : writer.String(hint);
  writer.EndObject().EndObject();
  return JsonResponse(status, writer.Take());
}

}  // namespace debrief::console

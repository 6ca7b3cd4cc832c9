// request_check.cpp: see request_check.h.
#include "bgworker/core/http/request_check.h"

#include <strings.h>

#include <algorithm>

namespace debrief {
namespace {

constexpr std::string_view kHttp = "http://";
constexpr std::string_view kHttps = "https://";
// An empty value takes a header away: libcurl would wait a second for the server's leave to
// send a large body, and few servers give it.
constexpr std::string_view kNoExpect = "Expect:";

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return IsControl(c); });
}

bool BeginsWith(std::string_view text, std::string_view prefix) {
  return text.size() > prefix.size() && strncasecmp(text.data(), prefix.data(), prefix.size()) == 0;
}

// RFC 9110: a header's name is a token.
bool IsToken(std::string_view name) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

}  // namespace

std::string_view WhyRefused(const Request& request, const std::optional<Url>& url) {
  if (HasControl(request.url)) return "control byte in the URL";
  if (!BeginsWith(request.url, kHttp) && !BeginsWith(request.url, kHttps)) {
    return "the URL is neither http nor https";
  }
  if (!url || url->host.empty()) return "the URL has no usable host";
  for (const auto& [name, value] : request.headers) {
    if (!IsToken(name)) return "bad header name";
    if (HasControl(value)) return "control byte in a header";
  }
  for (const FormPart& part : request.form) {
    if (HasControl(part.name) || HasControl(part.content_type)) return "control byte in a form";
  }
  const int bodies = !request.body.empty() + !request.pieces.empty() + !request.form.empty();
  const bool may_have_body =
      request.method == Request::Method::kPost || request.method == Request::Method::kPut;
  if (bodies > (may_have_body ? 1 : 0)) return "a body that the method does not take";
  if (request.timeout_ms <= 0 || request.connect_timeout_ms <= 0) return "a time limit is not set";
  if (request.response_bytes_max < 0) return "the limit of the answer is negative";
  return {};
}

void HeaderList::Fill(const std::vector<std::pair<std::string, std::string>>& headers) {
  constexpr std::string_view kColon = ": ";
  size_t bytes = kNoExpect.size() + 1;
  for (const auto& [name, value] : headers) bytes += name.size() + kColon.size() + value.size() + 1;
  text_.clear();
  text_.reserve(bytes);  // the nodes point into it: it must not move
  nodes_.resize(headers.size() + 1);
  curl_slist* node = nodes_.data();
  for (const auto& [name, value] : headers) {
    *node = {text_.data() + text_.size(), node + 1};
    ++node;
    text_ += name;
    // libcurl reads "Name:" as "leave this header out" and "Name;" as "send it empty".
    if (value.empty()) {
      text_ += ';';
    } else {
      text_.append(kColon).append(value);
    }
    text_ += '\0';
  }
  *node = {text_.data() + text_.size(), nullptr};
  text_ += kNoExpect;
}

}  // namespace debrief

// classify.cpp: a body's code beats the status; unknown codes fall back to it.

#include "classify.h"

#include <algorithm>
#include <cctype>

#include "json.h"
#include "ssml.h"

namespace debrief {
namespace {

constexpr size_t kDetailBytesMax = 500;
constexpr size_t kErrorBytesMax = 64 * 1024;
constexpr size_t kSecretBytesMin = 32;  // a run of token characters this long may be a secret

struct Meaning {
  const char* code;
  FailureClass failure_class;
  const char* message;
};

constexpr Meaning kMeanings[] = {
    {"rate_limited", FailureClass::kRateLimited, "The provider is busy."},
    {"unauthorized", FailureClass::kAuth, "The provider does not accept our key."},
    {"too_large", FailureClass::kTooLarge, "The input is too large for the provider."},
    {"blocked", FailureClass::kBlocked, "The provider refuses this content."},
    {"unsupported_media", FailureClass::kPermanent, "The provider cannot read this video."},
    {"bad_request", FailureClass::kPermanent, "The provider refuses the request."},
    {"redirected", FailureClass::kPermanent, "The provider's address is not right."},
    {"internal", FailureClass::kTransient, "The provider failed."},
    {"timeout", FailureClass::kTransient, "The provider took too long."},
    {"connection_broken", FailureClass::kTransient, "The connection to the provider broke."},
    {"answer_too_large", FailureClass::kTransient, "The provider's answer is too large."},
    {"bad_answer", FailureClass::kTransient, "The provider's answer could not be used."},
    {"unreachable", FailureClass::kUnreachable, "The provider cannot be reached."},
    {"request_refused", FailureClass::kConfig, "The request could not be sent."},
};

Failure Make(std::string_view code, std::string_view detail) {
  for (const Meaning& meaning : kMeanings) {
    if (code != meaning.code) continue;
    return Failure{.failure_class = meaning.failure_class,
                   .code = meaning.code,
                   .message = meaning.message,
                   .detail = CleanDetail(detail)};
  }
  return Make("internal", detail);
}

std::optional<Failure> FromTransport(const Response& response) {
  switch (response.transport) {
    case Response::Transport::kOk:
      return std::nullopt;
    case Response::Transport::kUnreachable:
      return Make("unreachable", response.transport_error);
    case Response::Transport::kTimeout:
      return Make("timeout", response.transport_error);
    case Response::Transport::kBroken:
      return Make("connection_broken", response.transport_error);
    case Response::Transport::kTooLarge:
      return Make("answer_too_large", response.transport_error);
    case Response::Transport::kRefused:
      return Make("request_refused", response.transport_error);
  }
  return std::nullopt;
}

std::string_view CodeOfStatus(const Response& response) {
  const int status = response.status;
  if (status == 429 || (status == 503 && response.retry_after_ms)) return "rate_limited";
  if (status == 401 || status == 403) return "unauthorized";
  if (status == 408 || status == 425 || status == 504) return "timeout";
  if (status == 413) return "too_large";
  if (status == 415 || status == 422) return "unsupported_media";
  if (status >= 300 && status < 400) return "redirected";
  if (status >= 400 && status < 500) return "bad_request";
  // 5xx, and statuses that are no answer at all (1xx, 2xx beside 200).
  return "internal";
}

// The codes a body may give, and what they are here.
std::string_view KnownCode(std::string_view code) {
  if (code == "busy" || code == "rate_limited" || code == "overloaded") return "rate_limited";
  for (std::string_view known : {"unauthorized", "too_large", "blocked", "unsupported_media",
                                 "bad_request", "internal", "timeout"}) {
    if (code == known) return known;
  }
  return {};
}

bool IsTokenByte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.' ||
         c == '+' || c == '/' || c == '=';
}

// Replaces runs that look like keys; a run that follows "Bearer " whatever its length.
std::string Redact(const std::string& text) {
  std::string clean;
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() && IsTokenByte(text[end])) end++;
    const size_t length = end - i;
    if (length == 0) {
      clean += text[i++];
      continue;
    }
    const bool after_bearer =
        clean.size() >= 7 && clean.compare(clean.size() - 7, 7, "Bearer ") == 0;
    clean += length >= kSecretBytesMin || after_bearer ? "[redacted]" : text.substr(i, length);
    i = end;
  }
  return clean;
}

}  // namespace

std::string CleanDetail(std::string_view text) {
  text = text.substr(0, std::min(text.size(), kErrorBytesMax));
  std::string line;
  for (char c : text) line += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  if (!ssml::IsValidUtf8(line)) {
    for (char& c : line) {
      if (static_cast<unsigned char>(c) >= 0x80) c = '?';
    }
  }
  line = Redact(line);
  if (line.size() <= kDetailBytesMax) return line;
  size_t cut = kDetailBytesMax;
  while (cut > 0 && (static_cast<unsigned char>(line[cut]) & 0xC0) == 0x80) cut--;
  return line.substr(0, cut);
}

std::optional<Failure> Classify(const Response& response) {
  if (std::optional<Failure> failure = FromTransport(response)) return failure;
  if (response.status == 200) return std::nullopt;
  std::string_view code = CodeOfStatus(response);
  std::string detail;
  std::string error;
  const auto body =
      response.body.size() <= kErrorBytesMax ? json::Parse(response.body, &error) : std::nullopt;
  if (const auto told = body ? body->Find("error") : std::nullopt) {
    if (const auto known = told->Find("code"); known && known->IsString()) {
      if (const std::string_view mapped = KnownCode(known->String()); !mapped.empty()) {
        code = mapped;
      }
    }
    if (const auto words = told->Find("message"); words && words->IsString()) {
      detail = words->String();
    }
  }
  if (detail.empty()) detail = "HTTP status " + std::to_string(response.status);
  Failure failure = Make(code, detail);
  failure.http_status = response.status;
  failure.retry_after_ms = response.retry_after_ms;
  return failure;
}

Failure BadAnswer(std::string_view reason) {
  Failure failure = Make("bad_answer", reason);
  failure.http_status = 200;
  return failure;
}

}  // namespace debrief

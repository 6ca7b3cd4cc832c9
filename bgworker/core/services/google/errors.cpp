// errors.cpp: see errors.h.

#include "bgworker/core/services/google/errors.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "bgworker/core/services/classify.h"
#include "bgworker/core/services/google/access_token.h"
#include "bgworker/core/text/ascii.h"
#include "bgworker/core/text/json.h"
#include "bgworker/core/text/number.h"

namespace debrief::google {
namespace {

constexpr size_t kErrorBytesMax = 256 * 1024;
constexpr size_t kDetailsMax = 32;
constexpr int64_t kDelayMaxMs = 24 * 3'600'000;
constexpr int64_t kDayQuotaMs = 3'600'000;
constexpr int64_t kBusyMs = 1'000;  // "again at once" from a busy server says nothing of when

// What google.rpc.Status said.
struct ErrorBody {
  std::string message, status, reason;
  int64_t delay_ms = 0;
  bool is_spent = false;       // the quota of the day, or the money
  bool about_options = false;  // a member of the request that the server's options alone write
};

bool Has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool HasAny(std::string_view text, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return Has(text, part); });
}

// "53s", "53.016342224s" and the beginning of "53.016s. More words".
int64_t SecondsToMs(const std::string& text) {
  std::string_view unit;
  const std::optional<double> seconds = number::Leading(text, &unit);
  if (!seconds || !unit.starts_with('s') || !(*seconds > 0)) return 0;
  return static_cast<int64_t>(
      std::min(std::ceil(*seconds * 1000), static_cast<double>(kDelayMaxMs)));
}

// "generation_config.thinking_config.thinking_level". The voice may be the row's own.
bool IsOfOptions(std::string_view field) {
  if (Has(field, "voice")) return false;
  for (const std::string_view member : {"generation_config", "generationConfig", "safety_settings",
                                        "safetySettings", "audio_config", "audioConfig"}) {
    if (field.starts_with(member)) return true;
  }
  return false;
}

void ReadDetail(const json::Value& detail, ErrorBody* error_body) {
  const std::string type = json::TextOf(detail.Find("@type"));
  if (type.ends_with("RetryInfo")) {
    error_body->delay_ms =
        std::max(error_body->delay_ms, SecondsToMs(json::TextOf(detail.Find("retryDelay"))));
  }
  if (type.ends_with("ErrorInfo")) error_body->reason = json::TextOf(detail.Find("reason"));
  const std::optional<json::Value> fields = detail.Find("fieldViolations");
  for (size_t i = 0; fields && fields->IsArray() && i < std::min(fields->Size(), kDetailsMax);
       i++) {
    error_body->about_options |= IsOfOptions(json::TextOf(fields->At(i).Find("field")));
  }
  const std::optional<json::Value> violations = detail.Find("violations");
  if (!type.ends_with("QuotaFailure") || !violations || !violations->IsArray()) return;
  for (size_t i = 0; i < std::min(violations->Size(), kDetailsMax); i++) {
    error_body->is_spent |= Has(json::TextOf(violations->At(i).Find("quotaId")), "PerDay");
  }
}

ErrorBody ReadStatus(std::string_view body) {
  ErrorBody error_body;
  if (body.size() > kErrorBytesMax) return error_body;
  std::string problem;
  std::optional<json::Value> document = json::Parse(body, &problem);
  if (document && document->IsArray() && document->Size() == 1) document = document->At(0);
  const std::optional<json::Value> error = document ? document->Find("error") : std::nullopt;
  if (!error) return error_body;
  error_body.message = json::TextOf(error->Find("message"));
  error_body.status = json::TextOf(error->Find("status"));
  // The shape of the newer API has its status in `code`; that of OAuth is a word alone, and the
  // reason stands beside it.
  if (error_body.status.empty()) error_body.status = json::TextOf(error->Find("code"));
  if (error->IsString()) {
    error_body.status = error->String();
    error_body.message = json::TextOf(document->Find("error_description"));
  }
  constexpr std::string_view kRetryIn = "retry in ";
  if (const size_t at = error_body.message.find(kRetryIn); at != std::string::npos) {
    error_body.delay_ms = SecondsToMs(error_body.message.substr(at + kRetryIn.size()));
  }
  error_body.is_spent =
      HasAny(error_body.message, {"credits are depleted", "spending cap", "spend cap"});
  const std::optional<json::Value> details = error->Find("details");
  if (!details || !details->IsArray()) return error_body;
  for (size_t i = 0; i < std::min(details->Size(), kDetailsMax); i++) {
    ReadDetail(details->At(i), &error_body);
  }
  return error_body;
}

bool IsAboutSize(std::string_view message) {
  return HasAny(message, {"longer than the limit of", "sentences that are too long",
                          "context too long", "exceeds the maximum number of tokens",
                          "payload size exceeds", "request is too large"});
}

// What the model that the options name cannot do, or not so.
bool IsAboutOptions(const ErrorBody& error_body, std::string_view message) {
  return error_body.about_options ||
         HasAny(message, {"thinking", "response modalities", "not supported for this model",
                          "is not enabled for"});
}

// A key that was withdrawn, or a project that is barred, whatever the request names.
bool IsAboutKey(const ErrorBody& error_body, std::string_view message) {
  return !error_body.reason.empty() ||
         HasAny(message, {"api key", "project", "consumer", "billing", "are blocked"});
}

// `message` is in lower case.
std::string_view CodeOfBadRequest(const ErrorBody& error_body, std::string_view message,
                                  bool names_file) {
  if (error_body.reason == "API_KEY_INVALID" || error_body.status == "invalid_grant" ||
      Has(message, "api key not valid") || Has(message, "api key expired")) {
    return "unauthorized";
  }
  if (names_file && Has(message, "not in an active state")) return "not_active";
  if (IsAboutSize(message)) return "too_large";
  // A model that speaks slips now and then, and is refused by its own service.
  if (HasAny(message, {"tried to generate text", "only be used for tts"})) {
    return "bad_answer";
  }
  const bool is_precondition = error_body.status == "FAILED_PRECONDITION";
  if (is_precondition && HasAny(message, {"location", "billing"})) return "not_configured";
  if (Has(message, "voice") && HasAny(message, {"does not exist", "not found"})) {
    return "voice_not_found";
  }
  if (Has(message, "mime type")) return "unsupported_media";
  return IsAboutOptions(error_body, message) ? "not_configured" : "bad_request";
}

std::string_view CodeOf(const Response& response, const ErrorBody& error_body, bool names_file) {
  const std::string message = ascii::Lower(error_body.message);
  switch (response.status) {
    case 400:
      return CodeOfBadRequest(error_body, message, names_file);
    case 403:
      if (Has(message, "access the file")) return "stale_input";
      return names_file && !IsAboutKey(error_body, message) ? "stale_input" : "unauthorized";
    case 404:
      if (Has(message, "model")) return "model_not_found";
      return names_file ? "stale_input" : std::string_view();
    case 429:
      return error_body.is_spent ? "quota_exhausted" : "rate_limited";
    case 499:
      return "internal";
    default:
      return IsAboutSize(message) ? "too_large" : std::string_view();
  }
}

// An error under status 200, as a proxy may send it.
std::optional<Failure> ClassifyDisguised(const Response& response, std::string_view key) {
  if (response.body.size() > kErrorBytesMax || !Has(response.body, "\"error\""))
    return std::nullopt;
  std::string problem;
  const std::optional<json::Value> document = json::Parse(response.body, &problem);
  const std::optional<json::Value> error = document ? document->Find("error") : std::nullopt;
  const std::optional<int> status = error ? StatusInBody(error->Find("code")) : std::nullopt;
  if (!status) return std::nullopt;
  Response meant;
  meant.status = *status;
  meant.body = response.body;
  meant.retry_after_ms = response.retry_after_ms;
  return google::Classify(meant, key, false);
}

}  // namespace

std::optional<Failure> Classify(const Response& response, std::string_view key, bool names_file) {
  if (std::optional<Failure> failure = ClassifyTransport(response, key)) return failure;
  if (response.status == kStatusOk) return ClassifyDisguised(response, key);
  const ErrorBody error_body = ReadStatus(response.body);
  std::string_view code = CodeOf(response, error_body, names_file);
  const bool not_active = code == "not_active";
  if (not_active) code = "stale_input";
  Failure failure = code.empty() ? ClassifyStatus(response, error_body.message, key)
                                 : ClassifyCode(code, response, error_body.message, key);
  if (not_active) failure.code = std::string(kFileNotActive);
  if (response.status == 429) {
    const int64_t told_ms = std::max(error_body.delay_ms, response.retry_after_ms.value_or(0));
    const int64_t least_ms = error_body.is_spent ? kDayQuotaMs : kBusyMs;
    failure.retry_after_ms = std::clamp(told_ms, least_ms, kDelayMaxMs);
  }
  return failure;
}

Request NewRequest(const ServerConfig& server, const CallContext& call_context,
                   std::string_view path) {
  Request request;
  request.url = server.base_url + std::string(path);
  Authorize(server, call_context, &request);
  request.timeout_ms = server.timeout_ms;
  return request;
}

void Authorize(const ServerConfig& server, const CallContext& call_context, Request* request) {
  if (!call_context.access_token.empty()) {
    request->headers.emplace_back("Authorization",
                                  "Bearer " + std::string(call_context.access_token));
  } else if (!server.key.empty() && !IsServiceAccount(server.key)) {
    request->headers.emplace_back("x-goog-api-key", server.key);
  }
}

}  // namespace debrief::google

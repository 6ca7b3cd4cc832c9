// classify.cpp: a body's code beats the status; unknown codes fall back to it.

#include "bgworker/core/services/classify.h"

#include <utility>

#include "bgworker/core/text/json.h"
#include "bgworker/core/text/redact.h"
#include "bgworker/core/text/utf8.h"

namespace debrief {
namespace {

constexpr size_t kErrorBytesMax = 64 * 1024;
constexpr size_t kShownCharacters = 60;

struct Meaning {
  std::string_view code;
  FailureClass failure_class;
  std::string_view message;
};

constexpr Meaning kMeanings[] = {
    {"internal", FailureClass::kUnproven, "The provider failed."},
    {"timeout", FailureClass::kUnproven, "The provider took too long."},
    {"unavailable", FailureClass::kOutage, "The provider is not available."},
    {"connection_broken", FailureClass::kOutage, "The connection to the provider broke."},
    {"answer_too_large", FailureClass::kTransient, "The provider's answer is too large."},
    {"bad_answer", FailureClass::kTransient, "The provider's answer could not be used."},
    {"output_cut", FailureClass::kTransient, "The provider's answer was cut at its limit."},
    {"rate_limited", FailureClass::kRateLimited, "The provider is busy."},
    {"quota_exhausted", FailureClass::kQuota, "The provider's quota is used up."},
    {"stale_input", FailureClass::kStaleInput, "The provider has lost the upload."},
    {"unreachable", FailureClass::kOutage, "The provider cannot be reached."},
    {"unauthorized", FailureClass::kAuth, "The provider does not accept our key."},
    {"request_refused", FailureClass::kConfig, "The request could not be sent."},
    {"address_not_allowed", FailureClass::kConfig, "The provider's address is not allowed."},
    {"not_configured", FailureClass::kConfig, "The provider is not set up for this."},
    {"model_not_found", FailureClass::kConfig, "The provider does not know the model."},
    {"bucket_not_found", FailureClass::kConfig, "The store does not know the bucket."},
    {"too_large", FailureClass::kTooLarge,
     "The recording or text is too long or too large for the provider: use a shorter one."},
    {"blocked", FailureClass::kBlocked,
     "The provider refuses this content: change the text or the recording."},
    {"unsupported_media", FailureClass::kPermanent,
     "The provider cannot read this input: a recording must be a whole video file, with a picture, "
     "in a common format such as MP4."},
    {"bad_request", FailureClass::kPermanent, "The provider refuses the request."},
    {"voice_not_found", FailureClass::kPermanent, "The provider does not know the voice."},
    {"object_not_found", FailureClass::kPermanent,
     "The recording is not in its store: upload it again."},
    {"redirected", FailureClass::kConfig, "The provider's address is not right."},
    {"endpoint_not_found", FailureClass::kConfig, "The provider's address is not right."},
};

Failure Make(std::string_view code, std::string detail) {
  const Meaning* meaning = &kMeanings[0];
  for (const Meaning& candidate : kMeanings) {
    if (candidate.code == code) meaning = &candidate;
  }
  return Failure{.failure_class = meaning->failure_class,
                 .code = std::string(meaning->code),
                 .message = std::string(meaning->message),
                 .detail = std::move(detail)};
}

// Empty when there is an answer.
std::string_view CodeOfTransport(Response::Transport transport) {
  switch (transport) {
    case Response::Transport::kOk:
      break;
    case Response::Transport::kUnreachable:
      return "unreachable";
    case Response::Transport::kTimeout:
      return "timeout";
    case Response::Transport::kBroken:
      return "connection_broken";
    case Response::Transport::kTooLarge:
      return "answer_too_large";
    case Response::Transport::kRefused:
      return "request_refused";
    case Response::Transport::kForbidden:
      return "address_not_allowed";
  }
  return {};
}

// What stands before a service answers for it when it does not: proxies, the 52x of Cloudflare, and
// Supabase for a project that is paused or too slow.
bool IsGatewayStatus(int status) {
  return (status >= 502 && status <= 504) || status == 529 || (status >= 520 && status <= 527) ||
         status == 530 || status == 540 || status == 544;
}

std::string_view CodeOfStatus(const Response& response) {
  const int status = response.status;
  if (status == 429 || (status == 503 && response.retry_after_ms)) return "rate_limited";
  constexpr int kFull = 507;  // a disk is, and no row
  if (IsGatewayStatus(status) || status == kFull) return "unavailable";
  if (status == 401 || status == 403) return "unauthorized";
  if (status == 402) return "quota_exhausted";
  if (status == 408 || status == 425) return "timeout";
  if (status == 404 || status == 405 || status == 410) return "endpoint_not_found";
  if (status == 413) return "too_large";
  if (status == 415 || status == 422) return "unsupported_media";
  if (status >= 300 && status < 400) return "redirected";
  if (status >= 400 && status < 500) return "bad_request";
  return "internal";  // 5xx; 1xx, the other 2xx, and what is no status at all
}

// What a code that a body gives is called here; empty when the protocol does not know it.
std::string_view CodeOfBody(std::string_view code) {
  if (code == "busy" || code == "rate_limited" || code == "overloaded") return "rate_limited";
  for (const std::string_view known : {"unauthorized", "too_large", "blocked", "unsupported_media",
                                       "bad_request", "internal", "timeout"}) {
    if (code == known) return known;
  }
  return {};
}

// What the owner of a recording can fix, by the reason that the body of unsupported_media gives.
std::string_view SentenceOfReason(std::string_view reason) {
  constexpr std::pair<std::string_view, std::string_view> kSentences[] = {
      {"no_video", "The file holds no video stream. Upload a recording with a picture."},
      {"cut_short", "The recording is cut short. Upload it again."},
      {"empty", "The file is empty. Upload it again."},
      {"undecodable",
       "The file is no recording that can be decoded. Save it as MP4 or WebM and upload it again."},
  };
  for (const auto& [known, sentence] : kSentences) {
    if (reason == known) return sentence;
  }
  return {};
}

struct ErrorBody {
  std::string code, message, reason;
};

ErrorBody ReadErrorBody(std::string_view body) {
  ErrorBody error_body;
  if (body.size() > kErrorBytesMax) return error_body;
  std::string problem;
  const std::optional<json::Value> document = json::Parse(body, &problem);
  const std::optional<json::Value> error = document ? document->Find("error") : std::nullopt;
  if (!error) return error_body;
  const std::optional<json::Value> code = error->Find("code");
  const std::optional<json::Value> message = error->Find("message");
  if (code && code->IsString()) error_body.code = code->String();
  if (message && message->IsString()) error_body.message = message->String();
  const std::optional<json::Value> reason = error->Find("reason");
  if (reason && reason->IsString()) error_body.reason = reason->String();
  return error_body;
}

}  // namespace

std::optional<Failure> ClassifyTransport(const Response& response, std::string_view key) {
  const std::string_view code = CodeOfTransport(response.transport);
  if (code.empty()) return std::nullopt;
  return Make(code, CleanDetail(response.transport_error, key));
}

Failure ClassifyCode(std::string_view code, const Response& response, std::string_view message,
                     std::string_view key) {
  std::string detail = CleanDetail(message, key);
  if (detail.empty()) detail = "HTTP status " + std::to_string(response.status);
  Failure failure = Make(code, std::move(detail));
  failure.http_status = response.status;
  failure.retry_after_ms = response.retry_after_ms;
  return failure;
}

Failure ClassifyStatus(const Response& response, std::string_view message, std::string_view key) {
  return ClassifyCode(CodeOfStatus(response), response, message, key);
}

std::optional<Failure> Classify(const Response& response, std::string_view key) {
  if (std::optional<Failure> failure = ClassifyTransport(response, key)) return failure;
  if (response.status == kStatusOk) return std::nullopt;
  const ErrorBody error_body = ReadErrorBody(response.body);
  const std::string_view known = CodeOfBody(error_body.code);
  Failure failure = ClassifyCode(known.empty() ? CodeOfStatus(response) : known, response,
                                 error_body.message, key);
  const std::string_view sentence = SentenceOfReason(error_body.reason);
  if (failure.code == "unsupported_media" && !sentence.empty()) failure.message = sentence;
  return failure;
}

std::optional<int> StatusInBody(std::string_view code) {
  constexpr size_t kDigits = 3;
  const bool is_error = code.size() == kDigits && (code[0] == '4' || code[0] == '5') &&
                        code.find_first_not_of("0123456789") == std::string_view::npos;
  if (!is_error) return std::nullopt;
  return std::stoi(std::string(code));
}

std::optional<int> StatusInBody(const std::optional<json::Value>& code) {
  if (!code) return std::nullopt;
  if (code->IsString()) return StatusInBody(code->String());
  constexpr double kFirst = 400, kLast = 599;
  const bool is_error = code->IsNumber() && code->Number() >= kFirst && code->Number() <= kLast;
  return is_error ? std::optional(static_cast<int>(code->Number())) : std::nullopt;
}

std::string MemberOfPlace(const std::optional<json::Value>& loc) {
  return loc && loc->IsArray() && loc->Size() > 1 ? json::TextOf(loc->At(1)) : std::string();
}

Failure NotConfigured(std::string_view why) {
  return ClassifyCode("not_configured", Response(), why, {});
}

Failure WrongService(const Response& response, std::string_view service) {
  return {.failure_class = FailureClass::kConfig,
          .code = "wrong_service",
          .message = "Something answers, but it is not " + std::string(service) + " (HTTP " +
                     std::to_string(response.status) + ").",
          .http_status = response.status};
}

Failure BadAnswer(std::string_view reason) {
  Failure failure = Make("bad_answer", CleanDetail(reason));
  failure.http_status = kStatusOk;
  return failure;
}

Failure BadAnswer(std::string_view reason, std::string_view came, std::string_view key) {
  const std::string clean = CleanDetail(came, key);
  const std::string_view shown = utf8::FirstCharacters(clean, kShownCharacters);
  if (shown.empty()) return BadAnswer(std::string(reason) + "; it is empty");
  return BadAnswer(std::string(reason) + "; it begins: " + std::string(shown));
}

}  // namespace debrief

// errors.cpp: see errors.h.

#include "bgworker/core/services/aws/errors.h"

#include <algorithm>

#include "bgworker/core/services/aws/signature.h"
#include "bgworker/core/services/classify.h"
#include "bgworker/core/text/ascii.h"
#include "bgworker/core/text/json.h"
#include "bgworker/core/text/xml.h"

namespace debrief::aws {
namespace {

constexpr size_t kBodyBytesMax = 64 * 1024;
constexpr size_t kCodeBytesMax = 128;
constexpr size_t kMessageBytesMax = 4 * 1024;
constexpr size_t kRegionBytesMax = 64;
constexpr int kDepthMax = 8;
constexpr int64_t kClockWaitMs = 60'000;

bool IsName(std::string_view text, std::string_view others) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return ascii::IsLetterOrDigit(c) || others.find(c) != std::string_view::npos;
  });
}

// Takes the fields below the root <Error>.
class ErrorReader final : public xml::Handler {
 public:
  std::string OnStart(std::string_view name, const xml::Attributes&) override {
    if (field_ != nullptr || (depth_ == 0 && name != "Error")) return "an element out of place";
    return ++depth_ == 2 ? OpenField(name) : std::string();
  }

  std::string OnText(std::string_view text) override {
    if (field_ == nullptr) return {};
    field_->append(text);
    return field_->size() > field_bytes_max_ ? "a field is too long" : "";
  }

  void OnEnd() override {
    depth_--;
    field_ = nullptr;
  }

  Error error;

 private:
  std::string OpenField(std::string_view name) {
    if (name == "Code") {
      field_ = &error.code;
      field_bytes_max_ = kCodeBytesMax;
    } else if (name == "Message") {
      field_ = &error.message;
      field_bytes_max_ = kMessageBytesMax;
    } else if (name == "Region") {
      field_ = &error.region;
      field_bytes_max_ = kRegionBytesMax;
    }
    return field_ != nullptr && !field_->empty() ? "a field occurs twice" : "";
  }

  int depth_ = 0;
  std::string* field_ = nullptr;  // that the element we are in fills
  size_t field_bytes_max_ = 0;
};

// "Name" of "Name:http://..." and of "com.amazonaws.polly#Name".
std::string NameOf(std::string_view type) {
  type = type.substr(0, type.find(':'));
  type.remove_prefix(type.rfind('#') + 1);  // npos + 1 is 0
  return type.size() <= kCodeBytesMax && IsName(type, "._-") ? std::string(type) : std::string();
}

std::string TextOf(const json::Value& object, std::string_view key) {
  const std::optional<json::Value> value = object.Find(key);
  return value && value->IsString() ? std::string(value->String()) : std::string();
}

// Of the signature's and the key's making, whatever the service is.
constexpr Meaning kShared[] = {
    {"AccessDenied", "unauthorized"},
    {"AccessDeniedException", "unauthorized"},
    {"ExpiredToken", "unauthorized"},
    {"ExpiredTokenException", "unauthorized"},
    {"IncompleteSignature", "unauthorized"},
    {"IncompleteSignatureException", "unauthorized"},
    {"InvalidAccessKeyId", "unauthorized"},
    {"InvalidClientTokenId", "unauthorized"},
    {"InvalidSignatureException", "unauthorized"},
    {"InvalidToken", "unauthorized"},
    {"MissingAuthenticationToken", "unauthorized"},
    {"MissingAuthenticationTokenException", "unauthorized"},
    {"SignatureDoesNotMatch", "unauthorized"},
    {"SubscriptionRequiredException", "unauthorized"},  // the account is not ready, or not paid
    {"TokenRefreshRequired", "unauthorized"},
    {"UnrecognizedClientException", "unauthorized"},
    {"RequestLimitExceeded", "rate_limited"},
    {"RequestThrottled", "rate_limited"},
    {"RequestThrottledException", "rate_limited"},
    {"SlowDown", "rate_limited"},
    {"Throttling", "rate_limited"},
    {"ThrottledException", "rate_limited"},
    {"ThrottlingException", "rate_limited"},
    {"TooManyRequests", "rate_limited"},
    {"TooManyRequestsException", "rate_limited"},
};

// Empty when the code is not in the table.
std::string_view OursOf(std::string_view theirs, std::span<const Meaning> table) {
  for (const Meaning& meaning : table) {
    if (meaning.theirs == theirs) return meaning.ours;
  }
  return {};
}

bool IsClockSkew(const Error& error) {
  return error.code == "RequestTimeTooSkewed" || error.code == "RequestExpired" ||
         (error.code == "InvalidSignatureException" &&
          (error.message.starts_with("Signature expired") ||
           error.message.starts_with("Signature not yet current")));
}

void TakeOut(std::string_view secret, std::string* message) {
  if (secret.empty()) return;
  constexpr std::string_view kHidden = "[redacted]";
  for (size_t at = message->find(secret); at != std::string::npos;
       at = message->find(secret, at + kHidden.size())) {
    message->replace(at, secret.size(), kHidden);
  }
}

// For the operator. The parts of the key are removed here: other code knows the key as a whole
// only.
std::string MessageOf(const Error& error, const Response& response, std::string_view key) {
  std::string message = error.code;
  if (!error.message.empty()) message += (message.empty() ? "" : ": ") + error.message;
  if (message.empty()) message = response.body.substr(0, kBodyBytesMax);
  if (const std::optional<Credentials> credentials = ParseCredentials(key)) {
    TakeOut(credentials->session_token, &message);
    TakeOut(credentials->secret, &message);
  }
  return message;
}

}  // namespace

Error ReadXmlError(std::string_view body) {
  ErrorReader reader;
  const std::string problem = xml::Read(body, {.depth_max = kDepthMax}, &reader);
  if (!problem.empty() || !IsName(reader.error.code, "._-")) return {};
  if (!IsRegion(reader.error.region)) reader.error.region.clear();
  return std::move(reader.error);
}

Error ReadJsonError(const Response& response) {
  Error error;
  error.code = NameOf(HeaderOf(response, kErrorTypeHeader));
  if (response.body.size() > kBodyBytesMax) return error;
  std::string problem;
  const std::optional<json::Value> body = json::Parse(response.body, &problem);
  if (!body || !body->IsObject()) return error;
  if (error.code.empty()) error.code = NameOf(TextOf(*body, "__type"));
  error.message = TextOf(*body, "message");
  if (error.message.empty()) error.message = TextOf(*body, "Message");
  return error;
}

Failure ClassifyError(const Error& error, std::span<const Meaning> own, const Response& response,
                      std::string_view key) {
  const std::string message = MessageOf(error, response, key);
  if (IsClockSkew(error)) {
    Failure failure = ClassifyCode(
        "unavailable", response, "this machine's clock or the service's is wrong: " + message, key);
    failure.retry_after_ms = std::max(kClockWaitMs, response.retry_after_ms.value_or(0));
    return failure;
  }
  std::string_view code = OursOf(error.code, own);
  if (code.empty()) code = OursOf(error.code, kShared);
  return code.empty() ? ClassifyStatus(response, message, key)
                      : ClassifyCode(code, response, message, key);
}

std::string HeaderOf(const Response& response, std::string_view lower_case_name) {
  const auto found = response.headers.find(lower_case_name);
  return found == response.headers.end() ? std::string() : found->second;
}

bool IsRegion(std::string_view region) {
  return region.size() <= kRegionBytesMax && IsName(region, "-_");
}

}  // namespace debrief::aws

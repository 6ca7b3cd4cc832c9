// answers.cpp: see answers.h.

#include "bgworker/core/services/openai/answers.h"

#include <algorithm>

#include "bgworker/core/services/classify.h"
#include "bgworker/core/text/json.h"
#include "bgworker/core/text/utf8.h"

namespace debrief::openai {
namespace {

constexpr size_t kErrorBytesMax = 64 * 1024;
constexpr size_t kPartsMax = 1'000;
constexpr size_t kModelsMax = 10'000;
constexpr size_t kModelBytesMax = 200;
constexpr int kBadRequest = 400;
constexpr int kPaymentRequired = 402;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
constexpr int kConflict = 409;
constexpr int kUnprocessable = 422;
constexpr double kTokensMax = 1e12;

std::optional<json::Value> Find(const std::optional<json::Value>& value, std::string_view name) {
  return value ? value->Find(name) : std::nullopt;
}

bool Has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

struct ErrorBody {
  std::string code, type, message;
  std::string param;  // what of the request is wrong: "response_format.type"
  std::optional<int> status;
};

ErrorBody ReadError(std::string_view body) {
  ErrorBody error_body;
  if (body.size() > kErrorBytesMax) return error_body;
  std::string problem;
  const std::optional<json::Value> document = json::Parse(body, &problem);
  if (!document || !document->IsObject()) return error_body;
  std::optional<json::Value> error = document->Find("error");
  if (!error || error->IsNull()) error = document->Find("detail");
  if (!error) error = Find(document->Find("message"), "detail");  // Mistral's
  if (!error) error = document;
  if (error->IsArray() && error->Size() > 0) error = error->At(0);
  if (error->IsString()) error_body.message = error->String();
  if (!error->IsObject()) return error_body;
  error_body.code = json::TextOf(error->Find("code"));
  error_body.status = StatusInBody(error->Find("code"));
  error_body.type = json::TextOf(error->Find("type"));
  error_body.param = json::TextOf(error->Find("param"));
  if (error_body.param.empty()) error_body.param = MemberOfPlace(error->Find("loc"));
  error_body.message = json::TextOf(error->Find("message"));
  if (error_body.message.empty()) error_body.message = json::TextOf(error->Find("msg"));
  if (error_body.message.empty()) error_body.message = json::TextOf(error->Find("error"));
  return error_body;
}

struct Meaning {
  std::string_view theirs, ours;
};

// A code or a type of theirs.
constexpr Meaning kCodes[] = {
    {"insufficient_quota", "quota_exhausted"},
    {"credit_balance_exhausted", "quota_exhausted"},
    {"organization_spend_limit_exceeded", "quota_exhausted"},
    {"project_spend_limit_exceeded", "quota_exhausted"},
    {"billing_hard_limit_reached", "quota_exhausted"},
    {"billing_not_active", "quota_exhausted"},
    {"Arrearage", "quota_exhausted"},
    {"context_length_exceeded", "too_large"},
    {"exceed_context_size_error", "too_large"},
    {"string_above_max_length", "too_large"},
    {"content_filter", "blocked"},
    {"content_policy_violation", "blocked"},
    {"invalid_prompt", "blocked"},
    {"data_inspection_failed", "blocked"},
    {"json_validate_failed", "bad_answer"},  // Groq's model missed the schema, and may not again
    {"invalid_api_key", "unauthorized"},
    {"model_not_found", "model_not_found"},
    {"not_found_error", "model_not_found"},
};

// Parts of a message, where a service has no code for it, or a status that says something else.
constexpr Meaning kSentences[] = {
    {"maximum context length", "too_large"},
    {"invalid model ID", "model_not_found"},
    {"Incorrect API key provided", "unauthorized"},  // xAI's 400, and so the next four
    {"Incorrect%20API%20key%20provided", "unauthorized"},
    {"used all available credits", "quota_exhausted"},
    {"run out of credits", "quota_exhausted"},
    {"have any credits", "quota_exhausted"},
    {"free tier of the model has been exhausted",
     "quota_exhausted"},  // Alibaba's 400, and the next
    {"DataInspectionFailed", "blocked"},
};

// Whether a request was refused for what the server's options alone put into it: then every row's
// will be.
bool IsAboutOptions(int status, const ErrorBody& error_body) {
  if (status != kBadRequest && status != kUnprocessable) return false;
  if (error_body.code == "unsupported_parameter" ||
      Has(error_body.message, "is not supported with this model")) {
    return true;
  }
  const std::string_view member =
      std::string_view(error_body.param).substr(0, error_body.param.find('.'));
  for (const std::string_view ours : {"model", "response_format", "max_completion_tokens",
                                      "max_tokens", "speed", "stream_format"}) {
    if (member == ours) return true;
    // Older vLLM writes the place into its words.
    if (Has(error_body.message, "('body', '" + std::string(ours) + "')")) return true;
  }
  return false;
}

// Empty: the status decides.
std::string_view CodeOf(int status, const ErrorBody& error_body) {
  for (const Meaning& meaning : kCodes) {
    if (error_body.code == meaning.theirs || error_body.type == meaning.theirs) return meaning.ours;
  }
  for (const Meaning& meaning : kSentences) {
    if (Has(error_body.message, meaning.theirs)) return meaning.ours;
  }
  // More than a minute's tokens at once: it comes as 429 or 413, and no wait makes it less.
  if (error_body.message.starts_with("Request too large for ")) return "too_large";
  if (status == kPaymentRequired) return "quota_exhausted";
  // OpenRouter's moderation: what a row says was refused, and not the key.
  if (status == kForbidden && Has(error_body.message, "flagged")) return "blocked";
  if (status == kNotFound && Has(error_body.message, "model")) return "model_not_found";
  if (error_body.code == "rate_limit_exceeded") return "rate_limited";
  if (IsAboutOptions(status, error_body)) return "not_configured";
  if (status == kConflict) return "internal";
  return {};
}

int64_t Count(const std::optional<json::Value>& usage, std::string_view name) {
  const std::optional<json::Value> value = Find(usage, name);
  if (!value || !value->IsNumber()) return 0;
  return static_cast<int64_t>(std::clamp(value->Number(), 0.0, kTokensMax));
}

// A string, or an array of parts.
std::string ReadContent(const std::optional<json::Value>& content) {
  if (!content || !content->IsArray()) return json::TextOf(content);
  std::string text;
  for (size_t i = 0; i < std::min(content->Size(), kPartsMax); i++) {
    text += json::TextOf(content->At(i).Find("text"));
  }
  return text;
}

std::string ModelName(const std::optional<json::Value>& model) {
  return std::string(utf8::Cut(json::TextOf(model), kModelBytesMax));
}

}  // namespace

std::optional<Failure> Classify(const Response& response, std::string_view key) {
  if (auto failure = ClassifyTransport(response, key)) return failure;
  if (response.status == kStatusOk) return std::nullopt;
  const ErrorBody error_body = ReadError(response.body);
  const std::string_view code = CodeOf(response.status, error_body);
  return code.empty() ? ClassifyStatus(response, error_body.message, key)
                      : ClassifyCode(code, response, error_body.message, key);
}

bool IsError(std::string_view body, bool may_be_raw) {
  if (!body.starts_with('{')) return false;
  if (!may_be_raw) return true;
  std::string problem;
  return body.size() <= kErrorBytesMax && json::Parse(body, &problem).has_value();
}

Failure ClassifyDisguised(const Response& response, std::string_view key) {
  const ErrorBody error_body = ReadError(response.body);
  Response meant;
  meant.status = error_body.status.value_or(response.status);
  meant.retry_after_ms = response.retry_after_ms;
  const std::string_view code = CodeOf(meant.status, error_body);
  if (!code.empty()) return ClassifyCode(code, meant, error_body.message, key);
  if (meant.status == kStatusOk) return ClassifyCode("bad_answer", meant, error_body.message, key);
  return ClassifyStatus(meant, error_body.message, key);
}

std::variant<ModelAnswer, Failure> ReadMessage(const Response& response, std::string_view key) {
  if (auto failure = openai::Classify(response, key)) return std::move(*failure);
  std::string problem;
  const std::optional<json::Value> answer = json::Parse(response.body, &problem);
  if (!answer || !answer->IsObject()) {
    return BadAnswer("the answer is not a JSON object", response.body, key);
  }
  const std::optional<json::Value> usage = answer->Find("usage");
  ModelAnswer message{.model = ModelName(answer->Find("model")),
                      .usage = {.input_tokens = Count(usage, "prompt_tokens"),
                                .output_tokens = Count(usage, "completion_tokens")}};
  const auto refused = [&](std::string_view code, std::string_view detail) {
    Failure failure = ClassifyCode(code, response, detail, key);
    failure.usage = message.usage;
    return failure;
  };
  const std::optional<json::Value> choices = answer->Find("choices");
  if (!choices || !choices->IsArray() || choices->Size() == 0) {
    if (answer->Find("error")) return ClassifyDisguised(response, key);
    return refused("bad_answer", "the answer has no choice");
  }
  const json::Value choice = choices->At(0);
  const std::string finish = json::TextOf(choice.Find("finish_reason"));
  const std::optional<json::Value> found_message = choice.Find("message");
  const std::string refusal = json::TextOf(Find(found_message, "refusal"));
  if (!refusal.empty()) return refused("blocked", refusal);
  if (finish == "content_filter") return refused("blocked", finish);
  if (finish == "length") return refused("output_cut", "finish_reason length");
  for (const std::string_view name : {"content", "reasoning_content", "reasoning"}) {
    message.text = ReadContent(Find(found_message, name));
    if (!message.text.empty()) break;
  }
  if (message.text.empty()) return refused("bad_answer", "the answer is empty");
  return message;
}

bool IsListed(const json::Value& models, const std::string& model) {
  for (size_t i = 0; i < std::min(models.Size(), kModelsMax); i++) {
    const std::optional<json::Value> id = models.At(i).Find("id");
    if (!id || !id->IsString()) continue;
    if (id->String() == model || id->String() == model + ":latest" ||
        id->String() == "models/" + model) {
      return true;
    }
  }
  return false;
}

}  // namespace debrief::openai

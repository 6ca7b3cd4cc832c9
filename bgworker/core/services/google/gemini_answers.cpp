// gemini_answers.cpp: see gemini_answers.h.

#include "bgworker/core/services/google/gemini_answers.h"

#include <algorithm>
#include <cstdlib>

#include "bgworker/core/services/classify.h"
#include "bgworker/core/services/google/errors.h"
#include "bgworker/core/text/ascii.h"
#include "bgworker/core/text/base64.h"
#include "bgworker/core/text/json.h"
#include "bgworker/core/text/utf8.h"

namespace debrief::gemini {
namespace {

constexpr size_t kPartsMax = 1'000;
constexpr size_t kModelBytesMax = 200;
constexpr double kTokensMax = 1e12;
constexpr int kRateDefaultHz = 24'000;
constexpr int kRateMinHz = 8'000;
constexpr int kRateMaxHz = 48'000;

std::optional<json::Value> Find(const std::optional<json::Value>& value, std::string_view name) {
  return value ? value->Find(name) : std::nullopt;
}

// Zeros are left out of the answer; a number below zero or beyond reason is none.
int64_t Count(const std::optional<json::Value>& usage, std::string_view name) {
  const std::optional<json::Value> value = Find(usage, name);
  if (!value || !value->IsNumber()) return 0;
  return static_cast<int64_t>(std::clamp(value->Number(), 0.0, kTokensMax));
}

Usage ReadUsage(const json::Value& answer) {
  const std::optional<json::Value> usage_metadata = answer.Find("usageMetadata");
  return {.input_tokens = Count(usage_metadata, "promptTokenCount") +
                          Count(usage_metadata, "toolUsePromptTokenCount"),
          .output_tokens = Count(usage_metadata, "candidatesTokenCount") +
                           Count(usage_metadata, "thoughtsTokenCount")};
}

Failure Refused(std::string_view code, const Response& response, const std::string& message,
                const Usage& usage) {
  Failure failure = ClassifyCode(code, response, message, {});
  failure.usage = usage;
  return failure;
}

// The failure that a finish reason stands for; nothing when the model was done.
std::optional<Failure> ReadFinish(const json::Value& candidate, const Response& response,
                                  const Usage& usage) {
  const std::string reason = json::TextOf(candidate.Find("finishReason"));
  if (reason == "STOP" || reason.empty()) return std::nullopt;
  const std::string message = "finishReason " + reason;
  if (reason == "MAX_TOKENS") return Refused("output_cut", response, message, usage);
  for (const std::string_view blocked :
       {"SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII"}) {
    if (reason == blocked) return Refused("blocked", response, message, usage);
  }
  if (reason.starts_with("IMAGE_")) return Refused("blocked", response, message, usage);
  return Refused("bad_answer", response, message, usage);  // OTHER, and what is not known yet
}

// Answers what is wrong with the parts, or nothing.
std::string_view ReadParts(const json::Value& parts, Generated* generated) {
  if (!parts.IsArray() || parts.Size() > kPartsMax) return "the parts are no array, or too many";
  for (size_t i = 0; i < parts.Size(); i++) {
    const json::Value part = parts.At(i);
    const std::optional<json::Value> thought = part.Find("thought");
    if (thought && thought->IsTrue()) continue;
    generated->text += json::TextOf(part.Find("text"));
    const std::optional<json::Value> data = part.Find("inlineData");
    if (!data) continue;
    const std::optional<std::string> bytes = base64::Decode(json::TextOf(data->Find("data")));
    if (!bytes) return "the sound is not base64";
    generated->sound += *bytes;
    generated->sound_type = ascii::Lower(json::TextOf(data->Find("mimeType")));
  }
  return {};
}

int RateOf(std::string_view type) {
  const size_t at = type.find("rate=");
  if (at == std::string_view::npos) return kRateDefaultHz;
  const long rate_hz = std::strtol(std::string(type.substr(at + 5)).c_str(), nullptr, 10);
  return rate_hz >= kRateMinHz && rate_hz <= kRateMaxHz ? static_cast<int>(rate_hz)
                                                        : kRateDefaultHz;
}

}  // namespace

std::variant<Generated, Failure> ReadGenerated(const Response& response, std::string_view key,
                                               bool names_file) {
  if (auto failure = google::Classify(response, key, names_file)) return std::move(*failure);
  std::string problem;
  const std::optional<json::Value> answer = json::Parse(response.body, &problem);
  if (!answer || !answer->IsObject())
    return BadAnswer("the answer is not a JSON object", response.body, key);
  Generated generated;
  generated.usage = ReadUsage(*answer);
  generated.model = utf8::Cut(json::TextOf(answer->Find("modelVersion")), kModelBytesMax);
  const std::optional<json::Value> candidates = answer->Find("candidates");
  if (!candidates || !candidates->IsArray() || candidates->Size() == 0) {
    const std::string reason = json::TextOf(Find(answer->Find("promptFeedback"), "blockReason"));
    return reason.empty()
               ? Refused("bad_answer", response, "the answer has no candidate", generated.usage)
               : Refused("blocked", response, "blockReason " + reason, generated.usage);
  }
  const json::Value candidate = candidates->At(0);
  if (auto failure = ReadFinish(candidate, response, generated.usage)) return std::move(*failure);
  const std::optional<json::Value> parts = Find(candidate.Find("content"), "parts");
  const std::string_view wrong = parts ? ReadParts(*parts, &generated) : "the answer has no parts";
  if (!wrong.empty()) {
    return Refused("bad_answer", response, std::string(wrong), generated.usage);
  }
  return generated;
}

int SampleRateOf(const Generated& generated) {
  const std::string& type = generated.sound_type;
  return type.starts_with("audio/l16") || type.starts_with("audio/pcm") ? RateOf(type) : 0;
}

}  // namespace debrief::gemini

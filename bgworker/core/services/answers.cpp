// answers.cpp: the tables of docs/http-protocol.md, rule by rule.

#include "bgworker/core/services/answers.h"

#include <limits>
#include <set>

#include "bgworker/core/services/answer_limits.h"
#include "bgworker/core/services/classify.h"
#include "bgworker/core/ssml/ssml.h"
#include "bgworker/core/text/json.h"
#include "bgworker/core/text/jsonb_fitness.h"
#include "bgworker/core/text/utf8.h"

namespace debrief {
namespace {

constexpr size_t kAnyLength = std::numeric_limits<size_t>::max();  // the body's limit holds
constexpr double kLeast = std::numeric_limits<double>::lowest();
constexpr double kMost = std::numeric_limits<double>::max();

enum class Presence { kRequired, kOptional };

// Reads members of one object and remembers the first rule that was broken, in any object.
class Members {
 public:
  Members(const json::Value& object, std::string where, std::string* problem)
      : object_(object), where_(std::move(where)), problem_(problem) {
    if (!object_.IsObject()) Refuse("it", "is not a JSON object");
  }

  std::string Text(std::string_view key, Presence presence, size_t characters_max) {
    const std::optional<json::Value> value = Member(key, presence);
    if (!value) return {};
    if (!value->IsString()) {
      Refuse(key, "is not a string");
      return {};
    }
    const auto characters = static_cast<size_t>(utf8::CountCharacters(value->String()));
    if (characters > characters_max) Refuse(key, "is too long");
    return std::string(value->String());
  }

  std::string Number(std::string_view key, double least, double most) {
    const std::optional<json::Value> value = Member(key, Presence::kRequired);
    if (!value) return {};
    if (!value->IsNumber()) {
      Refuse(key, "is not a number");
      return {};
    }
    if (value->Number() < least || value->Number() > most) Refuse(key, "is out of range");
    return value->NumberText();
  }

  std::optional<json::Value> Array(std::string_view key, Presence presence, size_t items_max) {
    const std::optional<json::Value> value = Member(key, presence);
    if (!value) return std::nullopt;
    if (!value->IsArray()) {
      Refuse(key, "is not an array");
      return std::nullopt;
    }
    if (value->Size() > items_max) Refuse(key, "has too many items");
    return value;
  }

  void Refuse(std::string_view key, std::string_view what) {
    if (!problem_->empty()) return;
    *problem_ = (where_.empty() ? "" : where_ + ": ") + std::string(key) + " " + std::string(what);
  }

 private:
  std::optional<json::Value> Member(std::string_view key, Presence presence) {
    std::optional<json::Value> value = object_.Find(key);
    if (value && value->IsNull()) value.reset();  // many write null for what they do not have
    if (!value && presence == Presence::kRequired) Refuse(key, "is missing");
    return value;
  }

  json::Value object_;
  std::string where_;  // "feedback[3]"; empty for the answer itself
  std::string* problem_;
};

bool IsMetricKey(std::string_view key) {
  if (key.empty() || key.size() > answer_limits::kMetricKey) return false;
  return key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

std::string ItemName(std::string_view array, size_t index) {
  return std::string(array) + "[" + std::to_string(index) + "]";
}

std::vector<Metric> ReadMetrics(const json::Value& array, std::string* problem) {
  std::vector<Metric> metrics;
  std::set<std::string> seen;
  for (size_t i = 0; i < array.Size() && problem->empty(); i++) {
    Members members(array.At(i), ItemName("metrics", i), problem);
    Metric metric{.key = members.Text("key", Presence::kRequired, answer_limits::kMetricKey),
                  .value = members.Number("value", kLeast, kMost),
                  .unit = members.Text("unit", Presence::kOptional, answer_limits::kUnit)};
    if (!IsMetricKey(metric.key)) members.Refuse("key", "is not a metric's name");
    if (!seen.insert(metric.key).second) members.Refuse("key", "occurs twice");
    metrics.push_back(std::move(metric));
  }
  return metrics;
}

std::vector<FeedbackItem> ReadFeedback(const json::Value& array, std::string* problem) {
  std::vector<FeedbackItem> feedback;
  for (size_t i = 0; i < array.Size() && problem->empty(); i++) {
    Members members(array.At(i), ItemName("feedback", i), problem);
    FeedbackItem item{
        .timestamp_seconds = members.Number("timestamp_seconds", 0, kMost),
        .category = members.Text("category", Presence::kRequired, answer_limits::kCategory),
        .message = members.Text("message", Presence::kRequired, answer_limits::kMessage),
        .confidence = members.Number("confidence", 0, 1),
        .impact = members.Number("impact", 0, 1)};
    if (item.category.empty()) members.Refuse("category", "is empty");
    feedback.push_back(std::move(item));
  }
  return feedback;
}

std::variant<json::Value, Failure> ParseAnswer(std::string_view body, std::string_view key) {
  std::string problem;
  std::optional<json::Value> answer = json::Parse(body, &problem);
  if (!answer) return BadAnswer(problem, body, key);
  problem = WhyUnfitForJsonb(body);
  if (!problem.empty()) return BadAnswer(problem);
  return std::move(*answer);
}

// The segment in pieces that the next stage takes; none, and why, when it cannot be used.
std::vector<std::string> ReadSegment(const json::Value& segment, size_t bytes_max,
                                     std::string* problem) {
  if (!segment.IsString()) {
    *problem = "it is not a string";
    return {};
  }
  *problem = ssml::Check(segment.String());
  if (!problem->empty()) return {};
  std::vector<std::string> pieces = ssml::Split(segment.String(), bytes_max);
  if (pieces.empty()) *problem = "it cannot be split to " + std::to_string(bytes_max) + " bytes";
  return pieces;
}

}  // namespace

Step ReadAnalysis(std::string body, std::string_view key) {
  std::string problem;
  body.erase(0, body.size() - json::WithoutBom(body).size());
  std::variant<json::Value, Failure> answer = ParseAnswer(body, key);
  if (Failure* failure = std::get_if<Failure>(&answer)) return std::move(*failure);
  Members members(std::get<json::Value>(answer), "", &problem);
  AnalysisResult result;
  result.title = members.Text("title", Presence::kRequired, answer_limits::kTitle);
  result.summary = members.Text("summary", Presence::kOptional, kAnyLength);
  result.full_feedback = members.Text("full_feedback", Presence::kOptional, kAnyLength);
  result.version = members.Text("version", Presence::kOptional, answer_limits::kVersion);
  const auto metrics = members.Array("metrics", Presence::kOptional, answer_limits::kMetrics);
  const auto feedback = members.Array("feedback", Presence::kRequired, answer_limits::kFeedback);
  if (metrics) result.metrics = ReadMetrics(*metrics, &problem);
  if (feedback) result.feedback = ReadFeedback(*feedback, &problem);
  if (!problem.empty()) return BadAnswer(problem);
  result.raw_response = std::move(body);
  return Result(std::move(result));
}

Step ReadSsml(std::string_view body, size_t segment_bytes_max, std::string_view key) {
  std::string problem;
  std::variant<json::Value, Failure> answer = ParseAnswer(body, key);
  if (Failure* failure = std::get_if<Failure>(&answer)) return std::move(*failure);
  Members members(std::get<json::Value>(answer), "", &problem);
  SsmlResult result;
  result.version = members.Text("version", Presence::kOptional, answer_limits::kVersion);
  const auto segments = members.Array("segments", Presence::kRequired, ssml::kSegmentsMax);
  if (segments && segments->Size() == 0) members.Refuse("segments", "is empty");
  if (!problem.empty()) return BadAnswer(problem);
  for (size_t i = 0; i < segments->Size(); i++) {
    for (std::string& piece : ReadSegment(segments->At(i), segment_bytes_max, &problem)) {
      if (!ssml::IsBlank(ssml::ToText(piece))) result.segments.push_back(std::move(piece));
    }
    if (!problem.empty()) return BadAnswer(ItemName("segments", i) + ": " + problem);
    if (result.segments.size() > ssml::kSegmentsMax) {
      return BadAnswer("split to what the next stage takes, the segments are too many");
    }
  }
  if (result.segments.empty()) return BadAnswer("the SSML has no words");
  return Result(std::move(result));
}

}  // namespace debrief

// http_answers.cpp: the tables of docs/http-protocol.md, rule by rule.

#include "http_answers.h"

#include <set>

#include "classify.h"
#include "json.h"
#include "ssml.h"

namespace debrief {
namespace {

constexpr size_t kTitleCharactersMax = 200;
constexpr size_t kTextBytesMax = 1 << 20;
constexpr size_t kVersionCharactersMax = 200;
constexpr size_t kMetricsMax = 1'000;
constexpr size_t kFeedbackMax = 1'000;
constexpr size_t kKeyBytesMax = 64;
constexpr size_t kUnitCharactersMax = 32;
constexpr size_t kCategoryCharactersMax = 64;
constexpr size_t kMessageCharactersMax = 4'000;

size_t Characters(std::string_view utf8) {
  size_t count = 0;
  for (char c : utf8) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

// Reads members of one object and remembers the first rule that was broken.
class Members {
 public:
  Members(const json::Value& object, std::string* problem) : object_(object), problem_(problem) {}

  std::string Text(std::string_view key, bool required, size_t characters_max) {
    const std::optional<json::Value> value = object_.Find(key);
    if (!value || value->IsNull()) {
      if (required) Refuse(key, "is missing");
      return {};
    }
    if (!value->IsString()) {
      Refuse(key, "is not a string");
      return {};
    }
    if (Characters(value->String()) > characters_max) Refuse(key, "is too long");
    return std::string(value->String());
  }

  std::string Number(std::string_view key, double least, double most) {
    const std::optional<json::Value> value = object_.Find(key);
    if (!value || !value->IsNumber()) {
      Refuse(key, "is not a number");
      return {};
    }
    if (value->Number() < least || value->Number() > most) Refuse(key, "is out of range");
    return value->NumberText();
  }

  std::optional<json::Value> Array(std::string_view key, bool required, size_t items_max) {
    const std::optional<json::Value> value = object_.Find(key);
    if (!value || value->IsNull()) {
      if (required) Refuse(key, "is missing");
      return std::nullopt;
    }
    if (!value->IsArray()) {
      Refuse(key, "is not an array");
      return std::nullopt;
    }
    if (value->Size() > items_max) Refuse(key, "has too many items");
    return value;
  }

  void Refuse(std::string_view key, std::string_view what) {
    if (problem_->empty()) *problem_ = std::string(key) + " " + std::string(what);
  }

 private:
  const json::Value& object_;
  std::string* problem_;
};

bool IsMetricKey(std::string_view key) {
  if (key.empty() || key.size() > kKeyBytesMax) return false;
  for (char c : key) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
  }
  return true;
}

void ReadMetrics(const json::Value& array, AnalysisResult* result, std::string* problem) {
  std::set<std::string> seen;
  for (size_t i = 0; i < array.Size() && problem->empty(); i++) {
    const json::Value item = array.At(i);
    Members members(item, problem);
    Metric metric{.key = members.Text("key", true, kKeyBytesMax),
                  .value = members.Number("value", -1e300, 1e300),
                  .unit = members.Text("unit", false, kUnitCharactersMax)};
    if (!IsMetricKey(metric.key)) members.Refuse("key", "is not a metric's name");
    if (!seen.insert(metric.key).second) members.Refuse("key", "occurs twice");
    result->metrics.push_back(std::move(metric));
  }
}

void ReadFeedback(const json::Value& array, AnalysisResult* result, std::string* problem) {
  for (size_t i = 0; i < array.Size() && problem->empty(); i++) {
    const json::Value value = array.At(i);
    Members members(value, problem);
    FeedbackItem item{.timestamp_seconds = members.Number("timestamp_seconds", 0, 1e9),
                      .category = members.Text("category", true, kCategoryCharactersMax),
                      .message = members.Text("message", true, kMessageCharactersMax),
                      .confidence = members.Number("confidence", 0, 1),
                      .impact = members.Number("impact", 0, 1)};
    if (item.category.empty()) members.Refuse("category", "is empty");
    if (!problem->empty()) *problem = "feedback[" + std::to_string(i) + "]: " + *problem;
    result->feedback.push_back(std::move(item));
  }
}

}  // namespace

Step ReadAnalysis(std::string body) {
  std::string problem;
  const std::optional<json::Value> answer = json::Parse(body, &problem);
  if (!answer) return BadAnswer(problem);
  if (!answer->IsObject()) return BadAnswer("it is not a JSON object");
  Members members(*answer, &problem);
  AnalysisResult result;
  result.title = members.Text("title", true, kTitleCharactersMax);
  result.summary = members.Text("summary", false, kTextBytesMax);
  result.full_feedback = members.Text("full_feedback", false, kTextBytesMax);
  result.version = members.Text("version", false, kVersionCharactersMax);
  if (const auto metrics = members.Array("metrics", false, kMetricsMax)) {
    ReadMetrics(*metrics, &result, &problem);
  }
  if (const auto feedback = members.Array("feedback", true, kFeedbackMax)) {
    ReadFeedback(*feedback, &result, &problem);
  }
  if (!problem.empty()) return BadAnswer(problem);
  result.raw_response = std::move(body);
  return Result(std::move(result));
}

Step ReadSsml(std::string_view body, size_t segment_bytes_max) {
  std::string problem;
  const std::optional<json::Value> answer = json::Parse(body, &problem);
  if (!answer) return BadAnswer(problem);
  if (!answer->IsObject()) return BadAnswer("it is not a JSON object");
  Members members(*answer, &problem);
  SsmlResult result;
  result.version = members.Text("version", false, kVersionCharactersMax);
  const auto segments = members.Array("segments", true, ssml::kSegmentsMax);
  if (!problem.empty()) return BadAnswer(problem);
  if (segments->Size() == 0) return BadAnswer("segments is empty");
  for (size_t i = 0; i < segments->Size(); i++) {
    const json::Value segment = segments->At(i);
    if (!segment.IsString()) return BadAnswer("a segment is not a string");
    problem = ssml::Check(segment.String());
    if (!problem.empty()) {
      return BadAnswer("segments[" + std::to_string(i) + "]: " + problem);
    }
    for (std::string& piece : ssml::Split(segment.String(), segment_bytes_max)) {
      result.segments.push_back(std::move(piece));
    }
    if (result.segments.size() <= i || result.segments.size() > ssml::kSegmentsMax) {
      return BadAnswer("the segments cannot be split into pieces that the next stage takes");
    }
  }
  return Result(std::move(result));
}

}  // namespace debrief

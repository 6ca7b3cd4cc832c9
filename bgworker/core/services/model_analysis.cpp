// model_analysis.cpp: an analysis by a general model, with its slips corrected.

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <tuple>

#include "bgworker/core/services/answer_limits.h"
#include "bgworker/core/services/classify.h"
#include "bgworker/core/services/model_answers.h"
#include "bgworker/core/ssml/ssml.h"
#include "bgworker/core/text/ascii.h"
#include "bgworker/core/text/found_json.h"
#include "bgworker/core/text/jsonb_fitness.h"
#include "bgworker/core/text/number.h"
#include "bgworker/core/text/utf8.h"

namespace debrief {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr char kCategoryDefault[] = "Content";
constexpr char kTitleDefault[] = "Analysis";
constexpr double kShareDefault = 0.5;
constexpr double kSecondsPerMinute = 60;

std::string Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(kSpace) - first + 1));
}

// Cut at a word, unless that would leave less than half of what may stay.
std::string Shortened(std::string_view text, size_t characters_max) {
  const std::string_view cut = utf8::FirstCharacters(text, characters_max);
  if (cut.size() == text.size()) return std::string(text);
  const bool ends_word = kSpace.find(text[cut.size()]) != std::string_view::npos;
  const size_t space = ends_word ? cut.size() : cut.find_last_of(kSpace);
  return Trimmed(space == std::string_view::npos || space < cut.size() / 2 ? cut
                                                                           : cut.substr(0, space));
}

std::string TextOf(const json::Value& object, std::string_view name, size_t characters_max) {
  const std::optional<json::Value> member = object.Find(name);
  if (member && member->IsNumber()) return member->NumberText();
  return Shortened(Trimmed(json::TextOf(member)), characters_max);
}

// The number that a text begins with; a moment may be written "1:02:03.5".
std::optional<double> NumberOf(const std::optional<json::Value>& member) {
  if (member && member->IsNumber()) return member->Number();
  const std::string text = Trimmed(json::TextOf(member));
  std::string_view rest;
  std::optional<double> value = number::Leading(text, &rest);
  while (value && rest.starts_with(':')) {
    const std::optional<double> next = number::Leading(rest.substr(1), &rest);
    if (!next) return std::nullopt;
    value = *value * kSecondsPerMinute + *next;
  }
  return value && std::isfinite(*value) ? value : std::nullopt;
}

// Numbers that need no change stay as they were written.
std::string Bounded(const std::optional<json::Value>& member, double least, double most,
                    double otherwise) {
  const double value = NumberOf(member).value_or(otherwise);
  if (member && member->IsNumber() && value >= least && value <= most) return member->NumberText();
  return number::Fixed(std::clamp(value, least, most), 6);
}

// "Speech rate", "speech-rate" and "speechRate" become "speech_rate"; empty when nothing stays.
std::string MetricKey(std::string_view name) {
  std::string key;
  char before = '_';
  for (const char c : name) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    const bool was_lower = before >= 'a' && before <= 'z';
    if (is_upper && was_lower) key += '_';
    if (ascii::IsLetterOrDigit(c)) {
      key += ascii::Lower(std::string_view(&c, 1));
    } else if (!key.empty() && key.back() != '_') {
      key += '_';
    }
    before = c;
  }
  key.resize(std::min(key.size(), answer_limits::kMetricKey));
  while (key.ends_with('_')) key.pop_back();
  return key;
}

class Metrics {
 public:
  void Add(std::string_view name, const std::optional<json::Value>& value, std::string unit) {
    const std::string key = MetricKey(name);
    const std::optional<double> number = NumberOf(value);
    if (key.empty() || !number || metrics.size() == answer_limits::kMetrics) return;
    if (!seen_.insert(key).second) return;
    metrics.push_back({.key = key,
                       .value = value->IsNumber() ? value->NumberText() : number::Fixed(*number, 6),
                       .unit = std::move(unit)});
  }

  std::vector<Metric> metrics;

 private:
  std::set<std::string> seen_;
};

// A list of objects as the schema says, or one object of names and numbers.
std::vector<Metric> ReadMetrics(const std::optional<json::Value>& member) {
  Metrics read;
  if (member && member->IsObject()) {
    member->ForEachMember(
        [&](std::string_view name, const json::Value& value) { read.Add(name, value, {}); });
  }
  for (size_t i = 0; member && member->IsArray() && i < member->Size(); i++) {
    const json::Value metric = member->At(i);
    read.Add(json::TextOf(metric.Find("key")), metric.Find("value"),
             TextOf(metric, "unit", answer_limits::kUnit));
  }
  return std::move(read.metrics);
}

std::vector<FeedbackItem> ReadFeedback(const json::Value& array) {
  std::vector<FeedbackItem> feedback;
  std::set<std::tuple<std::string, std::string, std::string>> seen;
  for (size_t i = 0; i < array.Size() && feedback.size() < answer_limits::kFeedback; i++) {
    const json::Value item = array.At(i);
    FeedbackItem read{.timestamp_seconds = Bounded(item.Find("timestamp_seconds"), 0,
                                                   std::numeric_limits<double>::max(), 0),
                      .category = TextOf(item, "category", answer_limits::kCategory),
                      .message = TextOf(item, "message", answer_limits::kMessage),
                      .confidence = Bounded(item.Find("confidence"), 0, 1, kShareDefault),
                      .impact = Bounded(item.Find("impact"), 0, 1, kShareDefault)};
    if (ssml::IsBlank(read.message)) continue;
    if (ssml::IsBlank(read.category)) read.category = kCategoryDefault;
    if (!seen.emplace(read.timestamp_seconds, read.category, read.message).second) continue;
    feedback.push_back(std::move(read));
  }
  return feedback;
}

}  // namespace

Step ReadModelAnalysis(std::string_view text, std::string_view key) {
  std::optional<json::Found> found = json::FindObject(text, "feedback");
  if (!found) return BadAnswer("there is no JSON object with an array feedback in it", text, key);
  const std::string unfit = WhyUnfitForJsonb(found->text);
  if (!unfit.empty()) return BadAnswer(unfit, text, key);
  const json::Value& answer = found->value;
  const json::Value items = *answer.Find("feedback");
  AnalysisResult result{.title = TextOf(answer, "title", answer_limits::kTitle),
                        .summary = Trimmed(json::TextOf(answer.Find("summary"))),
                        .full_feedback = Trimmed(json::TextOf(answer.Find("full_feedback"))),
                        .metrics = ReadMetrics(answer.Find("metrics")),
                        .feedback = ReadFeedback(items)};
  if (result.feedback.empty() && items.Size() > 0) {
    return BadAnswer("no item of feedback has a message", text, key);
  }
  if (result.title.empty()) result.title = Shortened(result.summary, answer_limits::kTitle);
  if (result.title.empty()) result.title = kTitleDefault;
  result.raw_response = std::move(found->text);
  return Result(std::move(result));
}

}  // namespace debrief

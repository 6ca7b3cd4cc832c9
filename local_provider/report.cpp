#include "local_provider/report.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <optional>

#include "local_provider/wording.h"

namespace debrief::local_provider {
namespace {

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

constexpr int kDecimalPlaces = 3;
constexpr double kQuietestPeak = -200;

void Text(JsonWriter& writer, const char* key, const std::string& value) {
  writer.Key(key);
  writer.String(value.c_str(), static_cast<rapidjson::SizeType>(value.size()));
}

void Metric(JsonWriter& writer, const char* key, std::optional<double> value, const char* unit) {
  if (!value) return;
  writer.StartObject();
  writer.Key("key");
  writer.String(key);
  writer.Key("value");
  writer.Double(*value);
  writer.Key("unit");
  writer.String(unit);
  writer.EndObject();
}

std::optional<double> Mean(const std::vector<Sample>& samples) {
  if (samples.empty()) return std::nullopt;
  double sum = 0;
  for (const Sample& sample : samples) sum += sample.value;
  return sum / static_cast<double>(samples.size());
}

std::optional<double> Highest(const std::vector<Sample>& samples) {
  if (samples.empty()) return std::nullopt;
  double highest = kQuietestPeak;
  for (const Sample& sample : samples) highest = std::max(highest, sample.value);
  return highest;
}

void WriteMetrics(JsonWriter& writer, const Measurements& measured) {
  writer.Key("metrics");
  writer.StartArray();
  Metric(writer, "duration_seconds", measured.duration_seconds, "s");
  Metric(writer, "scene_changes", static_cast<double>(measured.cuts_seconds.size()), "");
  Metric(writer, "mean_brightness", Mean(measured.brightness_percent), "%");
  Metric(writer, "mean_blur", Mean(measured.blur), "px");
  Metric(writer, "black_seconds", TotalSeconds(measured.black), "s");
  Metric(writer, "frozen_seconds", TotalSeconds(measured.frozen), "s");
  if (measured.has_audio) {
    Metric(writer, "silence_seconds", TotalSeconds(measured.silent), "s");
    Metric(writer, "integrated_loudness", measured.integrated_lufs, "LUFS");
    Metric(writer, "loudness_range", measured.loudness_range_lu, "LU");
    Metric(writer, "peak_level", Highest(measured.peak_dbfs), "dBFS");
  }
  writer.EndArray();
}

void WriteFeedback(JsonWriter& writer, const std::vector<FeedbackItem>& items) {
  writer.Key("feedback");
  writer.StartArray();
  for (const FeedbackItem& item : items) {
    writer.StartObject();
    writer.Key("timestamp_seconds");
    writer.Double(item.timestamp_seconds);
    Text(writer, "category", item.category);
    Text(writer, "message", item.message);
    writer.Key("confidence");
    writer.Double(item.confidence);
    writer.Key("impact");
    writer.Double(item.impact);
    writer.EndObject();
  }
  writer.EndArray();
}

std::string Count(size_t count) {
  return count == 1 ? "1 finding" : std::to_string(count) + " findings";
}

std::string Title(const Measurements& measured, const std::vector<FeedbackItem>& items) {
  return "Picture and sound of a recording of " + Clock(measured.duration_seconds) + ": " +
         (!items.empty()           ? Count(items.size())
          : measured.notes.empty() ? "no problems found"
                                   : "no problems found in what could be checked");
}

// Each kind once, in the order of time: "a black picture, a long pause".
std::string Kinds(const std::vector<FeedbackItem>& items) {
  std::vector<std::string> kinds;
  for (const FeedbackItem& item : items) {
    if (std::find(kinds.begin(), kinds.end(), item.label) == kinds.end()) {
      kinds.push_back(item.label);
    }
  }
  std::string text;
  for (const std::string& kind : kinds) text += (text.empty() ? "" : ", ") + kind;
  return text;
}

std::string Summary(const Measurements& measured, const std::vector<FeedbackItem>& items) {
  std::string text =
      items.empty() ? "No problems found." : Count(items.size()) + ": " + Kinds(items) + ".";
  if (measured.integrated_lufs) {
    text += " The loudness is " + Spoken(*measured.integrated_lufs) + " LUFS.";
  }
  for (const std::string& note : measured.notes) text += " " + note;
  return text;
}

std::string FullFeedback(const Measurements& measured, const std::vector<FeedbackItem>& items) {
  std::string text = Summary(measured, items);
  for (const FeedbackItem& item : items) {
    text += '\n';
    text += Clock(item.timestamp_seconds) + " " + item.category + ": " + item.message;
  }
  return text;
}

}  // namespace

std::string AnalysisReport(const Measurements& measured, const std::vector<FeedbackItem>& items,
                           const std::string& version) {
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  writer.SetMaxDecimalPlaces(kDecimalPlaces);
  writer.StartObject();
  Text(writer, "title", Title(measured, items));
  Text(writer, "summary", Summary(measured, items));
  Text(writer, "full_feedback", FullFeedback(measured, items));
  WriteMetrics(writer, measured);
  WriteFeedback(writer, items);
  Text(writer, "version", version);
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace debrief::local_provider

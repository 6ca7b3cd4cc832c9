#include "console/exposition.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <tuple>

#include "bgworker/core/text/ascii.h"
#include "bgworker/core/text/json.h"
#include "bgworker/core/text/number.h"

namespace debrief::console {
namespace {

struct Family {
  std::string_view name;
  std::string_view type;
  std::string_view help;
};

constexpr Family kFamilies[] = {
    {"debrief_up", "gauge", "Whether the database gave its metrics."},
    {"debrief_scrape_duration_seconds", "gauge", "How long the database took to give its metrics."},
    {"debrief_console_streams", "gauge", "Browsers that hold a stream of events open."},
    {"debrief_rows", "gauge", "Rows by stage and state."},
    {"debrief_oldest_due_seconds", "gauge", "How long the row that waits longest has been due."},
    {"debrief_oldest_processing_seconds", "gauge",
     "How long the row that is processed longest has been so."},
    {"debrief_stage_duration_seconds", "histogram",
     "Time that rows spent in a stage, by phase: waiting or in a call."},
    {"debrief_feedback_duration_seconds", "histogram",
     "From the message to its sound, or to its failure."},
    {"debrief_finished_total", "counter", "Rows that reached their end, by outcome and code."},
    {"debrief_attempts_total", "counter", "Calls of servers, by outcome."},
    {"debrief_tokens_total", "counter", "Tokens that servers counted."},
    {"debrief_characters_total", "counter", "Characters sent to be spoken."},
    {"debrief_audio_seconds_total", "counter", "Seconds of sound received."},
    {"debrief_cost_total", "counter", "Cost of calls, where stages have prices."},
    {"debrief_server_state", "gauge", "1 for the state that the server is in."},
    {"debrief_workers", "gauge", "Workers of this database, by state."},
    {"debrief_in_flight", "gauge", "Calls that are under way."},
    {"debrief_installation_differences", "gauge",
     "Differences from a good installation, as check_installation() found them."},
    {"debrief_copy", "gauge", "1 when the database is a copy, which claims nothing."},
    {"debrief_object_deletions_due", "gauge", "Objects that stores are still to delete."},
};

bool IsName(std::string_view text) {
  if (text.empty() || ascii::IsDigit(text.front())) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return ascii::IsLetterOrDigit(c) || c == '_'; });
}

std::string Escaped(std::string_view value) {
  std::string escaped;
  for (const char c : value) {
    if (c == '\\' || c == '"') escaped += '\\';
    if (c == '\n') {
      escaped += "\\n";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::optional<double> ReadValue(std::string_view text) {
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  std::string_view rest;
  const auto value = number::Leading(text, &rest);
  return rest.empty() ? value : std::nullopt;
}

std::string WriteValue(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

// A label's text; a bound is written as Prometheus writes it.
std::optional<std::string> LabelText(std::string_view key, const json::Value& value) {
  if (value.IsString() && key != "le") return std::string(value.String());
  const std::string text = value.IsNumber() ? value.NumberText() : std::string(value.String());
  if (key != "le") return text;
  if (text == "+Inf") return text;
  const auto bound = ReadValue(text);
  return bound ? std::optional(WriteValue(*bound)) : std::nullopt;
}

struct Series {
  std::string labels;  // without le
  int part = 0;        // 0 bucket, 1 sum, 2 count
  double bound = 0;
  std::string line;
  auto Order() const { return std::tie(labels, part, bound); }
};

std::optional<Series> ReadSeries(const Sample& sample, int part) {
  const auto value = ReadValue(sample.value);
  std::string error;
  const auto labels = json::Parse(sample.labels, &error);
  if (!value || !labels || !labels->IsObject()) return std::nullopt;
  std::map<std::string, std::string> sorted;
  bool is_good = true;
  labels->ForEachMember([&](std::string_view key, const json::Value& member) {
    if (member.IsNull()) return;
    const bool is_text = member.IsString() || member.IsNumber();
    const auto text = is_text ? LabelText(key, member) : std::nullopt;
    is_good = is_good && IsName(key) && text.has_value();
    if (is_good) sorted.emplace(key, *text);
  });
  if (!is_good) return std::nullopt;
  Series series;
  series.part = part;
  std::string written;
  for (const auto& [key, text] : sorted) {
    const std::string label = key + "=\"" + Escaped(text) + "\"";
    written += (written.empty() ? "" : ",") + label;
    if (key == "le") {
      series.bound = text == "+Inf" ? HUGE_VAL : number::Leading(text).value_or(0);
    } else {
      series.labels += label + ",";
    }
  }
  series.line =
      sample.name + (written.empty() ? "" : "{" + written + "}") + " " + WriteValue(*value) + "\n";
  return series;
}

// The part of a histogram that the name is of, and -1 for what is not of this family.
int PartOf(std::string_view name, const Family& family) {
  if (family.type != "histogram") return name == family.name ? 0 : -1;
  if (!name.starts_with(family.name)) return -1;
  const std::string_view end = name.substr(family.name.size());
  return end == "_bucket" ? 0 : end == "_sum" ? 1 : end == "_count" ? 2 : -1;
}

}  // namespace

std::string Exposition(const std::vector<Sample>& samples) {
  std::string text;
  for (const Family& family : kFamilies) {
    std::vector<Series> all;
    for (const Sample& sample : samples) {
      const int part = PartOf(sample.name, family);
      if (part < 0) continue;
      if (auto series = ReadSeries(sample, part)) all.push_back(std::move(*series));
    }
    if (all.empty()) continue;
    std::stable_sort(all.begin(), all.end(),
                     [](const Series& a, const Series& b) { return a.Order() < b.Order(); });
    text += "# HELP " + std::string(family.name) + " " + std::string(family.help) + "\n";
    text += "# TYPE " + std::string(family.name) + " " + std::string(family.type) + "\n";
    for (const Series& series : all) text += series.line;
  }
  return text;
}

}  // namespace debrief::console

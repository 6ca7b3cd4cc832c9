#include "console/topic.h"

#include <charconv>
#include <set>

#include "bgworker/core/text/json.h"

namespace debrief::console {

std::optional<int64_t> ParseId(std::string_view text) {
  int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || id <= 0) return std::nullopt;
  return id;
}

std::optional<Topic> ParseTopic(std::string_view text) {
  if (text == "overview") return Topic{Topic::Kind::kOverview};
  if (text == "mine") return Topic{Topic::Kind::kMine};
  constexpr std::string_view kAnalysis = "analysis:";
  if (!text.starts_with(kAnalysis)) return std::nullopt;
  const auto id = ParseId(text.substr(kAnalysis.size()));
  if (!id) return std::nullopt;
  return Topic{Topic::Kind::kAnalysis, *id};
}

std::string KnownRows::Update(const std::vector<Item>& items, const std::string& job) {
  json::Writer writer;
  writer.StartObject().Key("items").StartArray();
  std::set<int64_t> seen;
  bool is_different = false;
  for (const Item& item : items) {
    seen.insert(item.id);
    std::string& known = items_[item.id];
    if (known == item.row) continue;
    known = item.row;
    writer.Raw(item.row);
    is_different = true;
  }
  writer.EndArray().Key("removed").StartArray();
  for (auto known = items_.begin(); known != items_.end();) {
    if (seen.contains(known->first)) {
      ++known;
      continue;
    }
    writer.Int(known->first);
    known = items_.erase(known);
    is_different = true;
  }
  writer.EndArray();
  if (!job.empty() && job != job_) {
    job_ = job;
    writer.Key("job").Raw(job);
    is_different = true;
  }
  writer.EndObject();
  return is_different ? EventText("rows", writer.Take()) : "";
}

std::string EventText(std::string_view name, std::string_view data) {
  return "event: " + std::string(name) + "\ndata: " + std::string(data) + "\n\n";
}

std::vector<int64_t> AnalysesOf(std::string_view payload) {
  std::vector<int64_t> analyses;
  std::string error;
  const auto value = json::Parse(payload, &error);
  const auto ids = value && value->IsObject() ? value->Find("analysis_ids") : std::nullopt;
  if (!ids || !ids->IsArray()) return analyses;
  for (size_t i = 0; i < ids->Size(); i++) {
    const json::Value id = ids->At(i);
    constexpr double kLargest = 9e15;  // whole numbers stand in a double
    if (id.IsNumber() && id.Number() > 0 && id.Number() < kLargest) {
      analyses.push_back(static_cast<int64_t>(id.Number()));
    }
  }
  return analyses;
}

}  // namespace debrief::console

#include "console/topic.h"

#include <charconv>
#include <functional>
#include <set>
#include <utility>

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

void KnownRows::Learn(const std::vector<Item>& items, const std::string& job_version) {
  items_.clear();
  for (const Item& item : items) items_[item.id] = {.version = item.version};
  job_version_ = job_version;
}

KnownRows::News KnownRows::Compare(const std::vector<Item>& items, const std::string& job_version) {
  News news;
  std::set<int64_t> seen;
  for (const Item& item : items) {
    seen.insert(item.id);
    const auto known = items_.find(item.id);
    if (known == items_.end() || known->second.version != item.version) {
      news.changed.push_back(item.id);
    }
  }
  for (const auto& [id, sent] : items_) {
    if (!seen.contains(id)) news.removed.push_back(id);
  }
  for (const int64_t id : news.removed) items_.erase(id);
  news.has_job = job_version != job_version_;
  return news;
}

bool KnownRows::Take(const Item& item, std::string_view row) {
  const size_t hash = std::hash<std::string_view>()(row);
  const Sent sent = std::exchange(items_[item.id], {item.version, hash});
  return sent.hash != hash;
}

bool KnownRows::TakeJob(const std::string& version, std::string_view row) {
  const size_t hash = std::hash<std::string_view>()(row);
  job_version_ = version;
  return std::exchange(job_hash_, hash) != hash;
}

std::string EventText(const Change& change) {
  json::Writer writer;
  writer.StartObject().Key("items").StartArray();
  for (const std::string_view item : change.items) writer.Raw(item);
  writer.EndArray().Key("removed").StartArray();
  for (const int64_t id : change.removed) writer.Int(id);
  writer.EndArray();
  for (const auto& [key, row] :
       {std::pair("job", change.job), std::pair("recording", change.recording),
        std::pair("metrics", change.metrics)}) {
    if (!row.empty()) writer.Key(key).Raw(row);
  }
  writer.EndObject();
  return EventText("rows", writer.Take());
}

std::string EventText(std::string_view name, std::string_view data) {
  return "event: " + std::string(name) + "\ndata: " + std::string(data) + "\n\n";
}

Announcement ParseAnnouncement(std::string_view payload) {
  Announcement announcement;
  std::string error;
  const auto value = json::Parse(payload, &error);
  if (!value || !value->IsObject()) return announcement;
  for (const auto& [key, ids] : {std::pair("feedback_ids", &announcement.feedback),
                                 std::pair("analysis_ids", &announcement.analyses)}) {
    const auto member = value->Find(key);
    for (size_t i = 0; member && member->IsArray() && i < member->Size(); i++) {
      const json::Value id = member->At(i);
      constexpr double kLargest = 9e15;  // whole numbers stand in a double
      if (id.IsNumber() && id.Number() > 0 && id.Number() < kLargest) {
        ids->push_back(static_cast<int64_t>(id.Number()));
      }
    }
  }
  return announcement;
}

}  // namespace debrief::console

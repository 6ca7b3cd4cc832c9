// hub_rows.cpp: what the hub asks for, and sends.
#include <algorithm>
#include <functional>
#include <map>
#include <type_traits>
#include <utility>

#include "console/hub.h"
#include "console/log.h"
#include "console/statements.h"

namespace debrief::console {
namespace {

// At once: what is left over has its turn after a rest.
constexpr size_t kItemsMax = 1'000;

template <typename Values>
std::string ArrayOf(const Values& values) {
  std::string text = "{";
  for (const auto& value : values) {
    if (text.size() > 1) text += ',';
    if constexpr (std::is_integral_v<std::decay_t<decltype(value)>>) {
      text += std::to_string(value);
    } else {
      text += value;
    }
  }
  return text + "}";
}

size_t HashOf(std::string_view text) { return std::hash<std::string_view>()(text); }

int64_t IdAt(const Rows& rows, int row, int column) {
  return ParseId(rows.At(row, column)).value_or(0);
}

// Columns of kItemVersions and kItems.
enum Column { kAnalysis, kId, kVersion, kIsDismissed, kRow };

KnownRows::Item ItemAt(const Rows& rows, int row) {
  return {IdAt(rows, row, kId), static_cast<uint32_t>(IdAt(rows, row, kVersion))};
}

// The items that this topic shows, of those of its analysis.
std::vector<KnownRows::Item> ItemsOf(const Topic& topic, const Rows& rows,
                                     const std::vector<int>& own) {
  std::vector<KnownRows::Item> items;
  for (const int row : own) {
    if (topic.is_owners && rows.At(row, kIsDismissed) == "t") continue;
    items.push_back(ItemAt(rows, row));
  }
  return items;
}

// Numbers of rows, by analysis.
std::map<int64_t, std::vector<int>> ByAnalysis(const Rows& rows) {
  std::map<int64_t, std::vector<int>> by_analysis;
  for (int row = 0; row < rows.size(); row++) {
    by_analysis[IdAt(rows, row, kAnalysis)].push_back(row);
  }
  return by_analysis;
}

}  // namespace

bool Hub::Have(const Rows& rows) {
  if (!rows.IsGood()) Log("streams: " + rows.error().message);
  return rows.IsGood();
}

bool Hub::Compare(const std::set<int64_t>& analyses) {
  if (analyses.empty()) return true;
  const Rows items = connection_->Run(statements::kItemVersions, {ArrayOf(analyses)});
  const Rows jobs = connection_->Run(statements::kJobVersions, {ArrayOf(analyses)});
  if (!Have(items) || !Have(jobs)) return connection_->IsGood();
  const auto by_analysis = ByAnalysis(items);
  std::map<int64_t, std::string> versions;
  for (int row = 0; row < jobs.size(); row++) versions[IdAt(jobs, row, 0)] = jobs.At(row, 1);
  for (const int64_t analysis : analyses) {
    const auto own = by_analysis.find(analysis);
    const auto version = versions.find(analysis);
    for (auto* const entry : TopicsOf(analysis)) {
      auto& [topic, watch] = *entry;
      if (version == versions.end()) {
        // It was deleted. Readers reconnect, and get a 404.
        for (const Subscriber& subscriber : watch.subscribers) subscriber.stream->End();
        continue;
      }
      KnownRows::News news =
          watch.rows.Compare(own == by_analysis.end() ? std::vector<KnownRows::Item>()
                                                      : ItemsOf(topic, items, own->second),
                             version->second);
      if (!news.removed.empty()) Send(watch, EventText(Change{.removed = std::move(news.removed)}));
      if (news.has_job) changed_jobs_.insert(analysis);
      if (news.changed.empty()) continue;
      changed_items_.insert(news.changed.begin(), news.changed.end());
      changed_of_.insert(analysis);
    }
  }
  return true;
}

bool Hub::AskJobs() {
  const std::set<int64_t> asked = std::exchange(changed_jobs_, {});
  if (asked.empty()) return true;
  const Rows jobs = connection_->Run(statements::kJobs, {ArrayOf(asked)});
  if (!Have(jobs)) return connection_->IsGood();
  for (int row = 0; row < jobs.size(); row++) {
    for (auto* const entry : TopicsOf(IdAt(jobs, row, 0))) {
      const Change change{
          .job = jobs.At(row, 2), .recording = jobs.At(row, 3), .metrics = jobs.At(row, 4)};
      std::string event = EventText(change);
      if (!entry->second.rows.TakeJob(std::string(jobs.At(row, 1)), event)) continue;
      Send(entry->second, std::move(event));
    }
  }
  return true;
}

bool Hub::AskItems() {
  std::vector<int64_t> asked;
  // Each has its turn, however often the others change.
  auto next = changed_items_.upper_bound(last_item_);
  while (!changed_items_.empty() && asked.size() < kItemsMax) {
    if (next == changed_items_.end()) next = changed_items_.begin();
    asked.push_back(*next);
    next = changed_items_.erase(next);
  }
  if (asked.empty()) return true;
  last_item_ = asked.back();
  const Rows items = connection_->Run(statements::kItems, {ArrayOf(asked), ArrayOf(changed_of_)});
  if (changed_items_.empty()) changed_of_.clear();
  if (!Have(items)) return connection_->IsGood();
  for (const auto& [analysis, own] : ByAnalysis(items)) {
    for (auto* const entry : TopicsOf(analysis)) {
      auto& [topic, watch] = *entry;
      Change change;
      for (const int row : own) {
        const KnownRows::Item item = ItemAt(items, row);
        if (topic.is_owners && items.At(row, kIsDismissed) == "t") {
          if (watch.rows.Forget(item.id)) change.removed.push_back(item.id);
        } else if (watch.rows.Take(item, items.At(row, kRow))) {
          change.items.push_back(items.At(row, kRow));
        }
      }
      if (!change.IsEmpty()) Send(watch, EventText(change));
    }
  }
  return true;
}

bool Hub::AskMine() {
  std::vector<std::string> users;
  for (const auto& [topic, watch] : watched_) {
    if (topic.kind == Topic::Kind::kMine) users.push_back(topic.user_id);
  }
  if (users.empty()) return true;
  const Rows rows = connection_->Run(statements::kMine, {ArrayOf(users)});
  if (!Have(rows)) return connection_->IsGood();
  for (int row = 0; row < rows.size(); row++) {
    Watch& watch = watched_[{Topic::Kind::kMine, 0, std::string(rows.At(row, 0))}];
    const size_t list = HashOf(rows.At(row, 1));
    if (std::exchange(watch.list, list) == list) continue;
    Send(watch, EventText("state", rows.At(row, 1)));
  }
  return true;
}

bool Hub::AskOverview() {
  const auto overview = overview_->Get();
  if (const auto* const error = std::get_if<SqlError>(&overview)) {
    Log("overview: " + error->message);
    // A statement that failed is another matter than a database that is gone.
    return !error->state.empty() && !error->state.starts_with("57P");
  }
  Send(watched_[{Topic::Kind::kOverview}],
       EventText("state", *std::get<std::shared_ptr<const std::string>>(overview)));
  return true;
}

// What is known is what was sent: asked before the state, so that the state is no older.
bool Hub::Learn(const Topic& topic, Watch& watch) {
  const std::string array = "{" + std::to_string(topic.analysis) + "}";
  const Rows jobs = connection_->Run(statements::kJobVersions, {array});
  const Rows items = connection_->Run(statements::kItemVersions, {array});
  if (!Have(jobs) || !Have(items)) return connection_->IsGood();
  if (jobs.size() == 0) return true;
  std::vector<int> all(items.size());
  for (int row = 0; row < items.size(); row++) all[row] = row;
  watch.rows.Learn(ItemsOf(topic, items, all), std::string(jobs.At(0, 1)));
  return true;
}

std::optional<std::string> Hub::StateOf(const Topic& topic, Watch& watch, bool* is_lost) {
  if (topic.kind == Topic::Kind::kOverview) {
    const auto overview = overview_->Get();
    const auto* const text = std::get_if<std::shared_ptr<const std::string>>(&overview);
    if (text == nullptr) return std::nullopt;
    return **text;
  }
  const bool is_analysis = topic.kind == Topic::Kind::kAnalysis;
  if (is_analysis && !watch.rows.IsLearned() && !Learn(topic, watch)) *is_lost = true;
  if (*is_lost) return std::nullopt;
  const Rows rows = is_analysis ? connection_->Run(statements::Analysis(!topic.is_owners).c_str(),
                                                   {std::to_string(topic.analysis)})
                                : connection_->Run(statements::kMine, {"{" + topic.user_id + "}"});
  if (!Have(rows)) {
    *is_lost = !connection_->IsGood();
    return std::nullopt;
  }
  if (rows.size() == 0) return std::nullopt;
  std::string state(rows.At(0, is_analysis ? 0 : 1));
  if (!is_analysis && watch.list == 0) watch.list = HashOf(state);
  return state;
}

bool Hub::SendStates() {
  for (auto& [topic, watch] : watched_) {
    const auto is_new = [](const Subscriber& subscriber) { return !subscriber.has_state; };
    if (std::none_of(watch.subscribers.begin(), watch.subscribers.end(), is_new)) continue;
    bool is_lost = false;
    const auto state = StateOf(topic, watch, &is_lost);
    if (is_lost) return false;
    const auto text = std::make_shared<const std::string>(EventText("state", state.value_or("")));
    for (Subscriber& subscriber : watch.subscribers) {
      if (subscriber.has_state) continue;
      subscriber.has_state = state.has_value();
      state ? subscriber.stream->Append(text) : subscriber.stream->End();
    }
  }
  return true;
}

}  // namespace debrief::console

// hub_rows.cpp: what the hub asks for, and sends.
#include <map>
#include <utility>

#include "console/hub.h"
#include "console/log.h"
#include "console/statements.h"

namespace debrief::console {
namespace {

std::string ArrayOf(const std::set<int64_t>& ids) {
  std::string text = "{";
  for (const int64_t id : ids) text += (text.size() > 1 ? "," : "") + std::to_string(id);
  return text + "}";
}

int64_t IdAt(const Rows& rows, int row, int column) {
  return ParseId(rows.At(row, column)).value_or(0);
}

}  // namespace

bool Hub::AskAnalyses(const std::set<int64_t>& analyses) {
  if (analyses.empty()) return true;
  const Rows items = connection_->Run(statements::kItemsOf, {ArrayOf(analyses)});
  const Rows jobs = connection_->Run(statements::kJobsOf, {ArrayOf(analyses)});
  for (const Rows* const rows : {&items, &jobs}) {
    if (rows->IsGood()) continue;
    Log("streams: " + rows->error().message);
    return connection_->IsGood();
  }
  std::map<int64_t, std::pair<std::vector<KnownRows::Item>, std::vector<KnownRows::Item>>> found;
  for (int row = 0; row < items.size(); row++) {
    auto& [all, owners] = found[IdAt(items, row, 0)];
    all.push_back({IdAt(items, row, 1), std::string(items.At(row, 3))});
    if (items.At(row, 2) != "t") owners.push_back(all.back());
  }
  std::map<int64_t, std::string> found_jobs;
  for (int row = 0; row < jobs.size(); row++) {
    found_jobs[IdAt(jobs, row, 0)] = jobs.At(row, 1);
  }
  std::set<Topic> topics;
  for (const Subscriber& subscriber : subscribers_) {
    if (analyses.contains(subscriber.topic.analysis)) topics.insert(subscriber.topic);
  }
  for (const Topic& topic : topics) {
    const auto& [all, owners] = found[topic.analysis];
    const std::string event =
        known_[topic].Update(topic.is_owners ? owners : all, found_jobs[topic.analysis]);
    if (!event.empty()) Send(topic, event);
  }
  // The streams of a deleted analysis end. Their readers reconnect, and get a 404.
  for (const Subscriber& subscriber : subscribers_) {
    const int64_t id = subscriber.topic.analysis;
    if (analyses.contains(id) && !found_jobs.contains(id)) subscriber.stream->End();
  }
  return true;
}

bool Hub::AskMine() {
  std::set<std::string> users;
  for (const Subscriber& subscriber : subscribers_) {
    if (subscriber.topic.kind == Topic::Kind::kMine) users.insert(subscriber.topic.user_id);
  }
  if (users.empty()) return true;
  std::string array = "{";
  for (const std::string& user : users) array += (array.size() > 1 ? "," : "") + user;
  const Rows rows = connection_->Run(statements::kMine, {array + "}"});
  if (!rows.IsGood()) {
    Log("streams: " + rows.error().message);
    return connection_->IsGood();
  }
  for (int row = 0; row < rows.size(); row++) {
    const std::string user(rows.At(row, 0));
    std::string& known = known_mine_[user];
    if (known == rows.At(row, 1)) continue;
    known = rows.At(row, 1);
    Send({Topic::Kind::kMine, 0, user}, EventText("state", known));
  }
  return true;
}

bool Hub::AskOverview() {
  const auto overview = overview_->Get();
  if (const auto* const error = std::get_if<SqlError>(&overview)) {
    Log("overview: " + error->message);
    // A statement that failed is another matter than a database that is gone.
    if (!error->state.empty() && !error->state.starts_with("57P")) return true;
    return false;
  }
  Send({Topic::Kind::kOverview},
       EventText("state", *std::get<std::shared_ptr<const std::string>>(overview)));
  return true;
}

std::optional<std::string> Hub::StateOf(const Topic& topic, bool* is_lost) {
  if (topic.kind == Topic::Kind::kOverview) {
    const auto overview = overview_->Get();
    const auto* const text = std::get_if<std::shared_ptr<const std::string>>(&overview);
    if (text == nullptr) return std::nullopt;
    return **text;
  }
  const bool is_analysis = topic.kind == Topic::Kind::kAnalysis;
  // What is known is what was sent: asked before, so that the state is no older.
  if (is_analysis && !known_.contains(topic) && !AskAnalyses({topic.analysis})) *is_lost = true;
  if (*is_lost) return std::nullopt;
  const Rows rows = is_analysis ? connection_->Run(statements::Analysis(!topic.is_owners).c_str(),
                                                   {std::to_string(topic.analysis)})
                                : connection_->Run(statements::kMine, {"{" + topic.user_id + "}"});
  if (!rows.IsGood()) {
    Log("streams: " + rows.error().message);
    *is_lost = !connection_->IsGood();
    return std::nullopt;
  }
  if (rows.size() == 0) return std::nullopt;
  std::string state(rows.At(0, is_analysis ? 0 : 1));
  if (!is_analysis) known_mine_.try_emplace(topic.user_id, state);
  return state;
}

bool Hub::SendStates() {
  std::map<Topic, std::optional<std::string>> states;
  for (Subscriber& subscriber : subscribers_) {
    if (subscriber.has_state) continue;
    const auto [found, is_new] = states.try_emplace(subscriber.topic);
    bool is_lost = false;
    if (is_new) found->second = StateOf(subscriber.topic, &is_lost);
    if (is_lost) return false;
    if (found->second) {
      subscriber.stream->Append(EventText("state", *found->second));
      subscriber.has_state = true;
    } else {
      subscriber.stream->End();
    }
  }
  return true;
}

}  // namespace debrief::console

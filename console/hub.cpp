#include "console/hub.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "bgworker/core/model/clock.h"
#include "console/log.h"

namespace debrief::console {
namespace {

constexpr int64_t kCollectMs = 150;
constexpr int64_t kCompareMs = 1'500;
constexpr int64_t kOverviewMs = 1'000;
// Asking takes a tenth of the time at most.
constexpr int64_t kShareOfTime = 10;

}  // namespace

Hub::Hub(std::string conninfo, Overview* overview)
    : conninfo_(std::move(conninfo)),
      overview_(overview),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_([this] { Run(); }) {}

Hub::~Hub() {
  Stop();
  close(wake_);
}

void Hub::Stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  eventfd_write(wake_, 1);
  if (thread_.joinable()) thread_.join();
}

Response Hub::Subscribe(const Topic& topic, std::shared_ptr<Caller> caller) {
  auto stream = std::make_shared<Stream>();
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return ErrorResponse(503, "", "The console is stopping.");
    if (!problem_.empty()) {
      eventfd_write(wake_, 1);  // try again, if it is time
      return ErrorResponse(503, "", "The database cannot be reached.", problem_);
    }
    stream->Append("retry: 1000\n\n");
    new_.push_back({topic, {stream, std::move(caller)}});
  }
  heartbeat_.Add(stream);
  eventfd_write(wake_, 1);
  return {.headers = {{"Content-Type", "text/event-stream"}, {"X-Accel-Buffering", "no"}},
          .stream = std::move(stream)};
}

bool Hub::TakeNewcomers() {
  const std::lock_guard lock(mutex_);
  for (auto& [topic, subscriber] : new_) {
    watched_[topic].subscribers.push_back(std::move(subscriber));
  }
  new_.clear();
  return !is_stopping_;
}

void Hub::Run() {
  while (TakeNewcomers()) {
    DropEnded();
    if (watched_.empty() && !IsMissing()) {
      connection_.reset();
      Wait(INT64_MAX);
      continue;
    }
    if (!connection_ && !Connect()) {
      Wait(backoff_.next_ms());
      continue;
    }
    TakeNotifications();
    if (!connection_->IsGood() || !Serve()) {
      Lose(connection_->Problem());
      continue;
    }
    if (watched_.empty()) continue;
    Wait(std::min(
        {flush_ms_, compare_ms_, LooksAt(Topic::Kind::kOverview) ? overview_ms_ : INT64_MAX}));
  }
  EndAll();
}

void Hub::Wait(int64_t until_ms) {
  // While what was announced is collected, each announcement is not worth a look.
  const bool collects = flush_ms_ != INT64_MAX;
  constexpr int64_t kLongestMs = 60'000;
  const int64_t wait_ms = std::clamp<int64_t>(until_ms - std::min(until_ms, NowMs()), 0,
                                              collects ? kCollectMs : kLongestMs);
  pollfd sources[2] = {{wake_, POLLIN, 0}, {-1, POLLIN, 0}};
  if (connection_ && !collects) sources[1].fd = PQsocket(connection_->handle());
  // Nobody looks: only somebody who does ends it.
  poll(sources, 2, until_ms == INT64_MAX ? -1 : static_cast<int>(wait_ms));
  eventfd_t count = 0;
  eventfd_read(wake_, &count);
}

bool Hub::Connect() {
  if (!backoff_.IsDue(NowMs())) return false;
  auto connection = std::make_unique<Connection>(
      conninfo_,
      Settings{{"application_name", "pg_debrief_console:streams"}, {"connect_timeout", "2"}});
  std::string problem = connection->IsGood() ? MakeReader(*connection) : connection->Problem();
  if (problem.empty()) {
    const Rows standby = connection->Run("select pg_is_in_recovery()");
    // A standby hears of nothing: there the rows are asked for all the same.
    const bool may_listen = standby.IsGood() && standby.One() == "f";
    const Rows listens =
        may_listen ? connection->Run("listen debrief_status") : connection->Run("select null");
    if (!listens.IsGood()) problem = listens.error().message;
  }
  if (!problem.empty()) {
    connection_.reset();
    Lose(problem);
    return false;
  }
  connection_ = std::move(connection);
  backoff_.Succeeded();
  compare_ms_ = overview_ms_ = rest_until_ms_ = 0;
  flush_ms_ = INT64_MAX;
  announced_.clear();
  changed_items_.clear();
  changed_of_.clear();
  changed_jobs_.clear();
  const std::lock_guard lock(mutex_);
  if (!problem_.empty()) Log("streams: the database answers");
  problem_.clear();
  return true;
}

// Streams end: what they showed is not shown as true. Their readers come back, and begin with the
// whole state.
void Hub::Lose(const std::string& why) {
  connection_.reset();
  backoff_.Failed(NowMs());
  EndAll();
  const std::lock_guard lock(mutex_);
  if (problem_.empty()) Log("streams: " + why);
  problem_ = why.empty() ? "The connection was lost." : why;
}

void Hub::EndAll() {
  for (const auto& [topic, watch] : watched_) {
    for (const Subscriber& subscriber : watch.subscribers) subscriber.stream->End();
  }
  watched_.clear();
  streams_ = 0;
}

bool Hub::IsMissing() {
  const std::lock_guard lock(mutex_);
  return !problem_.empty();
}

void Hub::TakeNotifications() {
  PQconsumeInput(connection_->handle());
  while (PGnotify* const notification = PQnotifies(connection_->handle())) {
    const Announcement about = ParseAnnouncement(notification->extra);
    PQfreemem(notification);
    std::set<int64_t>& analyses = about.feedback.empty() ? announced_ : changed_of_;
    bool is_watched = false;
    for (const int64_t analysis : about.analyses) {
      if (TopicsOf(analysis).empty()) continue;
      analyses.insert(analysis);
      is_watched = true;
    }
    if (is_watched) changed_items_.insert(about.feedback.begin(), about.feedback.end());
    lists_announced_ = lists_announced_ || about.feedback.empty();
    if (is_watched || lists_announced_) {
      flush_ms_ = std::min(flush_ms_, std::max(NowMs() + kCollectMs, rest_until_ms_));
    }
  }
}

void Hub::DropEnded() {
  const int64_t now_ms = NowMs();
  int streams = 0;
  for (auto entry = watched_.begin(); entry != watched_.end();) {
    std::vector<Subscriber>& subscribers = entry->second.subscribers;
    std::erase_if(subscribers, [&](const Subscriber& subscriber) {
      if (subscriber.caller->IsOver(now_ms)) subscriber.stream->End();
      return subscriber.stream->HasEnded();
    });
    streams += static_cast<int>(subscribers.size());
    entry = subscribers.empty() ? watched_.erase(entry) : std::next(entry);
  }
  streams_ = streams;
}

std::set<int64_t> Hub::Watched() const {
  std::set<int64_t> analyses;
  for (const auto& [topic, watch] : watched_) {
    if (topic.kind == Topic::Kind::kAnalysis) analyses.insert(topic.analysis);
  }
  return analyses;
}

std::vector<std::pair<const Topic, Hub::Watch>*> Hub::TopicsOf(int64_t analysis) {
  std::vector<std::pair<const Topic, Watch>*> topics;
  auto entry = watched_.lower_bound({Topic::Kind::kAnalysis, analysis});
  for (; entry != watched_.end() && entry->first.analysis == analysis; ++entry) {
    topics.push_back(&*entry);
  }
  return topics;
}

bool Hub::LooksAt(Topic::Kind kind) const {
  return std::any_of(watched_.begin(), watched_.end(),
                     [&](const auto& entry) { return entry.first.kind == kind; });
}

bool Hub::Serve() {
  if (!SendStates()) return false;
  const int64_t begin_ms = NowMs();
  const bool compares = begin_ms >= compare_ms_;
  if (compares || begin_ms >= flush_ms_) {
    if (compares) announced_ = Watched();
    const bool lists = std::exchange(lists_announced_, false) || compares;
    if (!Compare(std::exchange(announced_, {})) || !AskJobs() || !AskItems()) return false;
    if (lists && !AskMine()) return false;
    const int64_t end_ms = NowMs();
    rest_until_ms_ = end_ms + (end_ms - begin_ms) * kShareOfTime;
    compare_ms_ = std::max(compares ? end_ms + kCompareMs : compare_ms_, rest_until_ms_);
    flush_ms_ = changed_items_.empty() ? INT64_MAX : rest_until_ms_;
  }
  if (begin_ms >= overview_ms_ && LooksAt(Topic::Kind::kOverview)) {
    if (!AskOverview()) return false;
    overview_ms_ = NowMs() + kOverviewMs;
  }
  return true;
}

void Hub::Send(const Watch& watch, std::string event) {
  const auto text = std::make_shared<const std::string>(std::move(event));
  for (const Subscriber& subscriber : watch.subscribers) {
    if (subscriber.has_state) subscriber.stream->Append(text);
  }
}

}  // namespace debrief::console

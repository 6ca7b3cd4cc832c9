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
constexpr int64_t kAskMs = 2'000;
constexpr int64_t kOverviewMs = 1'000;
// Readers take a stream that is silent for 5 s for broken.
constexpr int64_t kPingMs = 2'000;
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
      Response response = ErrorResponse(503, "", "The database cannot be reached.", problem_);
      response.headers.emplace_back("Retry-After", "2");
      return response;
    }
    stream->Append("retry: 2000\n\n");
    new_.push_back({topic, stream, std::move(caller)});
  }
  eventfd_write(wake_, 1);
  return {.headers = {{"Content-Type", "text/event-stream"}, {"X-Accel-Buffering", "no"}},
          .stream = std::move(stream)};
}

void Hub::Run() {
  for (;;) {
    bool is_wanted = false;
    {
      const std::lock_guard lock(mutex_);
      if (is_stopping_) break;
      std::move(new_.begin(), new_.end(), std::back_inserter(subscribers_));
      new_.clear();
      is_wanted = !problem_.empty();
    }
    DropEnded();
    if (subscribers_.empty() && !is_wanted) {
      connection_.reset();
      known_.clear();
      known_mine_.clear();
      Wait(INT64_MAX);
      continue;
    }
    if (!connection_ && !Connect()) {
      Wait(backoff_.next_ms());
      continue;
    }
    TakeNotifications();
    if (!connection_->IsGood() || !Serve(NowMs())) {
      Lose(connection_->Problem());
      continue;
    }
    if (subscribers_.empty()) continue;
    Wait(std::min({flush_ms_, ask_ms_, ping_ms_,
                   LooksAt(Topic::Kind::kOverview) ? overview_ms_ : INT64_MAX}));
  }
  for (const Subscriber& subscriber : subscribers_) subscriber.stream->End();
  const std::lock_guard lock(mutex_);
  for (const Subscriber& subscriber : new_) subscriber.stream->End();
}

void Hub::Wait(int64_t until_ms) {
  constexpr int64_t kLongestMs = 60'000;
  const int64_t wait_ms =
      std::clamp<int64_t>(until_ms - std::min(until_ms, NowMs()), 0, kLongestMs);
  pollfd sources[2] = {{wake_, POLLIN, 0}, {-1, POLLIN, 0}};
  if (connection_) sources[1].fd = PQsocket(connection_->handle());
  // Nobody looks: only somebody who does ends it.
  poll(sources, 2, until_ms == INT64_MAX ? -1 : static_cast<int>(wait_ms));
  eventfd_t count = 0;
  eventfd_read(wake_, &count);
}

bool Hub::Connect() {
  if (!backoff_.IsDue(NowMs())) return false;
  auto connection = std::make_unique<Connection>(
      conninfo_, Settings{{"application_name", "pg_debrief_console:streams"}});
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
  ask_ms_ = ping_ms_ = overview_ms_ = 0;
  flush_ms_ = INT64_MAX;
  dirty_.clear();
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
  known_.clear();
  known_mine_.clear();
  for (const Subscriber& subscriber : subscribers_) subscriber.stream->End();
  const std::lock_guard lock(mutex_);
  if (problem_.empty()) Log("streams: " + why);
  problem_ = why.empty() ? "The connection was lost." : why;
}

void Hub::TakeNotifications() {
  PQconsumeInput(connection_->handle());
  const std::set<int64_t> looked_at = LookedAt();
  while (PGnotify* const notification = PQnotifies(connection_->handle())) {
    for (const int64_t analysis : AnalysesOf(notification->extra)) {
      if (looked_at.contains(analysis)) dirty_.insert(analysis);
    }
    is_overview_dirty_ = true;
    PQfreemem(notification);
    if (flush_ms_ == INT64_MAX) flush_ms_ = NowMs() + kCollectMs;
  }
}

void Hub::DropEnded() {
  const int64_t now_ms = NowMs();
  std::erase_if(subscribers_, [&](const Subscriber& subscriber) {
    if (subscriber.caller->IsOver(now_ms)) subscriber.stream->End();
    return subscriber.stream->HasEnded();
  });
  streams_ = static_cast<int>(subscribers_.size());
  std::erase_if(known_, [&](const auto& entry) {
    return std::none_of(subscribers_.begin(), subscribers_.end(),
                        [&](const Subscriber& s) { return s.topic == entry.first; });
  });
  std::erase_if(known_mine_, [&](const auto& entry) {
    return std::none_of(subscribers_.begin(), subscribers_.end(), [&](const Subscriber& s) {
      return s.topic.kind == Topic::Kind::kMine && s.topic.user_id == entry.first;
    });
  });
}

std::set<int64_t> Hub::LookedAt() const {
  std::set<int64_t> analyses;
  for (const Subscriber& subscriber : subscribers_) {
    if (subscriber.topic.kind == Topic::Kind::kAnalysis) analyses.insert(subscriber.topic.analysis);
  }
  return analyses;
}

bool Hub::LooksAt(Topic::Kind kind) const {
  return std::any_of(subscribers_.begin(), subscribers_.end(),
                     [&](const Subscriber& subscriber) { return subscriber.topic.kind == kind; });
}

bool Hub::Serve(int64_t now_ms) {
  if (!SendStates()) return false;
  if (now_ms >= ask_ms_) {
    if (!AskAnalyses(LookedAt()) || !AskMine()) return false;
    const int64_t end_ms = NowMs();
    ask_ms_ = end_ms + std::max(kAskMs, (end_ms - now_ms) * kShareOfTime);
    flush_ms_ = INT64_MAX;
    dirty_.clear();
  } else if (now_ms >= flush_ms_) {
    if (!AskAnalyses(dirty_) || !AskMine()) return false;
    const int64_t end_ms = NowMs();
    dirty_.clear();
    flush_ms_ = INT64_MAX;
    ask_ms_ = std::max(ask_ms_, end_ms + (end_ms - now_ms) * kShareOfTime);
  }
  if (now_ms >= overview_ms_ && LooksAt(Topic::Kind::kOverview)) {
    if (!AskOverview()) return false;
    overview_ms_ = NowMs() + kOverviewMs;
  }
  if (now_ms >= ping_ms_) {
    for (const Subscriber& subscriber : subscribers_) subscriber.stream->Append(": ping\n\n");
    ping_ms_ = now_ms + kPingMs;
  }
  return true;
}

void Hub::Send(const Topic& topic, const std::string& event) {
  for (const Subscriber& subscriber : subscribers_) {
    if (subscriber.has_state && subscriber.topic == topic) subscriber.stream->Append(event);
  }
}

}  // namespace debrief::console

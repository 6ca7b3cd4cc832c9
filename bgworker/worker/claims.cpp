// claims.cpp: what the worker claims, and what it learns by it.

extern "C" {
#include "postgres.h"

#include "miscadmin.h"
#include "pgstat.h"
}

#include <algorithm>
#include <utility>

#include "bgworker/backend/slot.h"
#include "bgworker/worker/worker.h"
#include "extension/settings.h"

namespace debrief {
namespace {

constexpr int kClaimMax = 100;
constexpr int64_t kBlockedWaitMs = 100;
constexpr int64_t kStatisticsWaitMs = 1'000;
constexpr int64_t kNextDueWaitMs = 50;

// A commit may be so much younger than the due times it brings; one that is later yet is found by a
// look behind the mark.
constexpr int64_t kLookBackUs = 1'000'000;
// Looks behind the mark take a fiftieth of the time, and come at least every five seconds.
constexpr int64_t kLookBehindShare = 50;
constexpr int64_t kLookBehindMaxMs = 5'000;

// Audio first: finished SSML is not to starve behind new SSML.
constexpr Stage kClaimOrder[kStageCount] = {Stage::kAudio, Stage::kSsml, Stage::kAnalysis};

}  // namespace

int64_t Worker::ParkedUntilMs(const StageConfig& config, int64_t now_ms) const {
  return std::max(health_.ParkedUntilMs(config.server.name, now_ms),
                  health_.ParkedUntilMs(config.store.name, now_ms));
}

bool Worker::MayCall(Stage stage, int64_t now_ms) const {
  const StageState& state = stages_[static_cast<int>(stage)];
  return state.usable && !state.config->paused && state.blocked_until_ms <= now_ms &&
         ParkedUntilMs(*state.config, now_ms) == 0;
}

uint32 Worker::StagesOf(const std::string& server) const {
  uint32 stages = 0;
  for (int i = 0; i < kStageCount; i++) {
    if (stages_[i].config != nullptr && stages_[i].config->server.name == server) stages |= 1u << i;
  }
  return stages;
}

bool Worker::IsProbing(const StageConfig& config) const {
  return health_.IsProbing(config.server.name) || health_.IsProbing(config.store.name);
}

slot::Reservation Worker::PlanReservation(Stage stage, int wanted) const {
  const StageConfig& config = *stages_[static_cast<int>(stage)].config;
  int limit = IsProbing(config) ? 1 : config.max_in_flight;
  // SSML that is written faster than it is spoken gains nobody anything: a little less of it, and
  // what is settled can go on to audio at once.
  if (stage == Stage::kSsml && stages_[static_cast<int>(Stage::kAudio)].work_due &&
      MayCall(Stage::kAudio, NowMs())) {
    limit = std::max(1, limit * 3 / 4);
  }
  return {.wanted = std::min({wanted, limit, RoomInMemory(stage), RoomInConnections(stage)}),
          .stage_limit = limit,
          .server_limit = config.limits.max_in_flight > 0 ? config.limits.max_in_flight : INT_MAX,
          .stages_of_server = StagesOf(config.server.name)};
}

// Calls in flight are counted with what they are likely to bring. With nothing else to do one more
// is always begun, however large: the limit is the operator's word, not a reason to stand still.
int Worker::RoomInMemory(Stage stage) const {
  int64_t left = memory_.left();
  for (int i = 0; i < kStageCount; i++) {
    left -= slot::Own(i) * runner_.ExpectedBytes(static_cast<Stage>(i));
  }
  const int64_t room = left / runner_.ExpectedBytes(stage);
  if (room <= 0 && runner_.running() == 0 && settler_.ready() == 0) return 1;
  return static_cast<int>(std::clamp<int64_t>(room, 0, kClaimMax));
}

// A server that does not answer holds its stage's calls, and no more than leaves each other stage a
// part of what open files allow.
int Worker::RoomInConnections(Stage stage) const {
  int room = connections_max_ - slot::Own(static_cast<int>(stage));
  for (int i = 0; i < kStageCount; i++) {
    if (i == static_cast<int>(stage) || stages_[i].config == nullptr) continue;
    const int kept = std::min(stages_[i].config->max_in_flight, connections_max_ / kStageCount);
    room -= std::max(slot::Own(i), kept);
  }
  return std::max(room, 0);
}

// Answers whether there is anything to ask the tables for.
bool Worker::PlanClaim(ClaimRequest* request) {
  const int64_t now_ms = NowMs();
  due_again_ = false;
  request->housekeeping = safety_poll_ms_ <= now_ms;
  bool anything = request->housekeeping;
  for (Stage stage : kClaimOrder) {
    const int i = static_cast<int>(stage);
    StageState& state = stages_[i];
    if (request->housekeeping) state.work_due = true;
    // What came meanwhile did not rouse us: it is looked for when calls may begin again.
    if (!MayCall(stage, now_ms)) state.work_due = true;
    if (!state.work_due || !MayCall(stage, now_ms)) continue;
    const StageConfig& config = *state.config;
    const int granted = slot::Reserve(i, PlanReservation(stage, kClaimMax));
    if (granted == 0) {
      // All in use: by us, then the end of a call brings us back; or by other workers.
      if (slot::Own(i) == 0) state.blocked_until_ms = now_ms + kBlockedWaitMs;
      continue;
    }
    request->wanted[i] = granted;
    request->lease_ms[i] = config.LeaseMs();
    request->alone[i] = state.alone_wait;
    // A claim of one row is that row's.
    if (state.turns.is_wanted() && !(state.alone_wait && granted == 1)) {
      request->preferred[i] = state.turns.Next(static_cast<size_t>(granted + 1) / 2);
      request->look_ahead[i] = &state.turns;
    }
    request->from_us[i] = state.look_behind_ms <= now_ms ? 0 : state.mark_us;
    request->limited[i] = config.limits.AreCounted() ? &config : nullptr;
    anything = true;
  }
  if (request->housekeeping) {
    for (const Attempt* row : runner_.Running()) request->held_tokens.push_back(row->job.token);
    for (const Attempt* row : settler_.Held()) request->held_tokens.push_back(row->job.token);
    request->retention_hours = settings::attempt_retention_hours;
  }
  return anything;
}

namespace {

bool WentFirst(Stage stage, const ClaimRequest& request, const ClaimReply& reply, int64_t id) {
  const size_t i = static_cast<size_t>(stage);
  const std::vector<int64_t>& preferred = request.preferred[i];
  return id == reply.went_alone[i] ||
         std::find(preferred.begin(), preferred.end(), id) != preferred.end();
}

// How long the last of the rows that were claimed by due time had waited; INT64_MAX: there were
// none, so the mark stays.
int64_t LastInOrder(Stage stage, const ClaimRequest& request, const ClaimReply& reply) {
  int64_t waited_us = INT64_MAX;
  for (const Job& job : reply.jobs) {
    if (job.stage != stage || WentFirst(stage, request, reply, job.id)) continue;
    waited_us = std::min(waited_us, job.waited_us);
  }
  return waited_us;
}

}  // namespace

void Worker::TakeTurns(Stage stage, const ClaimRequest& request, const ClaimTimes& times,
                       const ClaimReply& reply) {
  const size_t i = static_cast<size_t>(stage);
  FairShare& turns = stages_[i].turns;
  for (const SeenRow& row : reply.seen[i]) {
    if (row.is_wanted) turns.Saw(row.id, row.user_id);
  }
  if (!reply.seen[i].empty()) {
    turns.ReadTo({.due_us = reply.seen[i].back().due_us, .id = reply.seen[i].back().id});
  }
  std::vector<std::string> users;
  size_t retries = 0;
  for (const Job& job : reply.jobs) {
    if (job.stage != stage || WentFirst(stage, request, reply, job.id)) continue;
    users.push_back(job.user_id);
    retries += job.attempt > 1;
  }
  if (users.empty()) return;
  turns.ClaimedFull(users, retries, times.began_unix_us - LastInOrder(stage, request, reply),
                    NowMs());
}

void Worker::MoveMark(Stage stage, const ClaimRequest& request, const ClaimTimes& times,
                      const ClaimReply& reply, int claimed) {
  const int i = static_cast<int>(stage);
  StageState& state = stages_[i];
  // A limit may have granted less than was wanted: what came back says nothing of what is due.
  if (request.limited[i] != nullptr) return;
  int64_t taken_us = times.began_unix_us;  // all that was due
  if (claimed == request.wanted[i]) {
    taken_us -= std::min(LastInOrder(stage, request, reply), times.began_unix_us);
  }
  state.mark_us = std::max(state.mark_us, taken_us - kLookBackUs);
  if (request.from_us[i] == 0) {
    state.look_behind = false;
    state.look_behind_ms =
        NowMs() + std::min(kLookBehindMaxMs, kLookBehindShare * times.took_us / 1000);
  } else if (claimed < request.wanted[i]) {
    state.look_behind = true;
  }
}

// Where SSML is settled, its audio may be claimed in the same step: unless rows wait that were
// there before, or the server's calls are counted.
AudioClaims Worker::RoomForAudio() {
  const int i = static_cast<int>(Stage::kAudio);
  const StageState& state = stages_[i];
  const int64_t now_ms = NowMs();
  if (!started_ || config_stale_ || trouble_until_ms_ > now_ms || state.work_due ||
      !MayCall(Stage::kAudio, now_ms) || state.config->limits.AreCounted() ||
      IsProbing(*state.config)) {
    return {};
  }
  return {.count = slot::Reserve(i, PlanReservation(Stage::kAudio, kClaimMax)),
          .lease_ms = state.config->LeaseMs()};
}

void Worker::TakeStageReply(Stage stage, const ClaimRequest& request, const ClaimTimes& times,
                            const ClaimReply& reply, int claimed) {
  const int i = static_cast<int>(stage);
  StageState& state = stages_[i];
  slot::Unreserve(i, request.wanted[i] - claimed);
  // Less than was wanted is all there is, unless a limit granted no more: then the next claim is
  // told how long to wait.
  const bool is_part = request.limited[i] != nullptr && claimed > 0;
  state.work_due = claimed == request.wanted[i] || is_part;
  due_again_ |= is_part;
  MoveMark(stage, request, times, reply, claimed);
  if (state.work_due) {
    TakeTurns(stage, request, times, reply);
  } else {
    state.turns.ClaimedAll();
  }
  if (reply.limited_ms[i] > 0) {
    state.work_due = true;
    state.blocked_until_ms = NowMs() + reply.limited_ms[i];
  }
}

void Worker::TakeReply(const ClaimRequest& request, const ClaimTimes& times, ClaimReply* reply) {
  const int64_t now_ms = NowMs();
  if (troubles_ > 0) slot::SetState(WorkerState::kRunning, "");
  troubles_ = 0;
  if (reply->due_ms) {
    TakeDue(*reply->due_ms);
  } else if (next_due_at_ms_ < 0) {
    next_due_at_ms_ = now_ms + kNextDueWaitMs;
  }
  if (request.housekeeping) LogCopy(reply->is_copy);
  if (request.housekeeping) safety_poll_ms_ = now_ms + settings::safety_poll_ms;
  // Under steady work too, so a later claim does not put it off.
  if (statistics_at_ms_ < 0) statistics_at_ms_ = now_ms + kStatisticsWaitMs;
  std::array<int, kStageCount> claimed{};
  for (const Job& job : reply->jobs) claimed[static_cast<int>(job.stage)]++;
  for (int i = 0; i < kStageCount; i++) {
    if (request.housekeeping) stages_[i].alone_wait = reply->alone_wait[static_cast<size_t>(i)];
    if (request.wanted[i] == 0) continue;
    TakeStageReply(static_cast<Stage>(i), request, times, *reply, claimed[i]);
  }
  if (reply->rescued > 0) {
    ereport(LOG, errmsg("pg_debrief: took back %lld claims whose worker is gone",
                        static_cast<long long>(reply->rescued)));
    for (StageState& state : stages_) state.work_due = state.alone_wait = true;
  }
  Begin(std::move(reply->jobs));
  DeleteObjects(std::move(reply->deletions));
}

void Worker::Begin(std::vector<Job> jobs) {
  const int64_t now_ms = NowMs();
  for (Job& job : jobs) {
    const int stage = static_cast<int>(job.stage);
    const StageState& state = stages_[stage];
    slot::CountLatency(stage, slot::kWait, job.waited_us);
    auto attempt = std::make_unique<Attempt>();
    attempt->job = std::move(job);
    attempt->config = state.config;
    attempt->renew_at_ms = now_ms + state.config->LeaseMs() / 2;
    runner_.Begin(std::move(attempt));
  }
}

}  // namespace debrief

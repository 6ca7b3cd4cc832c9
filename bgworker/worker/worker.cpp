// worker.cpp: the story. One turn: serve signals and wakes, take what finished, settle it, claim
// what there is room for, wait for news.
//
// No transaction is open while the network is in use, and none is begun while there is nothing to
// do. An ERROR outside the door ends the process: rows are leased, the launcher starts another.

extern "C" {
#include "postgres.h"

#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
}

#include <algorithm>
#include <utility>

#include "bgworker/backend/slot.h"
#include "bgworker/core/policy/backoff.h"
#include "bgworker/worker/worker.h"
#include "extension/settings.h"

namespace debrief {
namespace {

constexpr int64_t kTroubleWaitMs = 500;
constexpr int64_t kTroubleWaitMaxMs = 30'000;
constexpr int kUploadedPercent = 50;
constexpr int64_t kUsageWaitMs = 200;
constexpr uint32 kStageWakes[kStageCount] = {kWakeAnalysis, kWakeSsml, kWakeAudio};
constexpr size_t kGatherMax = 200;  // two stages' batches
// PostgreSQL's own, which it empties when it starts; we run in the data directory.
constexpr char kTemporaryDirectory[] = "base/pgsql_tmp";

}  // namespace

Worker::Worker(std::unique_ptr<HttpClient> http, int connections_max)
    : http_(std::move(http)),
      requests_(http_.get()),
      deletions_(&requests_),
      server_tests_(&requests_),
      runner_(&requests_, &memory_, kTemporaryDirectory),
      settler_(&database_, &health_),
      waiter_(http_->poll_fd()),
      connections_max_(connections_max) {
  http_->SetMemory(&memory_);
  http_->SetConnectionsMax(connections_max);
}

void Worker::Run() {
  for (;;) {
    ResetLatch(MyLatch);
    ServeInterrupts();
    MemoryContextReset(CurrentMemoryContext);  // the turn's: see worker_main.cpp
    Turn();
    if (slot::Listen(WantedWakes())) waiter_.Wait(TimeoutMs());
  }
}

void Worker::Turn() {
  ServeWakes();
  Gather();
  const bool calm = trouble_until_ms_ <= NowMs();
  if (calm) {
    if (config_stale_) Reload();
    if (revoked_) DropLostClaims();
    RenewLeases();
    RecordUsage();
    KeepCheckpoints();
    if (tests_due_) TestServers();
    SettleSideJobs();
    AskWhatComesDue();
  }
  SettleAndClaim(calm);
  // What needed no call (templates, sounds that were there) has finished already.
  AddFinished();
  FlushStatistics();
}

// While answers keep coming they are taken, up to a batch: a batch costs hardly more than a row.
void Worker::Gather() {
  for (size_t before = SIZE_MAX; settler_.ready() != before && settler_.ready() < kGatherMax;) {
    before = settler_.ready();
    http_->SetMayExceed(before == 0);  // what is settled frees its memory
    requests_.Run();
    runner_.Collect();
    ServeUploads();
    AddFinished();
  }
}

void Worker::AddFinished() {
  for (auto& attempt : runner_.TakeFinished()) settler_.Add(std::move(attempt));
}

void Worker::ServeInterrupts() {
  QueryCancelPending = false;  // there is no statement to cancel
  if (ProcDiePending) {
    GiveClaimsBack();
    CHECK_FOR_INTERRUPTS();  // does not return
  }
  CHECK_FOR_INTERRUPTS();
  if (ConfigReloadPending) {
    ConfigReloadPending = false;
    ProcessConfigFile(PGC_SIGHUP);
    if (!settings::enabled || slot::Ordinal() >= settings::workers_per_database) {
      GiveClaimsBack();
      Leave(WorkerState::kStopped, "stopped by the settings");
    }
    ConfigureHttp();
    LoadKeys();
    config_stale_ = true;
  }
}

void Worker::ServeWakes() {
  const uint32 wakes = slot::TakeWakes();
  if ((wakes & kWakeLeave) != 0) {
    GiveClaimsBack();
    Leave(WorkerState::kLeft, "left because a command needed the database without sessions");
  }
  config_stale_ |= (wakes & kWakeConfig) != 0;
  revoked_ |= (wakes & kWakeRevoked) != 0;
  tests_due_ |= (wakes & kWakeTest) != 0;
  const int64_t now_ms = NowMs();
  for (int i = 0; i < kStageCount; i++) {
    StageState& state = stages_[i];
    if ((wakes & kStageWakes[i]) != 0 || (state.next_due_ms >= 0 && state.next_due_ms <= now_ms)) {
      state.work_due = true;
      state.next_due_ms = -1;
    }
    if (state.look_behind && state.look_behind_ms <= now_ms) state.work_due = true;
  }
}

void Worker::ServeUploads() {
  for (const Attempt* attempt : runner_.Uploaded(http_->TakeUploaded())) {
    database_.Progress(attempt->job.id, attempt->job.token, kUploadedPercent);
  }
}

void Worker::RenewLeases() {
  const int64_t now_ms = NowMs();
  std::array<std::vector<Attempt*>, kStageCount> due;
  auto collect = [&](const std::vector<Attempt*>& held) {
    for (Attempt* row : held) {
      if (row->renew_at_ms <= now_ms) due[static_cast<int>(row->job.stage)].push_back(row);
    }
  };
  collect(runner_.Running());
  collect(settler_.Held());
  for (int i = 0; i < kStageCount; i++) {
    if (due[i].empty()) continue;
    const int64_t lease_ms = due[i].front()->config->LeaseMs();
    if (!database_.Renew(static_cast<Stage>(i), due[i], lease_ms)) return BackOff("renew leases");
    for (Attempt* row : due[i]) row->renew_at_ms = now_ms + lease_ms / 2;
  }
}

// An edit, a cancel or a delete took claims away: their calls are stopped, not paid to the end.
void Worker::DropLostClaims() {
  std::array<std::vector<Attempt*>, kStageCount> held;
  for (Attempt* row : runner_.Running()) held[static_cast<int>(row->job.stage)].push_back(row);
  for (Attempt* row : settler_.Held()) held[static_cast<int>(row->job.stage)].push_back(row);
  const size_t running_before = runner_.running();
  for (int i = 0; i < kStageCount; i++) {
    if (held[i].empty()) continue;
    std::vector<int64_t> lost;
    if (!database_.LostClaims(static_cast<Stage>(i), held[i], &lost))
      return BackOff("look for claims");
    const size_t before = runner_.running();
    for (int64_t token : lost) {
      runner_.Abort(token);
      settler_.Drop(token);
    }
    slot::Unreserve(i, static_cast<int>(before - runner_.running()));
  }
  revoked_ = false;
  if (runner_.running() < running_before) {
    for (StageState& state : stages_) state.work_due = true;
  }
}

void Worker::BackOff(const char* what) {
  const PgError error = database_.error();
  Versions versions;
  if (database_.ReadVersions(&versions) && versions.sql.empty()) {
    Leave(WorkerState::kAbsent, "the extension was dropped");
  }
  const int64_t wait_ms = Doubled(kTroubleWaitMs, troubles_, kTroubleWaitMaxMs);
  troubles_++;
  trouble_until_ms_ = NowMs() + wait_ms;
  slot::SetState(WorkerState::kWaiting, error.message);
  ereport(LOG, errmsg("pg_debrief: could not %s: %s", what, error.message),
          error.hint[0] == '\0' ? 0 : errhint("%s", error.hint), errhidestmt(true));
}

int64_t Worker::TimeoutMs() const {
  const int64_t now_ms = NowMs();
  int64_t until_ms = std::max(safety_poll_ms_, trouble_until_ms_);
  auto sooner = [&](int64_t at_ms) {
    if (at_ms >= 0) until_ms = std::min(until_ms, at_ms);
  };
  if (due_again_ && trouble_until_ms_ <= now_ms) return 0;
  sooner(settler_.NextMs());
  sooner(statistics_at_ms_);
  if (next_due_at_ms_ >= 0) sooner(std::max(next_due_at_ms_, trouble_until_ms_));
  if (usage_at_ms_ >= 0) sooner(std::max(usage_at_ms_, trouble_until_ms_));
  if (runner_.has_checkpoints() || deletions_.has_outcomes() || server_tests_.has_outcomes())
    sooner(trouble_until_ms_);
  sooner(runner_.NextMs());
  for (int i = 0; i < kStageCount; i++) {
    const StageState& state = stages_[i];
    if (!state.usable || state.config->paused) continue;
    const int64_t parked_ms = ParkedUntilMs(*state.config, now_ms);
    const int64_t not_before = std::max({parked_ms, trouble_until_ms_, state.blocked_until_ms});
    if (state.next_due_ms >= 0) sooner(std::max(state.next_due_ms, not_before));
    // Due already: it waits for its server or for a slot; a slot that comes free wakes us itself.
    const bool looks = state.look_behind && !state.work_due;
    if (looks) sooner(std::max(state.look_behind_ms, not_before));
    if (state.work_due && not_before > now_ms) sooner(not_before);
  }
  int64_t timeout_ms = std::max<int64_t>(0, until_ms - now_ms);
  const int64_t http_ms = http_->TimeoutMs();
  if (http_ms >= 0) timeout_ms = std::min(timeout_ms, http_ms);
  return timeout_ms;
}

// A wake is no news to a stage that knows of work already, or may do none.
uint32 Worker::WantedWakes() const {
  const int64_t now_ms = NowMs();
  if (!started_ || config_stale_) return kWakeWork;
  uint32 kinds = 0;
  for (int i = 0; i < kStageCount; i++) {
    if (!stages_[i].work_due && MayCall(static_cast<Stage>(i), now_ms)) kinds |= kStageWakes[i];
  }
  return kinds;
}

void Worker::RecordUsage() {
  if (!settler_.has_usage()) return;
  const int64_t now_ms = NowMs();
  if (usage_at_ms_ < 0) usage_at_ms_ = now_ms + kUsageWaitMs;
  if (usage_at_ms_ > now_ms) return;
  usage_at_ms_ = -1;
  if (!database_.RecordUsage(settler_.TakeUsage())) BackOff("record usage");
}

// Nobody else reports our writes: without it autovacuum would never see them.
void Worker::FlushStatistics() {
  if (statistics_at_ms_ >= 0 && NowMs() >= statistics_at_ms_) {
    pgstat_report_stat(true);
    statistics_at_ms_ = -1;
  }
}

// The end has been asked for; it waits for one settle and one release. While it is pending, no
// statement would run: so it is put off, not held off, because lock_timeout needs interrupts too.
// A synchronous standby that is gone must not keep us: what the commit loses, a rescue finds.
void Worker::GiveClaimsBack() {
  const bool dying = ProcDiePending;
  ProcDiePending = false;
  SetConfigOption("synchronous_commit", "local", PGC_SUSET, PGC_S_OVERRIDE);
  if (started_) {
    // Answers that are here are paid for.
    requests_.Run();
    AddFinished();
    settler_.SettleReady();
    usage_at_ms_ = 0;
    RecordUsage();
  }
  runner_.AbortAll();
  if (started_) database_.Release();
  if (dying) {
    ProcDiePending = true;
    InterruptPending = true;
  }
}

void Worker::Leave(WorkerState state, const char* why) {
  slot::SetState(state, why);
  ereport(LOG, errmsg("pg_debrief worker ends: %s", why));
  proc_exit(0);
}

}  // namespace debrief

// worker.cpp: the story. One turn: serve signals and wakes, gather answers, settle them and claim
// what there is room for, wait for news.
//
// No transaction is open while the network is in use, and none is begun while there is nothing to
// do. An ERROR outside the door ends the process: rows are leased, the launcher starts another.

#include <algorithm>
#include <utility>

#include "bgworker/backend/log.h"
#include "bgworker/backend/process.h"
#include "bgworker/backend/settings_reload.h"
#include "bgworker/backend/slot.h"
#include "bgworker/backend/termination.h"
#include "bgworker/core/policy/backoff.h"
#include "bgworker/worker/worker.h"

namespace debrief {
namespace {

constexpr int64_t kTroubleWaitMs = 500;
constexpr int64_t kTroubleWaitMaxMs = 30'000;
constexpr int64_t kAwayWaitMaxMs = 2'000;
constexpr int kUploadedPercent = 50;
constexpr size_t kGatherMax = 200;  // two stages' batches

}  // namespace

Worker::Worker(std::unique_ptr<HttpClient> http, int connections_max)
    : http_(std::move(http)),
      requests_(http_.get()),
      runner_(&requests_, &memory_, TemporaryDirectory()),
      settler_(&database_, &health_),
      held_(&database_, &runner_, &settler_),
      configuration_(&database_, http_.get(), &memory_, &health_),
      claims_(&configuration_, &health_, &memory_, &runner_, &settler_, &held_, connections_max),
      side_jobs_(&database_, &requests_, &configuration_),
      waiter_(http_->poll_fd()) {
  http_->SetMemory(&memory_);
  http_->SetConnectionsMax(connections_max);
}

void Worker::Run() {
  for (;;) {
    BeginTurn();
    ServeInterrupts();
    Turn();
    slot::SetHoldsResults(settler_.holds_results());
    if (slot::Listen(claims_.WantedWakes())) waiter_.Wait(TimeoutMs());
  }
}

void Worker::Turn() {
  ServeWakes();
  Gather();
  if (!IsBackingOff()) DoWhatIsDue();
  SettleAndClaim();
  // What needed no call (templates, sounds that were there) has finished already.
  AddFinished();
  claims_.FlushStatistics();
}

void Worker::ServeInterrupts() {
  if (termination::IsAskedFor()) {
    GiveClaimsBack();
    termination::End();
  }
  CheckInterrupts();
  switch (ReloadSettings()) {
    case SettingsReload::kNone:
      return;
    case SettingsReload::kStop:
      GiveClaimsBack();
      Leave(WorkerState::kLeft, kStoppedBySettings);
    case SettingsReload::kDone:
      configuration_.LoadSettings();
      configuration_.LoadKeys();
  }
}

void Worker::ServeWakes() {
  const uint32_t wakes = slot::TakeWakes();
  if ((wakes & kWakeLeave) != 0) {
    GiveClaimsBack();
    Leave(WorkerState::kLeft, "left because a command needed the database without sessions");
  }
  if ((wakes & (kWakeConfig | kWakePrepared)) != 0) configuration_.OnChanged();
  if ((wakes & (kWakeRevoked | kWakePrepared)) != 0) held_.OnRevoked();
  if ((wakes & kWakeTest) != 0) side_jobs_.OnTestsDue();
  claims_.OnWakes(wakes);
}

// While answers keep coming they are taken, up to a batch: a batch costs hardly more than a row.
// Once in any case: calls begin here, and go on, however much is ready that needed none.
void Worker::Gather() {
  size_t before = 0;
  do {
    before = settler_.ready();
    http_->SetMayExceed(before == 0);  // what is settled frees its memory
    requests_.Run();
    runner_.Collect();
    for (const Attempt* attempt : runner_.Uploaded(http_->TakeUploaded())) {
      database_.Progress(attempt->job.id, attempt->job.token, kUploadedPercent);
    }
    AddFinished();
  } while (settler_.ready() != before && settler_.ready() < kGatherMax);
}

void Worker::AddFinished() {
  for (auto& attempt : runner_.TakeFinished()) {
    claims_.OnCallEnded(attempt->job.stage);
    settler_.Add(std::move(attempt));
  }
}

void Worker::DoWhatIsDue() {
  if (configuration_.is_stale()) Reload();
  const size_t running_before = runner_.running();
  BackOff(held_.DropLost());
  if (runner_.running() < running_before) claims_.OnCallsAborted();
  if (held_.may_hold_more()) {
    BackOff(held_.ReleaseUnknown());
    claims_.OnWakes(kWakeWork);  // what is given back
  }
  BackOff(held_.RenewLeases());
  if (!settler_.RecordUsage(Settler::When::kWhenDue)) BackOff("record usage");
  BackOff(held_.KeepCheckpoints());
  BackOff(side_jobs_.TestServers());
  BackOff(side_jobs_.Settle());
  BackOff(claims_.AskWhatComesDue(&database_));
}

void Worker::Reload() {
  if (!configuration_.has_started() && !configuration_.Start()) return BackOff("start");
  if (!FitsStill()) return;
  if (!configuration_.Load()) return BackOff("load the configuration");
  claims_.OnConfigured();
}

// Results and claims share a transaction: a commit is what costs most when little is to be done. If
// it fails the settler goes on alone, batch by batch and at last row by row.
void Worker::SettleAndClaim() {
  settler_
      .SettleFailures();  // what they say of a server is known before its next calls are claimed
  while (SettleAndClaimOnce()) {
  }
  if (configuration_.is_ready() && claims_.has_apart() && !IsBackingOff()) ClaimApart();
  settler_.SettleReady(Settler::When::kWhenDue);
  claims_.OnSettled();
  if (settler_.TakeAuthFailed()) configuration_.LoadKeys();
}

// Whether a batch of results was written, and left others like it.
bool Worker::SettleAndClaimOnce() {
  SettleAndClaimRequest request;
  settler_.AddTo(&request);
  const bool leaves_more = settler_.LeavesMore(request);
  if (configuration_.is_ready() && !IsBackingOff()) claims_.AddTo(&request);
  if (request.is_empty()) return false;
  SettleAndClaimReply reply;
  ClaimTimes times{.began_unix_us = DatabaseUnixUs()};
  const int64_t began_us = NowUs();
  const bool committed = database_.SettleAndClaim(request, &reply);
  times.took_us = NowUs() - began_us;
  if (committed && reply.extension_fits) {
    Apply(&request, times, &reply);
    claims_.OnSettled();
    return leaves_more;
  }
  const bool claimed_only = request.audio.empty() && request.ssml.empty();
  const bool is_session_lost = !committed && database_.error().is_session_lost();
  if (is_session_lost) held_.OnClaimUnanswered();
  settler_.GiveBack(&request, is_session_lost);
  claims_.GiveBack(request);
  if (committed) (void)FitsStill();
  if (!committed && claimed_only) OnClaimRefused(*request.claim);
  return false;
}

void Worker::Apply(SettleAndClaimRequest* request, const ClaimTimes& times,
                   SettleAndClaimReply* reply) {
  settler_.Apply(request, *reply);
  claims_.Apply(*request, times, reply);
  if (!request->claim) return;
  EndTrouble();
  if (request->claim->housekeeping) configuration_.SetCopy(reply->claim.is_copy);
  side_jobs_.Delete(reply->claim.deletions);
}

// Whatever was refused: a stage's claim is tried apart before everything waits.
void Worker::OnClaimRefused(const ClaimRequest& refused) {
  const bool has_stages = std::any_of(refused.stages.begin(), refused.stages.end(),
                                      [](const StageClaim& claim) { return claim.wanted > 0; });
  if (!has_stages) return BackOff("claim");
  claims_.OnRefused(refused);
  const PgError& error = database_.error();
  Log(Severity::kLog,
      {.message = Format("pg_debrief: could not claim for all stages together: %s", error.message),
       .hint = error.hint});
}

void Worker::ClaimApart() {
  if (!claims_.ClaimApart(&database_)) {
    if (database_.error().is_session_lost()) held_.OnClaimUnanswered();
    BackOff("claim");
  } else if (!claims_.has_apart()) {
    EndTrouble();
  }
}

void Worker::EndTrouble() {
  if (trouble_.count > 0) slot::SetState(WorkerState::kRunning, "");
  trouble_.count = 0;
}

// An update, or a restore, may have made something else of the extension.
bool Worker::FitsStill() {
  Versions versions;
  if (!database_.ReadVersions(&versions)) {
    BackOff("look at the extension");
    return false;
  }
  if (versions.sql.empty()) Leave(WorkerState::kAbsent, "the extension was dropped");
  const std::optional<Skew> skew = FindSkew(versions);
  if (!skew) return true;
  // A worker that takes our place waits until the versions fit: see version_gate.cpp.
  GiveClaimsBack();
  Leave(WorkerState::kLeft, skew->problem.c_str());
}

void Worker::BackOff(const char* refused) {
  if (refused == nullptr) return;
  const PgError error = database_.error();
  Versions versions;
  if (database_.ReadVersions(&versions) && versions.sql.empty()) {
    Leave(WorkerState::kAbsent, "the extension was dropped");
  }
  // Answers that are paid for wait for a server that is away.
  const int64_t wait_max_ms = error.is_away() ? kAwayWaitMaxMs : kTroubleWaitMaxMs;
  const int64_t wait_ms = Doubled(kTroubleWaitMs, trouble_.count, wait_max_ms);
  trouble_.count++;
  trouble_.until_ms = NowMs() + wait_ms;
  slot::SetState(WorkerState::kWaiting, error.message);
  Log(Severity::kLog, {.message = Format("pg_debrief: could not %s: %s", refused, error.message),
                       .hint = error.hint});
}

int64_t Worker::TimeoutMs() const {
  const int64_t now_ms = NowMs();
  int64_t next_ms = claims_.NextMs(trouble_.until_ms);
  next_ms = Earlier(next_ms, settler_.NextMs());
  next_ms = Earlier(next_ms, runner_.NextMs());
  if (settler_.usage_at_ms() >= 0) {
    next_ms = Earlier(next_ms, std::max(settler_.usage_at_ms(), trouble_.until_ms));
  }
  if (runner_.has_checkpoints() || side_jobs_.has_answers()) {
    next_ms = Earlier(next_ms, trouble_.until_ms);
  }
  const int64_t timeout_ms = std::max<int64_t>(0, next_ms - now_ms);
  return Earlier(timeout_ms, http_->TimeoutMs());
}

// The end waits for one settle and one release. All callers end the process.
// A synchronous standby that is gone must not keep us: what the commit loses, a rescue finds.
void Worker::GiveClaimsBack() {
  termination::Ignore();
  CommitLocally();
  if (configuration_.has_started()) {
    // Answers that are here are paid for. What was not sent is stopped unsent.
    http_->AbortUnsent();
    requests_.Run();
    (void)held_.KeepCheckpoints();  // a store without requests is written at once
    AddFinished();
    settler_.SettleReady(Settler::When::kAtOnce);
    held_.KeepWhatIsPaid();
    if (!settler_.RecordUsage(Settler::When::kAtOnce)) BackOff("record usage");
  }
  runner_.AbortAll();
  if (configuration_.has_started()) database_.Release();
}

void Worker::Leave(WorkerState state, const char* why) {
  slot::SetState(state, why);
  Log(Severity::kLog, {.message = Format("pg_debrief worker ends: %s", why)});
  EndProcess();
}

}  // namespace debrief

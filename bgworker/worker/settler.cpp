// settler.cpp: see settler.h. Results first, then failures: each kind is one SQL call a batch.

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

#include "bgworker/backend/slot.h"
#include "bgworker/core/policy/backoff.h"
#include "bgworker/worker/settle_log.h"
#include "bgworker/worker/settler.h"
#include "extension/settings.h"

namespace debrief {
namespace {

constexpr size_t kBatchMax = 200;
constexpr int64_t kBatchBytesMax = 4 << 20;  // PostgreSQL copies a batch's sounds a few times
constexpr int64_t kLockedWaitMs = 100;
constexpr int64_t kLockedWaitMaxMs = 2'000;
constexpr int64_t kRefusedWaitMs = 200;
constexpr int64_t kRefusedWaitMaxMs = 10'000;

}  // namespace

std::vector<const Attempt*> RowsOf(const Batch& batch) {
  std::vector<const Attempt*> rows;
  rows.reserve(batch.size());
  for (const auto& attempt : batch) rows.push_back(attempt.get());
  return rows;
}

Settler::Settler(Database* database, ServerHealth* health)
    : database_(database), health_(health), random_(RandomSeed()) {
  made_due_ms_.fill(-1);
}

void Settler::Add(std::unique_ptr<Attempt> attempt) {
  assert(attempt->reservation.calls() == 0 && attempt->job.token != 0);
  ready_[static_cast<int>(attempt->job.stage)].push_back(std::move(attempt));
}

void Settler::WakeLater() {
  const int64_t now_ms = NowMs();
  for (Later& later : std::exchange(later_, {})) {
    if (later.at_ms > now_ms) {
      later_.push_back(std::move(later));
    } else {
      ready_[static_cast<int>(later.attempt->job.stage)].push_back(std::move(later.attempt));
    }
  }
}

// Failures and results go to different SQL functions: a batch holds one kind, of one server.
Batch Settler::TakeBatch(Stage stage, Kind kind) {
  Batch batch, rest;
  Batch& ready = ready_[static_cast<int>(stage)];
  const StageState& state = stages_[static_cast<int>(stage)];
  if (state.parks > 0 && state.parked_until_ms > NowMs()) return {};
  // One row shows whether the database takes results again.
  const size_t rows_max = stage == Stage::kAnalysis || state.parks > 0 ? 1 : kBatchMax;
  int64_t bytes = 0;
  for (auto& row : ready) {
    const bool failed = row->failure() != nullptr;
    const bool fits =
        row->sessions_lost == 0 && (kind == Kind::kAny || failed == (kind == Kind::kFailures)) &&
        batch.size() < rows_max && bytes < kBatchBytesMax &&
        (batch.empty() ||
         (batch.front()->config == row->config && (batch.front()->failure() != nullptr) == failed));
    if (fits) bytes += row->memory.bytes();
    (fits ? batch : rest).push_back(std::move(row));
  }
  ready = std::move(rest);
  return batch.empty() && kind != Kind::kResults ? TakeSuspect(stage, kind) : std::move(batch);
}

void Settler::AddTo(SettleAndClaimRequest* request) {
  if (retry_at_ms_ > NowMs()) return;
  request->audio = TakeBatch(Stage::kAudio, Kind::kResults);
  request->ssml = TakeBatch(Stage::kSsml, Kind::kResults);
}

bool Settler::LeavesMore(const SettleAndClaimRequest& request) const {
  return (!request.audio.empty() && !ready_[static_cast<int>(Stage::kAudio)].empty()) ||
         (!request.ssml.empty() && !ready_[static_cast<int>(Stage::kSsml)].empty());
}

void Settler::Apply(SettleAndClaimRequest* request, const SettleAndClaimReply& reply) {
  AfterSettle(Stage::kAudio, std::move(request->audio), reply.audio);
  AfterSettle(Stage::kSsml, std::move(request->ssml), reply.ssml);
  const auto settled = std::count(reply.ssml.begin(), reply.ssml.end(), SettleOutcome::kSettled);
  assert(static_cast<int64_t>(reply.went_on.size()) <= settled);
  if (settled > static_cast<int64_t>(reply.went_on.size())) MakeDue(Stage::kAudio, 0);
}

void Settler::GiveBack(SettleAndClaimRequest* request, bool is_session_lost) {
  for (const Batch* batch : {&request->audio, &request->ssml}) {
    for (const auto& row : *batch) row->sessions_lost += is_session_lost ? 1 : 0;
  }
  GiveBack(std::move(request->audio));
  GiveBack(std::move(request->ssml));
}

size_t Settler::ready() const {
  size_t rows = 0;
  for (const Batch& ready : ready_) rows += ready.size();
  return rows;
}

void Settler::GiveBack(Batch batch) {
  for (auto& attempt : batch) {
    ready_[static_cast<int>(attempt->job.stage)].push_back(std::move(attempt));
  }
}

bool Settler::SettleFailures() { return retry_at_ms_ > NowMs() || SettleStages(Kind::kFailures); }

bool Settler::SettleReady(When when) {
  if (when == When::kWhenDue && retry_at_ms_ > NowMs()) return true;
  WakeLater();
  if (!SettleStages(Kind::kAny)) return false;
  refusals_ = 0;
  retry_at_ms_ = -1;
  return true;
}

bool Settler::SettleStages(Kind kind) {
  for (int i = 0; i < kStageCount; i++) {
    const Stage stage = static_cast<Stage>(i);
    UnparkIfNothingWaits(stage);
    for (Batch batch = TakeBatch(stage, kind); !batch.empty(); batch = TakeBatch(stage, kind)) {
      if (SettleBatch(stage, std::move(batch))) continue;
      const int64_t wait_ms = Doubled(kRefusedWaitMs, refusals_, kRefusedWaitMaxMs);
      refusals_++;
      retry_at_ms_ = NowMs() + wait_ms;
      return false;
    }
  }
  return true;
}

bool Settler::SettleBatch(Stage stage, Batch batch) {
  std::vector<SettleOutcome> outcomes;
  if (Write(stage, &batch, &outcomes)) {
    if (std::count(outcomes.begin(), outcomes.end(), SettleOutcome::kSettled) > 0) {
      stages_[static_cast<int>(stage)].refusals.Stored();
      Unpark(stage);
    }
    AfterSettle(stage, std::move(batch), outcomes);
    return true;
  }
  if (database_->error().is_session_lost()) {
    OnSessionLost(std::move(batch));
    return false;
  }
  LogRefusal(stage, batch.size(), database_->error());
  if (batch.size() > 1) return SettleRowByRow(stage, std::move(batch));
  return OnRefused(stage, std::move(batch.front()));
}

bool Settler::SettleRowByRow(Stage stage, Batch batch) {
  for (size_t i = 0; i < batch.size(); i++) {
    Batch single;
    single.push_back(std::move(batch[i]));
    if (SettleBatch(stage, std::move(single))) continue;
    // The row went back to ready_; the others go before it.
    Batch& ready = ready_[static_cast<int>(stage)];
    for (size_t rest = batch.size(); rest > i + 1; rest--) {
      ready.insert(ready.begin(), std::move(batch[rest - 1]));
    }
    return false;
  }
  return true;
}

bool Settler::Write(Stage stage, Batch* batch, std::vector<SettleOutcome>* outcomes) {
  assert(!batch->empty());
  if (batch->front()->failure() != nullptr) return WriteFailures(stage, *batch, outcomes);
  if (stage == Stage::kAnalysis) {
    outcomes->resize(1);
    return database_->SettleAnalysis(*batch->front(), outcomes->data());
  }
  if (kStages[static_cast<int>(stage)].is_optional) {
    return database_->SettleDone(stage, RowsOf(*batch), outcomes);
  }
  SettleAndClaimRequest request;
  SettleAndClaimReply reply;
  Batch& results = stage == Stage::kSsml ? request.ssml : request.audio;
  results = std::move(*batch);
  const bool settled = database_->SettleAndClaim(request, &reply);
  *batch = std::move(results);
  *outcomes = stage == Stage::kSsml ? std::move(reply.ssml) : std::move(reply.audio);
  assert(!settled || outcomes->size() == batch->size());
  if (settled && stage == Stage::kSsml) MakeDue(Stage::kAudio, 0);
  return settled;
}

void Settler::AfterSettle(Stage stage, Batch batch, const std::vector<SettleOutcome>& outcomes) {
  if (batch.empty()) return;
  assert(outcomes.size() == batch.size());
  Record(stage, batch, outcomes);
  for (size_t i = 0; i < batch.size(); i++) {
    Attempt& row = *batch[i];
    if (outcomes[i] == SettleOutcome::kLocked) {
      row.locked_wait_ms = std::clamp(row.locked_wait_ms * 2, kLockedWaitMs, kLockedWaitMaxMs);
      KeepForLater(std::move(batch[i]), row.locked_wait_ms);
      continue;
    }
    NoteUsage(row);
    if (outcomes[i] == SettleOutcome::kStale) {
      LogStale(row);
      continue;
    }
    if (row.failure() != nullptr) continue;
    NoteSuccess(row);
    if (stage == Stage::kAnalysis) MakeDue(Stage::kSsml, 0);
  }
  // What ended may be what an optional stage waits for.
  for (int i = 0; i < kStageCount; i++) {
    if (kStages[i].is_optional && stage != static_cast<Stage>(i)) MakeDue(static_cast<Stage>(i), 0);
  }
  slot::AnnounceSettle();
}

void Settler::MakeDue(Stage stage, int64_t in_ms) {
  int64_t& due = made_due_ms_[static_cast<int>(stage)];
  due = due < 0 ? in_ms : std::min(due, in_ms);
}

int64_t Settler::TakeMadeDueMs(Stage stage) {
  return std::exchange(made_due_ms_[static_cast<int>(stage)], -1);
}

bool Settler::TakeAuthFailed() { return std::exchange(auth_failed_, false); }

int64_t Settler::NextMs() const {
  int64_t next = -1;
  for (size_t i = 0; i < kStageCount; i++) {
    // A parked stage that holds no row any more is unparked when its time has come.
    const bool may_unpark = stages_[i].parks > 0 && !IsHeldLater(static_cast<Stage>(i));
    if (ready_[i].empty() && !may_unpark) continue;
    const int64_t at_ms = std::max<int64_t>({retry_at_ms_, stages_[i].parked_until_ms, 0});
    next = next < 0 ? at_ms : std::min(next, at_ms);
  }
  for (const Later& later : later_) {
    const int64_t at_ms = std::max(later.at_ms, retry_at_ms_);
    next = next < 0 ? at_ms : std::min(next, at_ms);
  }
  return next;
}

std::vector<Attempt*> Settler::Held() {
  std::vector<Attempt*> held;
  for (Batch& ready : ready_) {
    for (auto& attempt : ready) held.push_back(attempt.get());
  }
  for (Later& later : later_) held.push_back(later.attempt.get());
  return held;
}

void Settler::Drop(int64_t token) {
  for (const Attempt* row : Held()) {
    if (row->job.token == token)
      stages_[static_cast<int>(row->job.stage)].refusals.Forget(row->job.id);
  }
  for (Batch& ready : ready_) {
    std::erase_if(ready, [&](const auto& row) { return row->job.token == token; });
  }
  std::erase_if(later_, [&](const Later& row) { return row.attempt->job.token == token; });
}

}  // namespace debrief

// settle_refusals.cpp: what it means that PostgreSQL refuses to store a result.

#include <algorithm>

#include "bgworker/core/policy/backoff.h"
#include "bgworker/worker/may_pass.h"
#include "bgworker/worker/session_lost.h"
#include "bgworker/worker/settle_log.h"
#include "bgworker/worker/settler.h"

namespace debrief {
namespace {

constexpr int64_t kRefusedWaitMs = 200;
constexpr int64_t kRefusedWaitMaxMs = 10'000;
constexpr int64_t kParkMs = 1'000;
constexpr int64_t kParkMaxMs = 60'000;

Failure Unstorable(const PgError& error) {
  return Failure{.failure_class = FailureClass::kPermanent,
                 .code = "result_not_storable",
                 .message = "The result could not be stored.",
                 .detail = error.message};
}

}  // namespace

// A row that may have ended the session is settled by itself, after all others.
Batch Settler::TakeSuspect(Stage stage, Kind kind) {
  Batch batch;
  Batch& ready = ready_[static_cast<int>(stage)];
  const auto suspect = std::find_if(ready.begin(), ready.end(), [&](const auto& row) {
    return row->sessions_lost > 0 && (kind == Kind::kAny || row->failure() != nullptr);
  });
  if (suspect == ready.end()) return batch;
  batch.push_back(std::move(*suspect));
  ready.erase(suspect);
  return batch;
}

// Where not even the failure can be written down, the row is left to the end of its lease.
void Settler::OnSessionLost(Batch batch) {
  for (auto& row : batch) row->sessions_lost++;
  Attempt& first = *batch.front();
  if (batch.size() == 1 && first.sessions_lost > 1) {
    if (first.failure() != nullptr) return;
    first.result = WorkerLost(database_->error());
    first.sounds.clear();
    first.sessions_lost = 1;
  }
  GiveBack(std::move(batch));
}

// A row was refused alone. False: for a reason that passes, and holds for all.
bool Settler::OnRefused(Stage stage, std::unique_ptr<Attempt> row) {
  const PgError& error = database_->error();
  StageState& state = stages_[static_cast<int>(stage)];
  if (MayPass(error)) {
    ready_[static_cast<int>(stage)].push_back(std::move(row));
    return false;
  }
  const Refusals::Verdict verdict =
      state.refusals.Refused(row->job.id, row->job.user_id, error.sqlstate);
  // That a failure cannot be written down is no fault of its row.
  const bool may_charge = row->failure() == nullptr;
  if (verdict == Refusals::Verdict::kChargeRow && may_charge && state.parks == 0) {
    row->result = Unstorable(error);
    row->sounds.clear();
    row->locked_wait_ms = 0;
    Batch single;
    single.push_back(std::move(row));
    return SettleBatch(stage, std::move(single));
  }
  if (verdict == Refusals::Verdict::kParkStage || state.parks > 0) {
    ready_[static_cast<int>(stage)].push_back(std::move(row));
    Park(stage);
    return true;
  }
  row->locked_wait_ms = std::clamp(row->locked_wait_ms * 2, kRefusedWaitMs, kRefusedWaitMaxMs);
  const int64_t wait_ms = row->locked_wait_ms;
  KeepForLater(std::move(row), wait_ms);
  return true;
}

void Settler::KeepForLater(std::unique_ptr<Attempt> row, int64_t wait_ms) {
  later_.push_back({.attempt = std::move(row), .at_ms = NowMs() + wait_ms});
}

void Settler::Park(Stage stage) {
  StageState& state = stages_[static_cast<int>(stage)];
  const int64_t park_ms = Doubled(kParkMs, state.parks, kParkMaxMs);
  state.parks++;
  state.parked_until_ms = NowMs() + park_ms;
  const PgError why = database_->error();
  LogStageParked(stage, park_ms, why);
  database_->ParkStage(stage, park_ms, state.parks, why);
}

void Settler::Unpark(Stage stage) {
  StageState& state = stages_[static_cast<int>(stage)];
  if (state.parks == 0) return;
  state.parks = 0;
  state.parked_until_ms = 0;
  database_->StageOk(stage);
  MakeDue(stage, 0);
}

// The rows that would have shown it were edited, cancelled or deleted.
void Settler::UnparkIfNothingWaits(Stage stage) {
  StageState& state = stages_[static_cast<int>(stage)];
  if (state.parks == 0 || state.parked_until_ms > NowMs()) return;
  if (!ready_[static_cast<int>(stage)].empty() || IsHeldLater(stage)) return;
  state.refusals.Clear();
  Unpark(stage);
}

bool Settler::IsHeldLater(Stage stage) const {
  return std::any_of(later_.begin(), later_.end(),
                     [&](const Later& row) { return row.attempt->job.stage == stage; });
}

int64_t Settler::ParkedUntilMs(Stage stage, int64_t now_ms) const {
  constexpr int64_t kProbeMs = 1'000;  // until the settle has shown it
  const StageState& state = stages_[static_cast<int>(stage)];
  return state.parks == 0 ? 0 : std::max(state.parked_until_ms, now_ms + kProbeMs);
}

}  // namespace debrief

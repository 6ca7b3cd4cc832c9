// held_claims.cpp: see held_claims.h.

#include "bgworker/worker/held_claims.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <map>
#include <utility>

#include "bgworker/backend/log.h"
#include "bgworker/worker/may_pass.h"
#include "bgworker/worker/session_lost.h"
#include "bgworker/worker/settle_log.h"
#include "extension/settings.h"

namespace debrief {
namespace {

constexpr int64_t kLockedWaitMs = 100;
constexpr int64_t kRefusedWaitMs = 10'000;

}  // namespace

std::vector<Attempt*> HeldClaims::All() const {
  std::vector<Attempt*> rows = runner_->Running();
  const std::vector<Attempt*> unsettled = settler_->Held();
  rows.insert(rows.end(), unsettled.begin(), unsettled.end());
  return rows;
}

HeldClaims::ByStage HeldClaims::Sorted(const std::vector<Attempt*>& rows) {
  ByStage sorted;
  for (Attempt* row : rows) sorted[static_cast<size_t>(row->job.stage)].push_back(row);
  return sorted;
}

std::vector<int64_t> HeldClaims::Tokens() const {
  std::vector<int64_t> tokens;
  for (const Attempt* row : All()) tokens.push_back(row->job.token);
  return tokens;
}

const char* HeldClaims::RenewLeases() {
  const int64_t now_ms = NowMs();
  std::vector<Attempt*> rows = All();
  std::erase_if(rows, [&](const Attempt* row) { return row->renew_at_ms > now_ms; });
  for (const std::vector<Attempt*>& due : Sorted(rows)) {
    if (due.empty()) continue;
    const int64_t lease_ms = due.front()->config->LeaseMs();
    if (database_->Renew(due.front()->job.stage, due, lease_ms)) {
      for (Attempt* row : due) row->renew_at_ms = now_ms + lease_ms / 2;
    } else if (MayPass(database_->error()) || !RenewOneByOne(due, lease_ms)) {
      return "renew leases";
    }
  }
  return nullptr;
}

// A row that a trigger of the user's lets nobody change loses no lease but its own. False when
// PostgreSQL refused for a reason that is no row's.
bool HeldClaims::RenewOneByOne(const std::vector<Attempt*>& rows, int64_t lease_ms) {
  for (Attempt* row : rows) {
    if (database_->Renew(row->job.stage, {row}, lease_ms)) {
      row->renew_at_ms = NowMs() + lease_ms / 2;
      continue;
    }
    const PgError& error = database_->error();
    if (MayPass(error)) return false;
    row->renew_at_ms = NowMs() + kRefusedWaitMs;
    Log(Severity::kLog,
        {.message =
             Format("pg_debrief: could not renew the lease of row %lld of stage %s: %s",
                    static_cast<long long>(row->job.id), StageName(row->job.stage), error.message),
         .hint = error.hint});
  }
  return true;
}

const char* HeldClaims::DropLost() {
  if (!revoked_) return nullptr;
  for (const std::vector<Attempt*>& held : Sorted(All())) {
    if (held.empty()) continue;
    std::vector<int64_t> lost;
    if (!database_->LostClaims(held.front()->job.stage, held, &lost)) return "look for claims";
    assert(lost.size() <= held.size());
    if (!RecordCancelled(held, lost)) {
      if (MayPass(database_->error())) return "record cancelled calls";
      // A history that takes nothing keeps no call going, nor what waits to be claimed.
      LogRefusal(held.front()->job.stage, lost.size(), database_->error());
    }
    for (const Attempt* row : held) {
      const int64_t token = row->job.token;
      if (std::find(lost.begin(), lost.end(), token) == lost.end()) continue;
      if (row->calls > 0) settler_->NoteUsage(*row);
      runner_->Abort(token);
      settler_->Drop(token);
    }
  }
  revoked_ = false;
  return nullptr;
}

const char* HeldClaims::ReleaseUnknown() {
  if (!database_->Release(Tokens())) return "give back claims without an answer";
  may_hold_more_ = false;
  return nullptr;
}

// Their calls were made, and may be billed: they stay in the history.
bool HeldClaims::RecordCancelled(const std::vector<Attempt*>& held,
                                 const std::vector<int64_t>& lost) {
  if (settings::attempt_history == settings::kHistoryOff) return true;
  std::vector<Database::AttemptRecord> records;
  const auto write = [&] {
    const Stage stage = held.front()->job.stage;
    return records.empty() || database_->RecordAttempts(stage, std::exchange(records, {}));
  };
  for (Attempt* row : held) {
    const bool is_lost = std::find(lost.begin(), lost.end(), row->job.token) != lost.end();
    if (!is_lost || row->started_us == 0) continue;
    if (row->finished_us == 0) row->finished_us = NowUs();
    // A batch is of one server.
    const bool is_same = records.empty() || records.front().attempt->config == row->config;
    if (!is_same && !write()) return false;
    records.push_back({.attempt = row, .disposition = "cancelled"});
  }
  return write();
}

void HeldClaims::OnCheckpointsRefused(const std::vector<Attempt*>& rows) {
  const bool is_session_lost = database_->error().is_session_lost();
  for (Attempt* row : rows) {
    if (is_session_lost && row->sessions_lost++ > 0) {
      runner_->Fail(row, WorkerLost(database_->error()));
    } else {
      runner_->Defer(row, kLockedWaitMs);
    }
  }
}

const char* HeldClaims::KeepCheckpoints() {
  std::vector<Attempt*> rows = runner_->Checkpoints();
  if (rows.empty()) return nullptr;
  const auto suspect = std::find_if(rows.begin(), rows.end(),
                                    [](const Attempt* row) { return row->sessions_lost > 0; });
  if (suspect != rows.end()) {
    for (Attempt* row : std::exchange(rows, {*suspect})) {
      if (row != rows.front()) runner_->Defer(row, kLockedWaitMs);
    }
  }
  std::vector<SettleOutcome> outcomes;
  if (!database_->KeepCheckpoints(rows, &outcomes)) {
    OnCheckpointsRefused(rows);
    return "keep checkpoints";
  }
  assert(outcomes.size() == rows.size());
  for (size_t i = 0; i < rows.size(); i++) {
    if (outcomes[i] == SettleOutcome::kSettled) {
      rows[i]->sessions_lost = 0;
      runner_->Continue(rows[i]);
    } else if (outcomes[i] == SettleOutcome::kLocked) {
      runner_->Defer(rows[i], kLockedWaitMs);
    } else {
      runner_->Abort(rows[i]->job.token);
    }
  }
  return nullptr;
}

void HeldClaims::KeepWhatIsPaid() {
  std::map<const StageConfig*, std::vector<const Attempt*>> rows;
  for (const Attempt* row : runner_->Running()) {
    if (row->calls > 0) settler_->NoteUsage(*row);
    if (!row->sounds.empty()) rows[row->config.get()].push_back(row);
  }
  for (const auto& [config, of_server] : rows) {
    if (database_->KeepSounds(of_server)) continue;
    LogRefusal(Stage::kAudio, of_server.size(), database_->error());
  }
}

}  // namespace debrief

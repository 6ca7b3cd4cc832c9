// version_gate.cpp: the worker's first look at its database, repeated until it may begin.
//
// It claims nothing until then. A change that is announced (ALTER EXTENSION, update_tables()) is
// looked at at once; one that is not (a restore that makes the tables) after a while.

#include <algorithm>

#include "bgworker/backend/log.h"
#include "bgworker/backend/process.h"
#include "bgworker/backend/settings_reload.h"
#include "bgworker/backend/slot.h"
#include "bgworker/backend/termination.h"
#include "bgworker/backend/waiter.h"
#include "bgworker/core/policy/versions.h"
#include "bgworker/database/database.h"
#include "bgworker/worker/version_gate.h"

namespace debrief {
namespace {

constexpr int64_t kLookMs = 500;  // doubling
constexpr int64_t kLookMaxMs = 30'000;

void LeaveIfAsked() {
  if (termination::IsAskedFor()) termination::End();
  CheckInterrupts();
  if ((slot::TakeWakes() & kWakeLeave) != 0) {
    slot::SetState(WorkerState::kLeft, "");
    EndProcess();
  }
  if (ReloadSettings() == SettingsReload::kStop) {
    slot::SetState(WorkerState::kLeft, kStoppedBySettings);
    EndProcess();
  }
}

std::optional<Skew> Look(Database* database) {
  Versions versions;
  if (!database->ReadVersions(&versions))
    return Skew{database->error().message, database->error().hint};
  if (versions.sql.empty()) {
    slot::SetState(WorkerState::kAbsent, "");
    EndProcess();
  }
  return FindSkew(versions);
}

// One worker speaks for all of its database.
void LogSkew(const Skew& skew) {
  if (slot::Ordinal() > 0) return;
  Log(Severity::kLog,
      {.message = "pg_debrief: nothing is claimed: " + skew.problem, .hint = skew.hint});
}

}  // namespace

void WaitUntilVersionsFit() {
  Database database;
  std::string logged;
  int64_t wait_ms = kLookMs;
  for (;;) {
    BeginTurn();
    LeaveIfAsked();
    const std::optional<Skew> skew = Look(&database);
    if (!skew) break;
    slot::SetState(WorkerState::kWaiting, skew->Words().c_str());
    if (logged != skew->problem) LogSkew(*skew);
    logged = skew->problem;
    // Rows that are written meanwhile are no news.
    if (!slot::Listen(0)) continue;
    WaitForLatch(wait_ms);
    wait_ms = std::min(2 * wait_ms, kLookMaxMs);
  }
  if (logged.empty()) return;
  slot::SetState(WorkerState::kRunning, "");
  if (slot::Ordinal() <= 0) {
    Log(Severity::kLog, {.message = "pg_debrief: the versions fit: work goes on"});
  }
}

}  // namespace debrief

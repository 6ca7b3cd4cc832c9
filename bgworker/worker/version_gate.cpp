// version_gate.cpp: the worker's first look at its database, repeated until it may begin.
//
// It claims nothing until then. A change that is announced (ALTER EXTENSION, update_tables()) is
// looked at at once; one that is not (a restore that makes the tables) after a while.

extern "C" {
#include "postgres.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "tcop/tcopprot.h"
#include "utils/memutils.h"
}

#include <algorithm>

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
  CHECK_FOR_INTERRUPTS();
  if ((slot::TakeWakes() & kWakeLeave) != 0) {
    slot::SetState(WorkerState::kLeft, "");
    proc_exit(0);
  }
  if (ReloadSettings() == SettingsReload::kStop) {
    slot::SetState(WorkerState::kLeft, kStoppedBySettings);
    proc_exit(0);
  }
}

std::optional<Skew> Look(Database* database) {
  Versions versions;
  if (!database->ReadVersions(&versions))
    return Skew{database->error().message, database->error().hint};
  if (versions.sql.empty()) {
    slot::SetState(WorkerState::kAbsent, "");
    proc_exit(0);
  }
  return FindSkew(versions);
}

// One worker speaks for all of its database.
void LogSkew(const Skew& skew) {
  if (slot::Ordinal() > 0) return;
  ereport(LOG, errmsg("pg_debrief: nothing is claimed: %s", skew.problem.c_str()),
          skew.hint.empty() ? 0 : errhint("%s", skew.hint.c_str()), errhidestmt(true));
}

}  // namespace

void WaitUntilVersionsFit() {
  Database database;
  std::string logged;
  int64_t wait_ms = kLookMs;
  for (;;) {
    ResetLatch(MyLatch);
    LeaveIfAsked();
    MemoryContextReset(CurrentMemoryContext);  // the turn's: see main.cpp
    const std::optional<Skew> skew = Look(&database);
    if (!skew) break;
    slot::SetState(WorkerState::kWaiting, (skew->problem + ": " + skew->hint).c_str());
    if (logged != skew->problem) LogSkew(*skew);
    logged = skew->problem;
    // Rows that are written meanwhile are no news.
    if (!slot::Listen(0)) continue;
    WaitForLatch(wait_ms);
    wait_ms = std::min(2 * wait_ms, kLookMaxMs);
  }
  if (logged.empty()) return;
  slot::SetState(WorkerState::kRunning, "");
  if (slot::Ordinal() == 0) ereport(LOG, errmsg("pg_debrief: the versions fit: work goes on"));
}

}  // namespace debrief

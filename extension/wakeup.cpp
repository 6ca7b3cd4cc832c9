// wakeup.cpp: marks wake-ups in a transaction, and sets the workers' latches at its commit.
//
// No NOTIFY: it would take a lock of the whole cluster at every commit. What cannot be woken this
// way (replicated rows) the workers' safety poll finds.

extern "C" {
#include "postgres.h"

#include "access/xact.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "miscadmin.h"
}

#include "extension/wakeup.h"

namespace debrief {

bool is_worker_process = false;

namespace {

uint32 marked = 0;
bool callback_registered = false;

void AskLauncher(Oid database, uint32 why) {
  int place = 0;
  while (place < shared->request_count && shared->requests[place].database != database) place++;
  if (place == kRequestsMax) return;
  if (place == shared->request_count) {
    shared->requests[place] = {database, false};
    shared->request_count++;
  }
  if ((why & kWakeConfig) != 0) shared->requests[place].configured = true;
  if (shared->launcher_latch != nullptr) SetLatch(shared->launcher_latch);
}

void TellLauncherToScan() {
  LWLockAcquire(shared->lock, LW_EXCLUSIVE);
  shared->rescan = true;
  if (shared->launcher_latch != nullptr) SetLatch(shared->launcher_latch);
  LWLockRelease(shared->lock);
}

// Called after the commit is visible. Must not raise an ERROR.
void AtTransactionEnd(XactEvent event, void*) {
  if (marked == 0) return;
  if (event == XACT_EVENT_COMMIT) {
    const uint32 why = marked;
    marked = 0;
    if ((why & kWakeScan) != 0) TellLauncherToScan();
    if ((why & ~static_cast<uint32>(kWakeScan)) != 0) WakeNow(MyDatabaseId, why);
  } else if (event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE) {
    marked = 0;
  }
}

uint32 ReasonOf(const Trigger* trigger) {
  const char* const what = trigger->tgnargs == 0 ? "" : trigger->tgargs[0];
  for (int i = 0; i < kStageCount; i++) {
    if (strcmp(what, kStages[i].name) == 0) return WakeOf(static_cast<Stage>(i));
  }
  if (strcmp(what, "feedback") == 0) return WakeOf(Stage::kSsml) | WakeOf(Stage::kAudio);
  if (strcmp(what, "config") == 0) return kWakeWork | kWakeConfig;
  return kWakeWork | kWakeRevoked;
}

}  // namespace

void WakeNow(Oid database, uint32 why) {
  bool anybody = false;
  LWLockAcquire(shared->lock, LW_SHARED);
  for (int i = 0; i < shared->slot_count; i++) {
    WorkerSlot* slot = &shared->slots[i];
    if (slot->database != database || slot->latch == nullptr) continue;
    anybody = true;
    // A bit that is set already was followed by a SetLatch that the worker has not answered yet, or
    // is seen by it before it listens again. (Both operations are full barriers.)
    const uint32 before = pg_atomic_fetch_or_u32(&slot->wake, why);
    const uint32 listening = pg_atomic_fetch_add_u32(&slot->listening, 0);
    const uint32 rousing = why & (listening | ~static_cast<uint32>(kWakeWork));
    if ((before & rousing) != rousing) SetLatch(slot->latch);
  }
  LWLockRelease(shared->lock);
  if (!anybody && (why & ~static_cast<uint32>(kWakeLeave)) != 0) {
    LWLockAcquire(shared->lock, LW_EXCLUSIVE);
    AskLauncher(database, why);
    LWLockRelease(shared->lock);
  }
}

void WakeAtCommit(uint32 why) {
  if (shared == nullptr || is_worker_process) return;
  // Once per backend: callbacks cannot pile up, however long the session lives.
  if (!callback_registered) {
    RegisterXactCallback(AtTransactionEnd, nullptr);
    callback_registered = true;
  }
  marked |= why;
}

void WakeForRows(uint32 why) {
  static bool warned = false;
  if (shared == nullptr && !warned) {
    warned = true;
    ereport(WARNING, errmsg("pg_debrief is not loaded: rows are queued, but nothing works on them"),
            errhint("Add pg_debrief to shared_preload_libraries and restart the server."));
  }
  WakeAtCommit(why);
}

}  // namespace debrief

extern "C" {

PG_FUNCTION_INFO_V1(debrief_wake);
PG_FUNCTION_INFO_V1(debrief_wake_revoked);
PG_FUNCTION_INFO_V1(debrief_wake_trigger);

PGDLLEXPORT Datum debrief_wake(PG_FUNCTION_ARGS) {
  (void)fcinfo;
  debrief::RequirePreload();
  debrief::WakeAtCommit(debrief::kWakeWork);
  PG_RETURN_VOID();
}

PGDLLEXPORT Datum debrief_wake_revoked(PG_FUNCTION_ARGS) {
  (void)fcinfo;
  debrief::WakeAtCommit(debrief::kWakeWork | debrief::kWakeRevoked);
  PG_RETURN_VOID();
}

PGDLLEXPORT Datum debrief_wake_trigger(PG_FUNCTION_ARGS) {
  if (!CALLED_AS_TRIGGER(fcinfo)) {
    ereport(ERROR, errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
            errmsg("debrief._wake_trigger() must be called as a trigger"));
  }
  const TriggerData* data = reinterpret_cast<const TriggerData*>(fcinfo->context);
  debrief::WakeForRows(debrief::ReasonOf(data->tg_trigger));
  // A BEFORE row trigger must hand the row on; for all others the result is ignored.
  if (TRIGGER_FIRED_BY_UPDATE(data->tg_event)) return PointerGetDatum(data->tg_newtuple);
  return PointerGetDatum(data->tg_trigtuple);
}

}  // extern "C"

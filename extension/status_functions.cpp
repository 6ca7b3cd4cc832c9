// status_functions.cpp: the stages and shared memory as SQL rows, and the wait that
// wait_for_feedback() sleeps in.

extern "C" {
#include "postgres.h"

#include "access/xlog.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
}

#include "extension/compat.h"
#include "extension/shared_state.h"

namespace debrief {
namespace {

constexpr int kWorkerColumns = 11;
constexpr int kStandbyLateMs = 1'000;  // each commit waits for its standby, but not so long
constexpr char kStandbyMissing[] =
    "a commit waits for a synchronous standby to confirm it: "
    "SELECT application_name, state, sync_state FROM pg_stat_replication;";

const char* StateName(WorkerState state) {
  switch (state) {
    case WorkerState::kFree:
      return "free";
    case WorkerState::kStarting:
      return "starting";
    case WorkerState::kRunning:
      return "running";
    case WorkerState::kWaiting:
      return "waiting";
    case WorkerState::kStopped:
      return "stopped";
    case WorkerState::kAbsent:
      return "no extension";
    case WorkerState::kLeft:
      return "left the database";
    case WorkerState::kFailed:
      return "failed";
  }
  return "unknown";
}

void PutLauncher(ReturnSetInfo* result) {
  const bool runs = shared->launcher_pid != 0;
  Datum values[kWorkerColumns];
  bool nulls[kWorkerColumns] = {false, true,  true, !runs, false, !runs,
                                true,  false, true, true,  !runs};
  memset(values, 0, sizeof(values));
  values[0] = CStringGetTextDatum("launcher");
  values[3] = Int32GetDatum(shared->launcher_pid);
  // On a standby it starts with the promotion.
  values[4] = CStringGetTextDatum(runs                   ? "running"
                                  : RecoveryInProgress() ? "standby"
                                                         : "not running");
  values[5] = TimestampTzGetDatum(shared->launcher_since);
  values[7] = CStringGetTextDatum(shared->launcher_error);
  values[10] = CStringGetTextDatum(DEBRIEF_VERSION);
  tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

// Since when a commit of the worker has waited for a synchronous standby; 0 when none does.
TimestampTz WaitsForStandbySince(WorkerSlot* slot) {
  const auto since = static_cast<TimestampTz>(pg_atomic_read_u64(&slot->committing_since));
  const pid_t session = slot->session != 0 ? slot->session : slot->pid;
  if (since == 0 || session == 0 ||
      !TimestampDifferenceExceeds(since, GetCurrentTimestamp(), kStandbyLateMs)) {
    return 0;
  }
  const PGPROC* process = BackendPidGetProc(session);
  return process != nullptr && process->wait_event_info == WAIT_EVENT_SYNC_REP ? since : 0;
}

void PutWorker(ReturnSetInfo* result, WorkerSlot* slot) {
  Datum in_flight[kStageCount];
  for (int stage = 0; stage < kStageCount; stage++) {
    in_flight[stage] = Int32GetDatum(slot->in_flight[stage]);
  }
  Datum values[kWorkerColumns];
  bool nulls[kWorkerColumns] = {};
  const TimestampTz stalled_since = WaitsForStandbySince(slot);
  const bool is_stalled = stalled_since != 0;
  values[0] = CStringGetTextDatum("worker");
  values[1] = ObjectIdGetDatum(slot->database);
  values[2] = Int32GetDatum(slot->ordinal);
  values[3] = Int32GetDatum(slot->pid);
  nulls[3] = slot->pid == 0;
  values[4] = CStringGetTextDatum(StateName(is_stalled ? WorkerState::kWaiting : slot->state));
  values[5] = TimestampTzGetDatum(is_stalled ? stalled_since : slot->since);
  values[6] = PointerGetDatum(
      construct_array(in_flight, kStageCount, INT4OID, sizeof(int32), true, TYPALIGN_INT));
  values[7] = CStringGetTextDatum(is_stalled ? kStandbyMissing : slot->last_error);
  values[8] = BoolGetDatum(slot->memory_full);
  const bool is_outside = slot->version[0] != '\0';
  values[9] = CStringGetTextDatum(slot->host);
  nulls[9] = !is_outside;
  values[10] = CStringGetTextDatum(is_outside ? slot->version : DEBRIEF_VERSION);
  nulls[10] = slot->pid == 0;
  tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

}  // namespace
}  // namespace debrief

extern "C" {

PG_FUNCTION_INFO_V1(debrief_serves_since);
PG_FUNCTION_INFO_V1(debrief_stages);
PG_FUNCTION_INFO_V1(debrief_workers);
PG_FUNCTION_INFO_V1(debrief_settle_count);
PG_FUNCTION_INFO_V1(debrief_wait_for_settle);
PG_FUNCTION_INFO_V1(debrief_system_identifier);

PGDLLEXPORT Datum debrief_stages(PG_FUNCTION_ARGS) {
  InitMaterializedSRF(fcinfo, 0);
  ReturnSetInfo* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  int place = 0;
  for (const debrief::StageTraits& stage : debrief::kStages) {
    Datum values[] = {CStringGetTextDatum(stage.name),  Int32GetDatum(++place),
                      CStringGetTextDatum(stage.queue), CStringGetTextDatum(stage.prefix),
                      CStringGetTextDatum(stage.item),  CStringGetTextDatum(stage.kinds),
                      BoolGetDatum(stage.is_optional)};
    bool nulls[lengthof(values)] = {};
    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
  }
  return Datum{0};
}

PGDLLEXPORT Datum debrief_workers(PG_FUNCTION_ARGS) {
  using debrief::shared;
  debrief::RequirePreload();
  InitMaterializedSRF(fcinfo, 0);
  ReturnSetInfo* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  LWLockAcquire(shared->lock, LW_SHARED);
  debrief::PutLauncher(result);
  for (int i = 0; i < shared->slot_count; i++) {
    if (OidIsValid(shared->slots[i].database)) debrief::PutWorker(result, &shared->slots[i]);
  }
  LWLockRelease(shared->lock);
  return Datum{0};
}

PGDLLEXPORT Datum debrief_settle_count(PG_FUNCTION_ARGS) {
  (void)fcinfo;
  debrief::RequirePreload();
  PG_RETURN_INT64(static_cast<int64>(pg_atomic_read_u64(&debrief::shared->settle_count)));
}

PGDLLEXPORT Datum debrief_wait_for_settle(PG_FUNCTION_ARGS) {
  using debrief::shared;
  debrief::RequirePreload();
  const uint64 seen = static_cast<uint64>(PG_GETARG_INT64(0));
  const long timeout_ms = PG_GETARG_INT32(1);
  const TimestampTz until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), timeout_ms);
  ConditionVariablePrepareToSleep(&shared->settled);
  while (pg_atomic_read_u64(&shared->settle_count) == seen) {
    const long left_ms = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), until);
    if (left_ms <= 0) break;
    ConditionVariableTimedSleep(&shared->settled, left_ms, debrief::WorkerWaitEvent());
  }
  ConditionVariableCancelSleep();
  PG_RETURN_VOID();
}

PGDLLEXPORT Datum debrief_serves_since(PG_FUNCTION_ARGS) {
  (void)fcinfo;
  // The launcher starts with the server, and on a standby with its promotion.
  const bool is_known = debrief::shared != nullptr && debrief::shared->launcher_pid != 0;
  PG_RETURN_TIMESTAMPTZ(is_known ? debrief::shared->launcher_since : PgStartTime);
}

PGDLLEXPORT Datum debrief_system_identifier(PG_FUNCTION_ARGS) {
  (void)fcinfo;
  PG_RETURN_TEXT_P(cstring_to_text(psprintf(UINT64_FORMAT, GetSystemIdentifier())));
}

}  // extern "C"

// outer_wake.cpp: where a session of a worker outside the server waits for what would wake one
// inside. The session has a slot for as long as it lives, so that statements wake it by its latch
// as they do any worker, others count its calls, and it is seen in worker_status.

extern "C" {
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
}

#include "extension/compat.h"
#include "extension/shared_state.h"

namespace debrief {
namespace {

constexpr int kFirstOrdinal = 100;  // those of workers in the server are below

WorkerSlot* mine = nullptr;

void GiveUp(int, Datum) {
  LWLockAcquire(shared->lock, LW_EXCLUSIVE);
  mine->latch = nullptr;
  mine->pid = 0;
  mine->session = 0;
  mine->memory_full = false;
  memset(mine->in_flight, 0, sizeof(mine->in_flight));
  mine->state = WorkerState::kFree;
  mine->database = InvalidOid;
  mine->host[0] = mine->version[0] = '\0';
  LWLockRelease(shared->lock);
}

// A command that began after this session did, and before it had a place, could not wake it.
bool IsAskedToLeave() {
  for (const Departure& departure : shared->departures) {
    if (departure.database == MyDatabaseId &&
        departure.not_before >= TimestampTzPlusMilliseconds(MyStartTimestamp, kStayAwayMs)) {
      return true;
    }
  }
  return false;
}

// False when all are in use.
bool TakeSlot(const char* host, const char* version) {
  LWLockAcquire(shared->lock, LW_EXCLUSIVE);
  for (int i = 0; i < shared->slot_count && mine == nullptr; i++) {
    WorkerSlot* slot = &shared->slots[i];
    if (OidIsValid(slot->database)) continue;
    mine = slot;
    slot->database = MyDatabaseId;
    slot->role = GetUserId();
    slot->ordinal = kFirstOrdinal + i;
    slot->pid = MyProcPid;
    slot->latch = MyLatch;
    slot->state = WorkerState::kRunning;
    slot->started = slot->since = GetCurrentTimestamp();
    slot->last_error[0] = '\0';
    strlcpy(slot->host, host, sizeof(slot->host));
    strlcpy(slot->version, version, sizeof(slot->version));
    // What was written, taken away or asked for before is news to it.
    uint32 news = kWakeWork | kWakeConfig | kWakeRevoked | kWakeTest;
    if (IsAskedToLeave()) news |= kWakeLeave;
    pg_atomic_write_u32(&slot->wake, news);
    pg_atomic_write_u32(&slot->listening, kWakeWork);
  }
  LWLockRelease(shared->lock);
  if (mine == nullptr) return false;
  on_shmem_exit(GiveUp, Datum{0});
  return true;
}

void Note(int session, ArrayType* calls, WorkerState state, const char* last_error,
          bool memory_full) {
  if (ARR_NDIM(calls) != 1 || ARR_DIMS(calls)[0] != kStageCount || ARR_HASNULL(calls)) {
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
            errmsg("in_flight must have an element for each stage"));
  }
  const int32* counts = reinterpret_cast<const int32*>(ARR_DATA_PTR(calls));
  LWLockAcquire(shared->lock, LW_EXCLUSIVE);
  for (int stage = 0; stage < kStageCount; stage++) mine->in_flight[stage] = Max(0, counts[stage]);
  if (mine->state != state) mine->since = GetCurrentTimestamp();
  mine->state = state;
  mine->session = session;
  mine->memory_full = memory_full;
  const int length = static_cast<int>(strlen(last_error));
  const int bytes = pg_mbcliplen(last_error, length, sizeof(mine->last_error) - 1);
  strlcpy(mine->last_error, last_error, bytes + 1);
  LWLockRelease(shared->lock);
}

uint32 WaitForWake(long timeout_ms) {
  pg_atomic_write_u64(&mine->committing_since, 0);
  const TimestampTz until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), timeout_ms);
  for (;;) {
    ResetLatch(MyLatch);
    CHECK_FOR_INTERRUPTS();
    const uint32 wakes = pg_atomic_exchange_u32(&mine->wake, 0);
    const long left_ms = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), until);
    if (wakes != 0 || left_ms <= 0) {
      pg_atomic_write_u64(&mine->committing_since, static_cast<uint64>(GetCurrentTimestamp()));
      return wakes;
    }
    (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, left_ms,
                    WorkerWaitEvent());
  }
}

}  // namespace
}  // namespace debrief

extern "C" {

PG_FUNCTION_INFO_V1(debrief_wait_for_wake);

PGDLLEXPORT Datum debrief_wait_for_wake(PG_FUNCTION_ARGS) {
  debrief::RequirePreload();
  const char* host = text_to_cstring(PG_GETARG_TEXT_PP(3));
  const char* version = text_to_cstring(PG_GETARG_TEXT_PP(4));
  if (debrief::mine == nullptr && !debrief::TakeSlot(host, version)) PG_RETURN_NULL();
  const auto state =
      PG_GETARG_BOOL(5) ? debrief::WorkerState::kWaiting : debrief::WorkerState::kRunning;
  debrief::Note(PG_GETARG_INT32(1), PG_GETARG_ARRAYTYPE_P(2), state,
                text_to_cstring(PG_GETARG_TEXT_PP(6)), PG_GETARG_BOOL(7));
  PG_RETURN_INT32(static_cast<int32>(debrief::WaitForWake(PG_GETARG_INT32(0))));
}

}  // extern "C"

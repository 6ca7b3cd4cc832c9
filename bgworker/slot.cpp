// slot.cpp: writes what others read of this worker; see shared_state.h for the locking.

extern "C" {
#include "postgres.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "utils/timestamp.h"
}

#include "slot.h"

namespace debrief::slot {
namespace {

WorkerSlot* mine = nullptr;

int InFlightOfOthers(int stage) {
  int calls = 0;
  for (int i = 0; i < shared->slot_count; i++) {
    const WorkerSlot* slot = &shared->slots[i];
    if (slot != mine && slot->database == mine->database) calls += slot->in_flight[stage];
  }
  return calls;
}

void GiveUp(int, Datum) {
  LWLockAcquire(shared->lock, LW_EXCLUSIVE);
  mine->latch = nullptr;
  mine->pid = 0;
  memset(mine->in_flight, 0, sizeof(mine->in_flight));
  // A worker that ended by an ERROR has not said so itself.
  if (mine->state == WorkerState::kRunning || mine->state == WorkerState::kWaiting) {
    mine->state = WorkerState::kStopped;
    mine->since = GetCurrentTimestamp();
  }
  if (shared->launcher_latch != nullptr) SetLatch(shared->launcher_latch);
  LWLockRelease(shared->lock);
}

}  // namespace

void Take(int index) {
  mine = &shared->slots[index];
  LWLockAcquire(shared->lock, LW_EXCLUSIVE);
  mine->pid = MyProcPid;
  mine->latch = MyLatch;
  mine->state = WorkerState::kRunning;
  mine->started = mine->since = GetCurrentTimestamp();
  // The next worker of this database may be started now.
  if (shared->launcher_latch != nullptr) SetLatch(shared->launcher_latch);
  LWLockRelease(shared->lock);
  on_shmem_exit(GiveUp, Datum{0});
}

Oid Database() { return mine->database; }
Oid Role() { return mine->role; }
int Ordinal() { return mine->ordinal; }

uint32 TakeWakes() { return pg_atomic_exchange_u32(&mine->wake, 0); }

void SetState(WorkerState state, const char* problem) {
  LWLockAcquire(shared->lock, LW_EXCLUSIVE);
  if (mine->state != state) mine->since = GetCurrentTimestamp();
  mine->state = state;
  strlcpy(mine->last_error, problem, sizeof(mine->last_error));
  LWLockRelease(shared->lock);
}

int Reserve(int stage, int wanted, int limit) {
  LWLockAcquire(shared->lock, LW_EXCLUSIVE);
  const int free_calls = limit - InFlightOfOthers(stage) - mine->in_flight[stage];
  const int granted = Max(0, Min(wanted, free_calls));
  mine->in_flight[stage] += granted;
  LWLockRelease(shared->lock);
  return granted;
}

void Unreserve(int stage, int count) {
  if (count == 0) return;
  LWLockAcquire(shared->lock, LW_EXCLUSIVE);
  mine->in_flight[stage] -= count;
  LWLockRelease(shared->lock);
}

void CountLatency(int stage, Phase phase, int64_t microseconds) {
  int bucket = 0;
  while (bucket < kBuckets - 1 && microseconds > (int64_t{1} << bucket)) bucket++;
  pg_atomic_uint64* counter = &mine->latency[stage][phase][bucket];
  // This process is the only writer.
  pg_atomic_write_u64(counter, pg_atomic_read_u64(counter) + 1);
}

void AnnounceSettle() {
  pg_atomic_fetch_add_u64(&shared->settle_count, 1);
  ConditionVariableBroadcast(&shared->settled);
}

}  // namespace debrief::slot

// slot.cpp: writes what others read of this worker; see shared_state.h for the locking.

extern "C" {
#include "postgres.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "utils/timestamp.h"
}

#include "bgworker/backend/fixed_text.h"
#include "bgworker/backend/slot.h"
#include "extension/server_tests.h"
#include "extension/shared_state.h"

namespace debrief::slot {
namespace {

WorkerSlot* mine = nullptr;
char standing_problem[kLastErrorBytes] = "";
emit_log_hook_type previous_hook = nullptr;
char fatal[kLastErrorBytes] = "";

// The error that ends this process; a request to end is not an error.
void NoteFatal(ErrorData* error) {
  const bool is_told =
      error->sqlerrcode == ERRCODE_ADMIN_SHUTDOWN || error->sqlerrcode == ERRCODE_CRASH_SHUTDOWN;
  if (error->elevel == FATAL && !is_told && error->message != nullptr) {
    CopyText(error->message, fatal);
  }
  if (previous_hook != nullptr) previous_hook(error);
}

// Over all workers of this database.
int InFlight(int stage) {
  int calls = 0;
  for (int i = 0; i < shared->slot_count; i++) {
    const WorkerSlot* slot = &shared->slots[i];
    if (slot->database == mine->database) calls += slot->in_flight[stage];
  }
  return calls;
}

void GiveUp(int, Datum) {
  LWLockAcquire(shared->lock, LW_EXCLUSIVE);
  mine->latch = nullptr;
  mine->pid = 0;
  memset(mine->in_flight, 0, sizeof(mine->in_flight));
  mine->memory_full = false;
  // A worker that ended by an ERROR has not said so itself.
  if (mine->state == WorkerState::kStarting || mine->state == WorkerState::kRunning ||
      mine->state == WorkerState::kWaiting || fatal[0] != '\0') {
    mine->state = fatal[0] != '\0' ? WorkerState::kFailed : WorkerState::kStopped;
    mine->since = GetCurrentTimestamp();
    mine->is_reaped = false;
    if (fatal[0] != '\0') CopyText(fatal, mine->last_error);
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
  pg_atomic_write_u32(&mine->listening, kWakeWork);
  pg_atomic_write_u64(&mine->committing_since, 0);
  Assert(mine->state == WorkerState::kStarting && OidIsValid(mine->database));
  mine->started = mine->since = GetCurrentTimestamp();
  LWLockRelease(shared->lock);
  on_shmem_exit(GiveUp, Datum{0});
  previous_hook = emit_log_hook;
  emit_log_hook = NoteFatal;
}

void OnConnected() {
  SetState(WorkerState::kRunning, "");
  // The next worker of this database may be started now.
  LWLockAcquire(shared->lock, LW_SHARED);
  if (shared->launcher_latch != nullptr) SetLatch(shared->launcher_latch);
  LWLockRelease(shared->lock);
}

uint32_t DatabaseId() { return mine->database; }
uint32_t Role() { return mine->role; }
int Ordinal() { return mine->ordinal; }

uint32_t TakeWakes() { return pg_atomic_exchange_u32(&mine->wake, 0); }

bool Listen(uint32_t kinds) {
  pg_atomic_exchange_u32(&mine->listening, kinds);
  const uint32 rousing = kinds | ~static_cast<uint32>(kWakeWork);
  return (pg_atomic_fetch_add_u32(&mine->wake, 0) & rousing) == 0;
}

void SetState(WorkerState state, const char* problem) {
  LWLockAcquire(shared->lock, LW_EXCLUSIVE);
  if (mine->state != state) mine->since = GetCurrentTimestamp();
  mine->state = state;
  const bool runs = state == WorkerState::kRunning;
  CopyText(runs && problem[0] == '\0' ? standing_problem : problem, mine->last_error);
  LWLockRelease(shared->lock);
}

void SetCommitting(int64_t since) {
  pg_atomic_write_u64(&mine->committing_since, static_cast<uint64>(since));
}

void SetStandingProblem(const char* problem) {
  CopyText(problem, standing_problem);
  if (mine->state == WorkerState::kRunning) SetState(WorkerState::kRunning, "");
}

static void Unreserve(Stage stage, int calls) {
  LWLockAcquire(shared->lock, LW_EXCLUSIVE);
  int& in_flight = mine->in_flight[static_cast<int>(stage)];
  Assert(in_flight >= calls);
  in_flight -= calls;
  LWLockRelease(shared->lock);
}

Reservation Reserve(Stage stage, int wanted, const CallLimits& limits) {
  const int number = static_cast<int>(stage);
  LWLockAcquire(shared->lock, LW_EXCLUSIVE);
  int of_server = 0;
  for (int other = 0; other < kStageCount; other++) {
    if ((limits.stages_of_server & (1u << other)) != 0) of_server += InFlight(other);
  }
  const int granted =
      Max(0, Min(wanted, Min(limits.stage - InFlight(number), limits.server - of_server)));
  mine->in_flight[number] += granted;
  LWLockRelease(shared->lock);
  return {stage, granted, Unreserve};
}

void SetMemoryFull(bool is_full) {
  if (mine->memory_full != is_full) mine->memory_full = is_full;
}

// Those in the server do not end by themselves.
void SetHoldsResults(bool) {}

// Nobody else writes it.
int Own(Stage stage) { return mine->in_flight[static_cast<int>(stage)]; }

bool TakeTest(Test* test) {
  static_assert(sizeof(test->server) == sizeof(ServerTest::server));
  ServerTest taken;
  if (!TakeServerTest(mine->database, &taken)) return false;
  test->ticket = taken.ticket;
  test->timeout_ms = taken.timeout_ms;
  strlcpy(test->server, taken.server, sizeof(test->server));
  return true;
}

void AnswerTest(uint64_t ticket, bool ok, const char* words) {
  AnswerServerTest(mine->database, ticket, ok, words);
}

void AnnounceSettle() {
  pg_atomic_fetch_add_u64(&shared->settle_count, 1);
  ConditionVariableBroadcast(&shared->settled);
}

}  // namespace debrief::slot

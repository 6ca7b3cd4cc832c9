// shared_state.h: what backends, launcher and workers tell each other through shared memory.
//
// Plain values only: no pointer of one process, save latches, which live in shared memory at the
// same address for all. Fields without atomics are guarded by `lock`.
#pragma once

extern "C" {
#include "postgres.h"

#include "port/atomics.h"
#include "storage/condition_variable.h"
#include "storage/latch.h"
#include "storage/lwlock.h"
#include "utils/timestamp.h"
}

#include "bgworker/core/model/stage.h"
#include "extension/worker_state.h"

namespace debrief {

inline constexpr int kRequestsMax = 64;
inline constexpr int kLastErrorBytes = 256;
inline constexpr int kHostBytes = 65;
inline constexpr int kVersionBytes = 16;

struct WorkerSlot {
  Oid database;
  Oid role;
  int ordinal;  // 0 .. pg_debrief.workers_per_database - 1
  pid_t pid;
  Latch* latch;
  WorkerState state;
  bool is_reaped;       // failed, and the launcher knows
  TimestampTz started;  // the process
  TimestampTz since;    // the state
  pg_atomic_uint32 wake;
  // The bits of kWakeWork that the worker wants to be woken for. Without them it sees a wake when
  // it comes round: it has as much to do as it may, or may do nothing.
  pg_atomic_uint32 listening;
  // When the transaction began that it commits at the moment; 0: none is at its commit. Of a worker
  // outside: when it was last heard of; 0 while it waits to be woken.
  pg_atomic_uint64 committing_since;
  int in_flight[kStageCount];
  bool memory_full;  // nothing more may be claimed: pg_debrief.memory_limit
  char last_error[kLastErrorBytes];
  // Of a worker outside the server; zero and empty for others. The session is the one that writes.
  pid_t session;
  char host[kHostBytes];
  char version[kVersionBytes];
};

// Sessions of the database found no worker to wake.
struct WorkerRequest {
  Oid database;
  bool configured;  // because something was changed, and not for a row alone
};

// Long enough for a command's own five seconds of waiting for sessions.
inline constexpr int kStayAwayMs = 6'000;

struct Departure {
  Oid database;
  TimestampTz not_before;  // no worker starts there until then
};

inline constexpr int kTestsMax = 8;  // at once, in the whole cluster
inline constexpr int kTestWordsBytes = 1024;

// A server that a session wants a worker to try out: asked by the one, answered by the other.
struct ServerTest {
  enum State : int { kFree = 0, kAsked, kRunning, kAnswered };
  State state;
  Oid database;
  uint64 ticket;  // distinguishes this test from a later one in the same place
  int timeout_ms;
  char server[NAMEDATALEN];
  bool ok;
  char words[kTestWordsBytes];
};

struct SharedState {
  uint64 layout;  // kSharedLayout of the pg_debrief that made it
  LWLock* lock;
  pid_t launcher_pid;
  Latch* launcher_latch;
  TimestampTz launcher_since;
  char launcher_error[kLastErrorBytes];
  WorkerRequest requests[kRequestsMax];
  int request_count;
  bool rescan;  // databases were created or altered
  Departure departures[kRequestsMax];
  ServerTest tests[kTestsMax];
  uint64 last_ticket;
  ConditionVariable tested;
  ConditionVariable settled;
  pg_atomic_uint64 settle_count;
  int slot_count;
  WorkerSlot slots[FLEXIBLE_ARRAY_MEMBER];
};

// Changes with the layout: pg_debrief_worker may be newer than the library that was preloaded.
// Count the first number up for a change that keeps the sizes.
inline constexpr uint64 kSharedLayout =
    (uint64{0x64627204} << 32) + (uint64{sizeof(WorkerSlot)} << 16) + offsetof(SharedState, slots);

// Null when the library is not preloaded.
extern PGDLLEXPORT SharedState* shared;

// Reserves shared memory; to be called from _PG_init in the postmaster.
void InstallSharedStateHooks();

// Error with the HINT that helps, unless the library is preloaded.
void RequirePreload();

}  // namespace debrief

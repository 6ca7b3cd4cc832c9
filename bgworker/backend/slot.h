// slot.h: this process's own place in shared memory.
#pragma once

#include <cstdint>

#include "bgworker/core/policy/reservation.h"
#include "extension/worker_state.h"

namespace debrief::slot {

// Takes the slot the launcher chose; it is given up when the process ends, however it ends.
void Take(int index);
// The worker is logged in.
void OnConnected();

uint32_t DatabaseId();
uint32_t Role();
int Ordinal();

// What sessions asked for since the last call: bits of Wake.
uint32_t TakeWakes();

// The kinds of work (bits of kWakeWork) for which sessions wake this process from now on.
// False when one of them, or something more urgent, has come already: then do not sleep.
bool Listen(uint32_t kinds);

// `problem` is shown in debrief.worker_status; an empty one clears it.
void SetState(WorkerState state, const char* problem);
// A transaction that began then is at its commit; 0: none is any more. For worker_status, which
// says what a commit waits for.
void SetCommitting(int64_t since);
// What is shown while it runs all the same, and has nothing else to report; empty: nothing.
void SetStandingProblem(const char* problem);

// The limits that all workers of this database share: the stage's, and its server's over all stages
// that it serves (bits by number).
struct CallLimits {
  int stage, server;
  uint32_t stages_of_server;
};
// Reserves up to `wanted` calls of a stage within the limits.
Reservation Reserve(Stage stage, int wanted, const CallLimits& limits);
// Whether calls wait for memory: shown by explain().
void SetMemoryFull(bool is_full);
// Whether results wait to be stored: a worker that is to end when nothing is due waits for them.
void SetHoldsResults(bool holds_results);
// Those of this worker alone.
int Own(Stage stage);

// A server that an operator wants tried out. False when there is none for this database.
struct Test {
  uint64_t ticket;
  int timeout_ms;
  char server[64];  // NAMEDATALEN
};
bool TakeTest(Test* test);
// Nothing happens when nobody waits for it any more.
void AnswerTest(uint64_t ticket, bool ok, const char* words);

// Something was settled: wakes sessions in wait_for_feedback().
void AnnounceSettle();

}  // namespace debrief::slot

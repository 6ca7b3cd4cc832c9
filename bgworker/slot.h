// slot.h: this process's own place in shared memory.
#pragma once

extern "C" {
#include "postgres.h"
}

#include <cstdint>

#include "../extension/shared_state.h"

namespace debrief::slot {

enum Phase { kWait = 0, kCall = 1, kSettle = 2 };

// Takes the slot the launcher chose; it is given up when the process ends, however it ends.
void Take(int index);

Oid Database();
Oid Role();
int Ordinal();

// What sessions asked for since the last call: bits of Wake.
uint32 TakeWakes();

// `problem` is shown in debrief.worker_status; an empty one clears it.
void SetState(WorkerState state, const char* problem);

// Reserves up to `wanted` calls of a stage within the limit that all workers of this database
// share; answers how many this worker may start.
int Reserve(int stage, int wanted, int limit);
void Unreserve(int stage, int count);

void CountLatency(int stage, Phase phase, int64_t microseconds);

// Tells sessions in wait_for_feedback() that something was settled.
void AnnounceSettle();

}  // namespace debrief::slot

// slot.h: what only this home knows of the worker's place; see bgworker/backend/slot.h.
#pragma once

#include <cstdint>

namespace debrief::slot {

// How often to look for work where the server does not wake this worker.
void SetPollMs(int64_t poll_ms);
// The process ends when nothing is due.
void EndWhenIdle();

// The server wakes this worker no more, or did not begin to.
void PollAtOnce();

// Asks to be woken, and says to the server what holds the worker up. Answers how long to wait at
// most: where the server does not wake it, until the next look.
int64_t UntilPollMs(int64_t timeout_ms);

// The worker has nothing to do until then: answers how long it may wait at most.
int64_t WaitMs(int64_t timeout_ms);

}  // namespace debrief::slot

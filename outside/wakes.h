// wakes.h: a second session, which waits in debrief._wait_for_wake() for what sessions of users
// wake workers for. Where the library is not preloaded there are no wakes: the worker polls.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "bgworker/core/model/stage.h"

namespace debrief::wakes {

using Calls = std::array<int, kStageCount>;

// What others may know of this worker.
struct Condition {
  Calls in_flight{};
  bool is_waiting = false;
  bool is_memory_full = false;
  std::string last_error;
};

// Asks the server again when it has answered.
void Listen(const Condition& own);
// -1 while nothing is asked.
int socket();
// Reads what came.
void ReadNews();

// Whether the server will wake this worker, so that it need not poll.
bool AreHeard();
// Bits of Wake since the last call.
uint32_t Take();
// Calls in flight of this database's other workers, as of the last answer.
const Calls& OfOthers();

}  // namespace debrief::wakes

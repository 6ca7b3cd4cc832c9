// signals.h: SIGTERM, SIGINT and SIGHUP, seen by whoever waits; and the end of the process.
#pragma once

#include <array>
#include <cstdint>

namespace debrief::signals {

void SetHandlers();

// The end is asked for, and nothing is left to do undisturbed: see termination.h.
bool IsEndAskedFor();
void AskForEnd();
// What must be done before the end is done undisturbed.
void IgnoreEnd();
// SIGHUP since the last call.
bool TakeReload();

inline constexpr short kRead = 1, kWrite = 2;
// Waits for a descriptor (-1: none), a signal, or the time (-1: none).
void WaitFor(int descriptor, short events, int64_t timeout_ms);
// The same for descriptors that are read.
void WaitForAny(const std::array<int, 3>& descriptors, int64_t timeout_ms);

// Says that a pooler gives each transaction another session, and ends the process.
[[noreturn]] void EndByPooler();

}  // namespace debrief::signals

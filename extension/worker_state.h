// worker_state.h: why workers are woken, and what they are doing. Plain, so that a worker outside
// the server knows them too.
#pragma once

#include <cstdint>

namespace debrief {

// Why a worker is woken; bits of WorkerSlot::wake.
enum Wake : uint32_t {
  kWakeAnalysis = 1,  // analyses may be due
  kWakeRevoked = 2,   // claims may have been taken away
  kWakeConfig = 4,    // stages, servers or voices changed
  kWakeLeave = 8,     // leave the database now: somebody needs it without sessions
  kWakeScan = 16,     // for the launcher: there are other databases now
  kWakeTest = 32,     // an operator wants a server tried out
  kWakeSsml = 64,     // feedback may be due for SSML
  kWakeAudio = 128,   // or for audio
  kWakeWork = kWakeAnalysis | kWakeSsml | kWakeAudio,
};

enum class WorkerState : int {
  kFree = 0,  // the slot has no worker
  kStarting,  // registered, not yet connected
  kRunning,   // connected, working or idle
  kWaiting,   // connected, but cannot work yet: last_error says why
  kStopped,   // ended; the launcher takes the slot back
  kAbsent,    // ended: the database has no pg_debrief
  kLeft,      // ended because the database was needed
  kFailed,    // ended by an error, last_error; kept until a worker starts in the slot
};

}  // namespace debrief

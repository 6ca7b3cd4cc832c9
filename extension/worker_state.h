// worker_state.h: why workers are woken, and what they are doing. Plain, so that a worker outside
// the server knows them too.
#pragma once

#include <cstdint>

#include "bgworker/core/model/stage.h"

namespace debrief {

// Why a worker is woken; bits of WorkerSlot::wake.
enum Wake : uint32_t {
  kWakeRevoked = 2,    // claims may have been taken away
  kWakeConfig = 4,     // stages, servers or voices changed
  kWakeLeave = 8,      // leave the database now: somebody needs it without sessions
  kWakeScan = 16,      // for the launcher: there are other databases now
  kWakeTest = 32,      // an operator wants a server tried out
  kWakePrepared = 64,  // what another session had prepared was committed: anything may be new
  // Rows may be due: a bit for each stage.
  kWakeFirstStage = 256,
  kWakeWork = kWakeFirstStage * ((1u << kStageCount) - 1),
};
inline constexpr uint32_t WakeOf(Stage stage) { return kWakeFirstStage << static_cast<int>(stage); }

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

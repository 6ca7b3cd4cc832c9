// version_gate.h: a worker begins when library, functions and tables fit together.
#pragma once

namespace debrief {

// Waits until they do; says why in debrief.worker_status and, once, in the log. Ends the process
// when the database has no pg_debrief, or is needed for something else.
void WaitUntilVersionsFit();

}  // namespace debrief

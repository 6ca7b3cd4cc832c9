// module.h: which pg_debrief_worker this process has loaded, and whether it may go on.
#pragma once

namespace debrief {

// META.json's "version" when this library was built, such as 1.1.0.
const char* LibraryVersion();

// Whether this library and the preloaded pg_debrief lay out shared memory alike. Logs when they do
// not: until the server is restarted, nothing may be read from there or written.
bool FitsSharedState();

}  // namespace debrief

// process.h: a C++ bug ends its process, not the cluster: SIGABRT would restart all of it.
#pragma once

namespace debrief {

// Runs `main`, which does not return. An exception that leaves it, an exception that nothing can
// catch and a lack of memory are FATAL: sessions and other processes go on. `name` is the process's
// in the log.
[[noreturn]] void RunGuarded(const char* name, void (*main)());

}  // namespace debrief

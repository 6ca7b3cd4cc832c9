// process.h: what the worker asks of the process it runs in.
#pragma once

#include <cstdint>

namespace debrief {

// A C++ bug ends its process, not the cluster: SIGABRT would restart all of it.
//
// Runs `main`, which does not return. An exception that leaves it, an exception that nothing can
// catch and a lack of memory are FATAL: sessions and other processes go on. `name` is the process's
// in the log.
[[noreturn]] void RunGuarded(const char* name, void (*main)());

// Forgets the wake that began this turn, and the rows of the last one.
void BeginTurn();
// Ends the process when it was asked to.
void CheckInterrupts();
[[noreturn]] void EndProcess();

// From now on a commit does not wait for standbys.
void CommitLocally();
// Nobody else reports our writes: without it autovacuum would never see them.
void ReportStatistics();

// The database's wall clock, by which rows are due; early rather than late.
int64_t DatabaseUnixUs();

// Where large answers are kept: emptied when the server, or the service, starts.
const char* TemporaryDirectory();

}  // namespace debrief

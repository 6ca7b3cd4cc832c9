// process.cpp: what the worker asks of its process, outside the server.

#include "bgworker/backend/process.h"

#include <cstdlib>

#include "bgworker/backend/function_changes.h"
#include "bgworker/backend/module.h"
#include "bgworker/backend/termination.h"
#include "outside/session.h"
#include "outside/signals.h"

namespace debrief {

const char* LibraryVersion() { return DEBRIEF_VERSION; }

// Nobody reports them here: each claim looks.
bool TakeFunctionChanges() { return true; }

void BeginTurn() { Session::Get().ForgetRows(); }

// Both are in termination.
void CheckInterrupts() {}

void EndProcess() { std::exit(EXIT_SUCCESS); }

void CommitLocally() { Session::Get().CommitLocally(); }

int64_t DatabaseUnixUs() { return Session::Get().UnixUs(); }

// A session of a client reports its own.
void ReportStatistics() {}

const char* TemporaryDirectory() {
  const char* const directory = std::getenv("TMPDIR");
  return directory != nullptr ? directory : "/tmp";
}

namespace termination {

bool IsAskedFor() { return signals::IsEndAskedFor(); }
void Ignore() { signals::IgnoreEnd(); }
void End() { std::exit(EXIT_SUCCESS); }

}  // namespace termination
}  // namespace debrief

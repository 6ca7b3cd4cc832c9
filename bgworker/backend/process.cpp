// process.cpp: see process.h.

extern "C" {
#include "postgres.h"

#include "miscadmin.h"
#include "pgstat.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "utils/guc.h"
#include "utils/memutils.h"
}

#include <exception>
#include <new>

#include "bgworker/backend/process.h"
#include "bgworker/core/model/clock.h"

namespace debrief {
namespace {

const char* process_name = "";

[[noreturn]] void OnTerminate() {
  ereport(FATAL, errmsg("%s: unhandled C++ exception", process_name));
  pg_unreachable();
}

[[noreturn]] void OnOutOfMemory() {
  ereport(FATAL, errcode(ERRCODE_OUT_OF_MEMORY), errmsg("%s: out of memory", process_name));
  pg_unreachable();
}

}  // namespace

void RunGuarded(const char* name, void (*main)()) {
  process_name = name;
  std::set_terminate(OnTerminate);
  std::set_new_handler(OnOutOfMemory);
  // The message is kept outside the handler: an ereport inside would leak the exception.
  char what[256] = "";
  try {
    main();
  } catch (const std::exception& exception) {
    strlcpy(what, exception.what(), sizeof(what));
  }
  ereport(FATAL, errmsg("%s: %s", name, what));
  pg_unreachable();
}

void BeginTurn() {
  ResetLatch(MyLatch);
  MemoryContextReset(CurrentMemoryContext);  // the turn's: see main.cpp
}

void CheckInterrupts() { CHECK_FOR_INTERRUPTS(); }

void EndProcess() { proc_exit(0); }

void CommitLocally() { SetConfigOption("synchronous_commit", "local", PGC_SUSET, PGC_S_OVERRIDE); }

void ReportStatistics() { pgstat_report_stat(true); }

int64_t DatabaseUnixUs() { return UnixMs() * 1000; }

// PostgreSQL's own, which it empties when it starts; we run in the data directory.
const char* TemporaryDirectory() { return "base/pgsql_tmp"; }

}  // namespace debrief

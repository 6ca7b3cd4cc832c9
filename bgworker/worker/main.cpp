// main.cpp: the worker as a process: its place, its signals, its settings; then the story
// in worker.cpp.

extern "C" {
#include "postgres.h"

#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
}

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>

#include "bgworker/backend/module.h"
#include "bgworker/backend/process.h"
#include "bgworker/backend/slot.h"
#include "bgworker/backend/termination.h"
#include "bgworker/worker/version_gate.h"
#include "bgworker/worker/worker.h"
#include "extension/compat.h"
#include "extension/wakeup.h"

namespace debrief {
namespace {

// What postgresql.conf, ALTER DATABASE or ALTER ROLE set for sessions must not reach the worker.
void PinSettings() {
  static constexpr struct {
    const char* name;
    const char* value;
  } kPinned[] = {
      {"search_path", "pg_catalog, pg_temp"},
      {"statement_timeout", "0"},
      {"idle_in_transaction_session_timeout", "0"},
      {"idle_session_timeout", "0"},
      {"lock_timeout", "2s"},
      {"default_transaction_isolation", "read committed"},
      {"default_transaction_read_only", "off"},
      {"default_transaction_deferrable", "off"},
      {"synchronous_commit", "on"},
      {"session_replication_role", "origin"},
      {"zero_damaged_pages", "off"},
      {"row_security", "on"},
      {"check_function_bodies", "on"},
      {"DateStyle", "ISO"},
      {"IntervalStyle", "postgres"},
      {"bytea_output", "hex"},
      {"standard_conforming_strings", "on"},
      {"backslash_quote", "safe_encoding"},
      {"transform_null_equals", "off"},
      {"array_nulls", "on"},
      {"xmloption", "content"},
      {"quote_all_identifiers", "off"},
      {"plpgsql.extra_errors", "none"},
      {"plpgsql.extra_warnings", "none"},
      {"extra_float_digits", "3"},
      {"application_name", "pg_debrief"},
      // Our statements reach their rows by key, a few at a time. Plans of that shape, made once:
      // statistics of a queue that fills and empties would now and then suggest another.
      {"plan_cache_mode", "force_generic_plan"},
      {"enable_seqscan", "off"},
      {"enable_hashjoin", "off"},
      {"enable_mergejoin", "off"},
      {"jit", "off"},
  };
  for (const auto& setting : kPinned) {
    SetConfigOption(setting.name, setting.value, PGC_SUSET, PGC_S_OVERRIDE);
  }
  if (HasTransactionTimeout()) {
    SetConfigOption("transaction_timeout", "0", PGC_SUSET, PGC_S_OVERRIDE);
  }
}

void SetSignals() {
  pqsignal(SIGHUP, SignalHandlerForConfigReload);
  termination::SetHandler();
  // Not ignored: lock_timeout works by a SIGINT to oneself. A cancel between transactions is
  // dropped by termination::IsAskedFor().
  pqsignal(SIGINT, StatementCancelHandler);
  BackgroundWorkerUnblockSignals();
}

// Each call has a socket, and each of three stages may make 5,000 at once. Most systems limit a
// service to 1,024 open files, and let it raise that itself; PostgreSQL's own files are the rest.
int MakeRoomForConnections() {
  constexpr rlim_t kWanted = 16'384;
  constexpr rlim_t kOtherFiles = 124;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < kWanted) {
    limit.rlim_cur = std::min(kWanted, limit.rlim_max);
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
  }
  return static_cast<int>(std::max(limit.rlim_cur, kOtherFiles + 16) - kOtherFiles);
}

// Large bodies come and go: given back to the system at once they leave no holes behind, whatever
// glibc would learn from the first of them.
void PinAllocator() { mallopt(M_MMAP_THRESHOLD, 256 * 1024); }

void RunWorker() {
  WaitUntilVersionsFit();
  std::string error;
  std::unique_ptr<HttpClient> http = HttpClient::Create(&error);
  if (http == nullptr) {
    slot::SetState(WorkerState::kStopped, error.c_str());
    ereport(FATAL, errmsg("pg_debrief worker: %s", error.c_str()));
  }
  PinAllocator();
  Worker worker(std::move(http), MakeRoomForConnections());
  worker.Run();
}

}  // namespace
}  // namespace debrief

extern "C" {

PGDLLEXPORT void debrief_worker_main(Datum slot_index);

void debrief_worker_main(Datum slot_index) {
  using namespace debrief;
  is_worker_process = true;
  if (!FitsSharedState()) proc_exit(1);  // the launcher tries again, later and later
  slot::Take(DatumGetInt32(slot_index));
  SetSignals();
  BackgroundWorkerInitializeConnectionByOid(slot::DatabaseId(), slot::Role(), 0);
  slot::OnConnected();
  PinSettings();
  // Rows are copied to here; every turn begins by emptying it.
  MemoryContextSwitchTo(
      AllocSetContextCreate(TopMemoryContext, "pg_debrief turn", ALLOCSET_DEFAULT_SIZES));
  RunGuarded("pg_debrief worker", RunWorker);
}

}  // extern "C"

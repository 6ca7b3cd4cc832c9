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

#include "bgworker/backend/module.h"
#include "bgworker/backend/process.h"
#include "bgworker/backend/slot.h"
#include "bgworker/backend/termination.h"
#include "bgworker/worker/pinned_settings.h"
#include "bgworker/worker/process_limits.h"
#include "bgworker/worker/version_gate.h"
#include "bgworker/worker/worker.h"
#include "extension/compat.h"
#include "extension/wakeup.h"

namespace debrief {
namespace {

void PinSettings() {
  for (const auto& setting : kPinnedSettings) {
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

// launcher.cpp: keeps one set of workers per database that has the extension.
//
// It connects to the shared catalogs only, so it holds no database. Only a worker inside a
// database can see whether it has the extension: each is tried once, and again when one of
// its sessions asks for a worker. What a worker found it leaves in its slot.

extern "C" {
#include "postgres.h"

#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
}

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "bgworker/backend/fixed_text.h"
#include "bgworker/backend/module.h"
#include "bgworker/backend/process.h"
#include "bgworker/backend/settings_reload.h"
#include "bgworker/backend/waiter.h"
#include "bgworker/core/policy/backoff.h"
#include "bgworker/launcher/database_list.h"
#include "bgworker/launcher/places.h"
#include "extension/settings.h"
#include "extension/shared_state.h"

namespace debrief {
namespace {

constexpr int64_t kScanMs = 60'000;    // new databases, lost workers
constexpr int64_t kBackoffMs = 1'000;  // after a failed start, doubling
constexpr int64_t kBackoffMaxMs = 300'000;

// What the launcher remembers of a database.
struct Memory {
  bool absent = false;  // tried, and it has no extension
  int failures = 0;
  TimestampTz not_before = 0;
  std::string problem;  // why it has no worker, or too few; as it was logged
};

class Launcher {
 public:
  [[noreturn]] void Run();

 private:
  void Scan();
  void ReadRequests();
  void Remember(const EndedWorker& worker, TimestampTz now);
  int64_t StartMissing();
  bool StartWorker(const DatabaseEntry& database, int ordinal);
  bool Register(const DatabaseEntry& database, int index);
  void ReportNoPlace(const DatabaseEntry& database, const char* setting);
  void PublishProblems();
  TimestampTz NotBefore(Oid database, TimestampTz now) const;

  std::vector<DatabaseEntry> databases_;
  std::unordered_map<Oid, Memory> memory_;
  Oid role_ = InvalidOid;
  TimestampTz next_scan_ = 0;
};

void Launcher::Scan() {
  DatabaseEntry* found =
      static_cast<DatabaseEntry*>(palloc0(sizeof(DatabaseEntry) * kDatabasesMax));
  const int count = ReadDatabases(found, &role_);
  databases_.assign(found, found + count);
  pfree(found);
  std::erase_if(memory_, [&](const auto& entry) {
    return std::none_of(databases_.begin(), databases_.end(),
                        [&](const DatabaseEntry& database) { return database.oid == entry.first; });
  });
}

void Launcher::ReadRequests() {
  WorkerRequest asked[kRequestsMax];
  LWLockAcquire(shared->lock, LW_EXCLUSIVE);
  const int count = shared->request_count;
  std::copy(shared->requests, shared->requests + count, asked);
  shared->request_count = 0;
  if (shared->rescan) next_scan_ = 0;
  shared->rescan = false;
  LWLockRelease(shared->lock);
  for (int i = 0; i < count; i++) {
    Memory& memory = memory_[asked[i].database];
    memory.absent = false;
    // Somebody has changed what may have kept a worker from starting.
    if (asked[i].configured) memory.failures = memory.not_before = 0;
    next_scan_ = 0;  // the database may be new
  }
}

// Why a worker ended decides when the next one is started.
void Launcher::Remember(const EndedWorker& worker, TimestampTz now) {
  Memory& memory = memory_[worker.database];
  if (worker.absent) memory = Memory{.absent = true};
  if (!worker.failed) return;
  memory.problem =
      worker.last_error[0] != '\0' ? worker.last_error : "a worker ended by an error: see the log";
  if (worker.lived) memory.failures = 0;
  memory.failures = std::min(memory.failures + 1, 20);
  const int64_t wait_ms = Doubled(kBackoffMs, memory.failures - 1, kBackoffMaxMs);
  memory.not_before = TimestampTzPlusMilliseconds(now, wait_ms);
}

// Nothing waits for longer than kBackoffMaxMs: what lies beyond was set by a clock that was ahead.
TimestampTz Launcher::NotBefore(Oid database, TimestampTz now) const {
  TimestampTz not_before = 0;
  auto found = memory_.find(database);
  if (found != memory_.end()) not_before = found->second.not_before;
  LWLockAcquire(shared->lock, LW_SHARED);
  for (const Departure& departure : shared->departures) {
    if (departure.database == database) not_before = std::max(not_before, departure.not_before);
  }
  LWLockRelease(shared->lock);
  return not_before > TimestampTzPlusMilliseconds(now, kBackoffMaxMs) ? 0 : not_before;
}

// Starts what should run and does not. Answers in how many milliseconds the next start is due.
int64_t Launcher::StartMissing() {
  int64_t next_ms = kScanMs;
  if (!OidIsValid(role_)) return next_ms;  // no database of this cluster ever had the extension
  const TimestampTz now = GetCurrentTimestamp();
  for (const DatabaseEntry& database : databases_) {
    Memory& memory = memory_[database.oid];
    if (!IsDatabaseWanted(database.name) || memory.absent) {
      memory.problem.clear();
      continue;
    }
    const TimestampTz not_before = NotBefore(database.oid, now);
    if (not_before > now) {
      next_ms = std::min<int64_t>(next_ms, TimestampDifferenceMilliseconds(now, not_before) + 1);
      continue;
    }
    for (int ordinal = 0; ordinal < settings::workers_per_database; ordinal++) {
      if (!StartWorker(database, ordinal)) break;
    }
  }
  return next_ms;
}

// Answers whether the worker runs already, so that the next one may be started.
bool Launcher::StartWorker(const DatabaseEntry& database, int ordinal) {
  const Place place = TakePlace(database.oid, role_, ordinal);
  if (place.running) memory_[database.oid].problem.clear();
  if (place.taken) return place.running;
  if (place.index >= 0 && Register(database, place.index)) return false;
  if (place.index >= 0) GiveBack(place.index);
  // A worker that only looks around frees its place in a moment, and wakes us.
  if (place.index < 0 && place.others_starting) return false;
  ReportNoPlace(database, place.index < 0 ? "pg_debrief.max_workers" : "max_worker_processes");
  return false;
}

bool Launcher::Register(const DatabaseEntry& database, int index) {
  BackgroundWorker worker;
  memset(&worker, 0, sizeof(worker));
  worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
  worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
  worker.bgw_restart_time = BGW_NEVER_RESTART;  // the launcher sees to it
  worker.bgw_main_arg = Int32GetDatum(index);
  worker.bgw_notify_pid = MyProcPid;
  strlcpy(worker.bgw_library_name, "pg_debrief_worker", sizeof(worker.bgw_library_name));
  strlcpy(worker.bgw_function_name, "debrief_worker_main", sizeof(worker.bgw_function_name));
  strlcpy(worker.bgw_extra, database.name, sizeof(worker.bgw_extra));  // see settings_reload.cpp
  snprintf(worker.bgw_name, sizeof(worker.bgw_name), "pg_debrief worker: %s", database.name);
  strlcpy(worker.bgw_type, "pg_debrief worker", sizeof(worker.bgw_type));
  return RegisterDynamicBackgroundWorker(&worker, nullptr);
}

void Launcher::ReportNoPlace(const DatabaseEntry& database, const char* setting) {
  Memory& memory = memory_[database.oid];
  const std::string problem = std::string("no place for a worker: raise ") + setting;
  memory.not_before = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), static_cast<int>(kScanMs));
  if (memory.problem == problem) return;
  memory.problem = problem;
  ereport(WARNING, errmsg("pg_debrief: no place for a worker in database \"%s\"", database.name),
          errhint("Raise %s and restart the server.", setting));
}

// For worker_status: each database that lacks a worker, and why.
void Launcher::PublishProblems() {
  std::string problems;
  for (const DatabaseEntry& database : databases_) {
    const std::string& problem = memory_[database.oid].problem;
    if (problem.empty()) continue;
    problems += (problems.empty() ? "database \"" : "; database \"") + std::string(database.name) +
                "\": " + problem;
  }
  LWLockAcquire(shared->lock, LW_EXCLUSIVE);
  CopyText(problems, shared->launcher_error);
  LWLockRelease(shared->lock);
}

void Launcher::Run() {
  for (;;) {
    ResetLatch(MyLatch);
    CHECK_FOR_INTERRUPTS();
    if (ConfigReloadPending) {
      ConfigReloadPending = false;
      ProcessConfigFile(PGC_SIGHUP);
      for (auto& [database, memory] : memory_) memory.failures = memory.not_before = 0;
    }
    const TimestampTz now = GetCurrentTimestamp();
    for (const EndedWorker& worker : ReapPlaces(now)) Remember(worker, now);
    ReadRequests();  // last: the extension may have come after such a worker had looked
    const bool is_clock_set_back = next_scan_ > TimestampTzPlusMilliseconds(now, kScanMs);
    if (next_scan_ <= now || is_clock_set_back) {
      Scan();
      next_scan_ = TimestampTzPlusMilliseconds(now, static_cast<int>(kScanMs));
    }
    const int64_t next_ms = StartMissing();
    PublishProblems();
    WaitForLatch(next_ms);
  }
}

}  // namespace
}  // namespace debrief

extern "C" {

PGDLLEXPORT void debrief_launcher_main(Datum argument);

static void ForgetLauncher(int, Datum) {
  using debrief::shared;
  LWLockAcquire(shared->lock, LW_EXCLUSIVE);
  shared->launcher_pid = 0;
  shared->launcher_latch = nullptr;
  LWLockRelease(shared->lock);
}

void debrief_launcher_main(Datum) {
  using debrief::shared;
  if (!debrief::FitsSharedState()) proc_exit(0);  // until the server is restarted
  LWLockAcquire(shared->lock, LW_EXCLUSIVE);
  shared->launcher_pid = MyProcPid;
  shared->launcher_latch = MyLatch;
  shared->launcher_since = GetCurrentTimestamp();
  shared->launcher_error[0] = '\0';
  LWLockRelease(shared->lock);
  on_shmem_exit(ForgetLauncher, Datum{0});

  pqsignal(SIGHUP, SignalHandlerForConfigReload);
  pqsignal(SIGTERM, die);
  pqsignal(SIGINT, SIG_IGN);
  BackgroundWorkerUnblockSignals();
  // Shared catalogs only: no database is held.
  BackgroundWorkerInitializeConnection(nullptr, nullptr, 0);

  debrief::RunGuarded("pg_debrief launcher", [] { debrief::Launcher().Run(); });
}

}  // extern "C"

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
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bgworker/backend/module.h"
#include "bgworker/backend/process.h"
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
  bool IsWanted(const DatabaseEntry& database) const;
  TimestampTz NotBefore(Oid database) const;

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
  Oid asked[kRequestsMax];
  LWLockAcquire(shared->lock, LW_EXCLUSIVE);
  const int count = shared->request_count;
  std::copy(shared->requests, shared->requests + count, asked);
  shared->request_count = 0;
  if (shared->rescan) next_scan_ = 0;
  shared->rescan = false;
  LWLockRelease(shared->lock);
  for (int i = 0; i < count; i++) {
    memory_[asked[i]].absent = false;
    next_scan_ = 0;  // the database may be new
  }
}

// Why a worker ended decides when the next one is started.
void Launcher::Remember(const EndedWorker& worker, TimestampTz now) {
  Memory& memory = memory_[worker.database];
  if (worker.absent) memory = Memory{.absent = true};
  if (!worker.failed) return;
  if (worker.lived) memory.failures = 0;
  memory.failures = std::min(memory.failures + 1, 20);
  const int64_t wait_ms = Doubled(kBackoffMs, memory.failures - 1, kBackoffMaxMs);
  memory.not_before = TimestampTzPlusMilliseconds(now, wait_ms);
}

bool Launcher::IsWanted(const DatabaseEntry& database) const {
  if (!settings::enabled) return false;
  const std::string_view list = settings::databases == nullptr ? "" : settings::databases;
  if (list.find_first_not_of(" ,") == std::string_view::npos) return true;
  size_t begin = 0;
  while (begin <= list.size()) {
    const size_t end = std::min(list.find(',', begin), list.size());
    std::string_view name = list.substr(begin, end - begin);
    while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    if (name == database.name) return true;
    begin = end + 1;
  }
  return false;
}

TimestampTz Launcher::NotBefore(Oid database) const {
  TimestampTz not_before = 0;
  auto found = memory_.find(database);
  if (found != memory_.end()) not_before = found->second.not_before;
  LWLockAcquire(shared->lock, LW_SHARED);
  for (const Departure& departure : shared->departures) {
    if (departure.database == database) not_before = std::max(not_before, departure.not_before);
  }
  LWLockRelease(shared->lock);
  return not_before;
}

// Starts what should run and does not. Answers in how many milliseconds the next start is due.
int64_t Launcher::StartMissing() {
  int64_t next_ms = kScanMs;
  if (!OidIsValid(role_)) return next_ms;  // no database of this cluster ever had the extension
  const TimestampTz now = GetCurrentTimestamp();
  for (const DatabaseEntry& database : databases_) {
    if (!IsWanted(database) || memory_[database.oid].absent) continue;
    const TimestampTz not_before = NotBefore(database.oid);
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
  snprintf(worker.bgw_name, sizeof(worker.bgw_name), "pg_debrief worker: %s", database.name);
  strlcpy(worker.bgw_type, "pg_debrief worker", sizeof(worker.bgw_type));
  return RegisterDynamicBackgroundWorker(&worker, nullptr);
}

void Launcher::ReportNoPlace(const DatabaseEntry& database, const char* setting) {
  LWLockAcquire(shared->lock, LW_EXCLUSIVE);
  const bool reported = shared->launcher_error[0] != '\0';
  snprintf(shared->launcher_error, kLastErrorBytes,
           "no place for a worker in database \"%s\": raise %s", database.name, setting);
  LWLockRelease(shared->lock);
  memory_[database.oid].not_before =
      TimestampTzPlusMilliseconds(GetCurrentTimestamp(), static_cast<int>(kScanMs));
  if (reported) return;
  ereport(WARNING, errmsg("pg_debrief: no place for a worker in database \"%s\"", database.name),
          errhint("Raise %s and restart the server.", setting));
}

void Launcher::Run() {
  for (;;) {
    ResetLatch(MyLatch);
    CHECK_FOR_INTERRUPTS();
    if (ConfigReloadPending) {
      ConfigReloadPending = false;
      ProcessConfigFile(PGC_SIGHUP);
    }
    ReadRequests();
    const TimestampTz now = GetCurrentTimestamp();
    for (const EndedWorker& worker : ReapPlaces(now)) Remember(worker, now);
    if (next_scan_ <= now) {
      Scan();
      next_scan_ = TimestampTzPlusMilliseconds(now, static_cast<int>(kScanMs));
    }
    WaitForLatch(StartMissing());
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

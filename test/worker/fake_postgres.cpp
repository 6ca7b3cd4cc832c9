// fake_postgres.cpp: what the worker's files call of PostgreSQL and of shared memory, by the World.

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
}

#include <algorithm>
#include <cstdarg>

#include "bgworker/backend/slot.h"
#include "bgworker/backend/waiter.h"
#include "bgworker/core/model/clock.h"
#include "extension/settings.h"
#include "test/worker/world.h"

using debrief::sim::World;

extern "C" {

volatile sig_atomic_t InterruptPending, ProcDiePending, QueryCancelPending, ConfigReloadPending;
volatile sig_atomic_t ShutdownRequestPending;
Latch* MyLatch;
MemoryContext CurrentMemoryContext, TopMemoryContext;
static BackgroundWorker entry = {.bgw_extra = "app"};
BackgroundWorker* MyBgworkerEntry = &entry;

void ResetLatch(Latch*) {}
void MemoryContextReset(MemoryContext) {}
long pgstat_report_stat(bool) { return 0; }
void ProcessConfigFile(GucContext) {}
void SetConfigOption(const char*, const char*, GucContext, GucSource) {}
#if PG_VERSION_NUM >= 180000
void pqsignal(int, pqsigfunc handler) { World::Get().ignores_sigterm = handler == SIG_IGN; }
#else
pqsigfunc pqsignal(int, pqsigfunc handler) {
  World::Get().ignores_sigterm = handler == SIG_IGN;
  return nullptr;
}
#endif

void SignalHandlerForShutdownRequest(int) {}
void StatementCancelHandler(int) {}

void ProcessInterrupts() {
  if (ProcDiePending) throw debrief::sim::Exit{};
}
void proc_exit(int) { throw debrief::sim::Exit{}; }

// The log.
bool errstart(int, const char*) {
  World::Get().log.emplace_back();
  return true;
}
void errfinish(const char*, int, const char*) {}
static int AddToLog(const char* format, va_list arguments) {
  char line[1000];
  vsnprintf(line, sizeof(line), format, arguments);
  World::Get().log.back() += line;
  return 0;
}
int errmsg(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  AddToLog(format, arguments);
  va_end(arguments);
  return 0;
}
int errdetail(const char*, ...) { return 0; }
int errhint(const char*, ...) { return 0; }
int errhidestmt(bool) { return 0; }
int errhidecontext(bool) { return 0; }

}  // extern "C"

namespace debrief {

int64_t NowUs() { return World::Get().now_us; }
int64_t UnixMs() { return World::Get().unix_us() / 1000; }
uint64_t RandomSeed() { return World::Get().random(); }

Waiter::Waiter(int) : events_(nullptr) {}
void Waiter::Wait(int64_t timeout_ms) { World::Get().Wait(timeout_ms); }

namespace settings {
bool enabled = true;
int workers_per_database = 1, memory_limit_mb = 256, safety_poll_ms = 30'000;
int attempt_history = kHistoryOff, attempt_retention_hours = 24;
static char nothing[] = "";
char *databases = nothing, *key_file = nothing, *allowed_hosts = nothing, *ca_file = nothing;
}  // namespace settings

namespace slot {

int Ordinal() { return 0; }
uint32 TakeWakes() { return std::exchange(World::Get().wakes, 0); }

bool Listen(uint32 kinds) {
  World& world = World::Get();
  world.listening = kinds;
  return (world.wakes & (kinds | ~uint32{kWakeWork})) == 0;
}

void SetState(WorkerState, const char*) {}
void SetStandingProblem(const char*) {}

static void Unreserve(Stage stage, int calls) {
  World::Get().reserved[static_cast<size_t>(stage)] -= calls;
}

void SetMemoryFull(bool) {}

Reservation Reserve(Stage stage, int wanted, const CallLimits& limits) {
  World& world = World::Get();
  int of_server = 0;
  for (size_t i = 0; i < kStageCount; i++) {
    if ((limits.stages_of_server & (1u << i)) != 0) {
      of_server += world.reserved[i] + world.reserved_by_others[i];
    }
  }
  const size_t i = static_cast<size_t>(stage);
  const int in_flight = world.reserved[i] + world.reserved_by_others[i];
  const int granted = std::clamp(
      wanted, 0, std::max(0, std::min(limits.stage - in_flight, limits.server - of_server)));
  world.reserved[i] += granted;
  return {stage, granted, Unreserve};
}

int Own(Stage stage) { return World::Get().reserved[static_cast<size_t>(stage)]; }
bool TakeTest(Test*) { return false; }
void AnswerTest(uint64, bool, const char*) {}
void AnnounceSettle() {}

}  // namespace slot
}  // namespace debrief

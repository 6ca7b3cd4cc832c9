// fake_postgres.cpp: what the worker's files call of PostgreSQL and of shared memory, by the World.

#include "bgworker/backend/log.h"

extern "C" {
#include "postgres.h"

#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
}

#include <algorithm>
#include <utility>

#include "bgworker/backend/process.h"
#include "bgworker/backend/slot.h"
#include "bgworker/backend/waiter.h"
#include "bgworker/core/model/clock.h"
#include "extension/settings.h"
#include "test/worker/world.h"

using debrief::sim::World;

extern "C" {

volatile sig_atomic_t InterruptPending, ProcDiePending, QueryCancelPending, ConfigReloadPending;
volatile sig_atomic_t ShutdownRequestPending;
volatile uint32 QueryCancelHoldoffCount;
static BackgroundWorker entry = {.bgw_extra = "app"};
BackgroundWorker* MyBgworkerEntry = &entry;

void ProcessConfigFile(GucContext) {}
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

}  // extern "C"

namespace debrief {

int64_t NowUs() { return World::Get().now_us; }
int64_t UnixMs() { return World::Get().unix_us() / 1000; }
uint64_t RandomSeed() { return World::Get().random(); }

void BeginTurn() {}
void CheckInterrupts() { CHECK_FOR_INTERRUPTS(); }
void EndProcess() { throw sim::Exit{}; }
void CommitLocally() {}
int64_t DatabaseUnixUs() { return UnixMs() * 1000; }
void ReportStatistics() {}
const char* TemporaryDirectory() { return "base/pgsql_tmp"; }
void Log(Severity, const LogLine& line) { World::Get().log.push_back(line.message); }

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
uint32_t TakeWakes() { return std::exchange(World::Get().wakes, 0); }

bool Listen(uint32_t kinds) {
  World& world = World::Get();
  world.listening = kinds;
  return (world.wakes & (kinds | ~uint32_t{kWakeWork})) == 0;
}

void SetState(WorkerState, const char*) {}
void SetStandingProblem(const char*) {}

static void Unreserve(Stage stage, int calls) {
  World::Get().reserved[static_cast<size_t>(stage)] -= calls;
}

void SetMemoryFull(bool) {}
void SetHoldsResults(bool) {}

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
void AnswerTest(uint64_t, bool, const char*) {}
void AnnounceSettle() {}

}  // namespace slot
}  // namespace debrief

// slot.cpp: the worker's place: woken by the server, or by the clock; its own calls are counted
// here, those of others as the server last said.

#include "outside/slot.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "bgworker/backend/log.h"
#include "bgworker/backend/slot.h"
#include "bgworker/backend/transaction.h"
#include "bgworker/core/model/clock.h"
#include "bgworker/core/text/redact.h"
#include "outside/session.h"
#include "outside/signals.h"
#include "outside/wakes.h"

namespace debrief::slot {
namespace {

// Changes to stages and servers are looked for more rarely than work.
constexpr int kPollsPerReload = 5;

int64_t poll_ms = 1'000;
int64_t poll_at_ms = 0;
int polls = 0;
bool ends_when_idle = false;
bool has_looked = false;  // since the last call ended
bool holds_results = false;
wakes::Condition own;
std::string standing_problem;  // while it runs

bool IsIdle() {
  return std::all_of(own.in_flight.begin(), own.in_flight.end(),
                     [](int calls) { return calls == 0; });
}

// A command waits for the database without sessions, and cannot wake this one. It holds a lock that
// keeps new sessions out.
bool IsInTheWay() {
  static Statement look = {
      "select from pg_catalog.pg_locks l join pg_catalog.pg_database d on d.oid = l.objid"
      " where l.locktype = 'object' and l.classid = 'pg_catalog.pg_database'::regclass"
      " and d.datname = pg_catalog.current_database()"
      " and l.mode in ('ShareLock', 'AccessExclusiveLock')"};
  if (Session::Get().socket() < 0) return false;
  PgError error;
  int found = 0;
  return InTransaction(
             "pg_debrief: look for a command that waits", &error,
             [&](MemoryContext context) { found = Run(&look, nullptr, 0, context).rows; }) &&
         found > 0;
}

void Unreserve(Stage stage, int calls) { own.in_flight[static_cast<size_t>(stage)] -= calls; }

}  // namespace

void SetPollMs(int64_t ms) { poll_ms = ms; }
void EndWhenIdle() { ends_when_idle = true; }

void PollAtOnce() { poll_at_ms = 0; }

int64_t UntilPollMs(int64_t timeout_ms) {
  if (!ends_when_idle) wakes::Listen(own);
  if (wakes::AreHeard()) return timeout_ms;
  const int64_t until_poll_ms = std::max<int64_t>(0, poll_at_ms - NowMs());
  return timeout_ms < 0 ? until_poll_ms : std::min(timeout_ms, until_poll_ms);
}

int64_t WaitMs(int64_t timeout_ms) {
  // While the database is away, or refuses, nobody knows what is due.
  const bool may_end =
      IsIdle() && !holds_results && !own.is_waiting && Session::Get().socket() >= 0;
  if (ends_when_idle && timeout_ms != 0 && may_end) {
    if (has_looked) signals::AskForEnd();
    has_looked = true;
    poll_at_ms = 0;
    return 0;
  }
  if (!may_end) has_looked = false;
  return UntilPollMs(timeout_ms);
}

// The writer of the outcomes that it counts: no other session uses the number.
int Ordinal() { return -Session::Get().backend_pid(); }

uint32_t TakeWakes() {
  const uint32_t heard = wakes::Take();
  if (wakes::AreHeard() || poll_at_ms > NowMs()) return heard;
  poll_at_ms = NowMs() + poll_ms;
  if (IsInTheWay()) return kWakeLeave;
  uint32_t looked_for = heard | kWakeWork;
  if (!IsIdle()) looked_for |= kWakeRevoked;
  if (polls++ % kPollsPerReload == kPollsPerReload - 1) looked_for |= kWakeConfig;
  return looked_for;
}

// A turn that is due anyway finds all work: only the wait hears what is asked for.
bool Listen(uint32_t) { return true; }

// The server has it from the next wakes::Listen() on.
void SetState(WorkerState state, const char* problem) {
  own.is_waiting = state == WorkerState::kWaiting;
  own.last_error = CleanDetail(own.is_waiting || *problem != '\0' ? problem : standing_problem);
  if (state != WorkerState::kAbsent) return;
  Log(Severity::kWarning, {.message = "pg_debrief: the database has no pg_debrief",
                           .hint = "CREATE EXTENSION pg_debrief installs it."});
}

void SetStandingProblem(const char* problem) {
  standing_problem = problem;
  if (!own.is_waiting) SetState(WorkerState::kRunning, "");
}

void SetMemoryFull(bool is_full) { own.is_memory_full = is_full; }
void SetHoldsResults(bool holds) { holds_results = holds; }

Reservation Reserve(Stage stage, int wanted, const CallLimits& limits) {
  const wakes::Calls& others = wakes::OfOthers();
  int of_server = 0;
  for (size_t other = 0; other < own.in_flight.size(); other++) {
    const bool is_of_server = (limits.stages_of_server & (1u << other)) != 0;
    if (is_of_server) of_server += own.in_flight[other] + others[other];
  }
  int& calls = own.in_flight[static_cast<size_t>(stage)];
  const int of_stage = calls + others[static_cast<size_t>(stage)];
  const int granted =
      std::max(0, std::min({wanted, limits.stage - of_stage, limits.server - of_server}));
  calls += granted;
  return {stage, granted, Unreserve};
}

int Own(Stage stage) { return own.in_flight[static_cast<size_t>(stage)]; }

bool TakeTest(Test* test) {
  static Statement take = {
      "select ticket, server_name, timeout_ms from debrief._take_server_test()"
      " where ticket is not null"};
  PgError error;
  SqlRows rows;
  if (!InTransaction("pg_debrief: take a test", &error,
                     [&](MemoryContext context) { rows = Run(&take, nullptr, 0, context); }) ||
      rows.rows == 0) {
    return false;
  }
  test->ticket = std::strtoull(rows.At(0, 0), nullptr, 10);
  std::snprintf(test->server, sizeof(test->server), "%s", rows.At(0, 1));
  test->timeout_ms = std::atoi(rows.At(0, 2));
  return true;
}

// When that fails, whoever waits hears that no worker answered.
void AnswerTest(uint64_t ticket, bool ok, const char* words) {
  static Statement answer = {"select debrief._answer_server_test($1, $2 = 1, $3)"};
  const std::string text = words;
  const SqlArgument arguments[] = {Int(static_cast<int64_t>(ticket)), Int(ok ? 1 : 0), Text(text)};
  PgError error;
  (void)InTransaction("pg_debrief: answer a test", &error,
                      [&](MemoryContext context) { Run(&answer, arguments, 3, context); });
}

// They look each second.
void AnnounceSettle() {}

}  // namespace debrief::slot

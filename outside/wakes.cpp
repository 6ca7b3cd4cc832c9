// wakes.cpp: see wakes.h.

#include "outside/wakes.h"

#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <iterator>
#include <string>
#include <utility>

#include "bgworker/backend/log.h"
#include "bgworker/core/model/clock.h"
#include "outside/session.h"
#include "outside/slot.h"

namespace debrief::wakes {
namespace {

constexpr int64_t kAgainMs = 10'000;  // after the server refused
constexpr int kWaitMs = 1'000;        // short enough for vacuum: the answer holds a snapshot
constexpr int64_t kSilentMs = 5 * kWaitMs;

std::string WaitStatement() {
  std::string calls, sums;
  for (int stage = 1; stage <= kStageCount; stage++) {
    const std::string place = "[" + std::to_string(stage) + "]";
    calls += ", x.calls" + place;
    sums += (sums.empty() ? "sum(o.in_flight" : ", sum(o.in_flight") + place + ")";
  }
  return "select w.wakes" + calls + " from debrief._wait_for_wake(" + std::to_string(kWaitMs) +
         ", $1, $2, $3, $4, $5, $6, $7) as w (wakes)"
         " left join lateral (select array[" +
         sums +
         "] from debrief._workers() o"
         " where w.wakes is not null and o.pid <> pg_catalog.pg_backend_pid()"
         " and o.database = (select d.oid from pg_catalog.pg_database d"
         " where d.datname = pg_catalog.current_database())) as x (calls) on true";
}

Session::Handle handle{nullptr, &PQfinish};
bool is_pinned = false, is_asked = false, are_heard = false;
int64_t silent_at_ms = 0;
int64_t not_before_ms = 0;
int of_session = 0;  // the server's process that the worker's other session had
uint32_t bits = 0;
Calls of_others{};

const char* HostName() {
  static char name[HOST_NAME_MAX + 1] = "";
  if (*name == '\0') (void)gethostname(name, sizeof(name) - 1);
  return name;
}

void GiveUp(const char* why) {
  if (are_heard || not_before_ms == 0) {
    Log(Severity::kLog,
        {.message = "pg_debrief: the server does not wake this worker: it polls", .detail = why});
  }
  handle.reset();
  is_pinned = is_asked = are_heard = false;
  of_others.fill(0);
  not_before_ms = NowMs() + kAgainMs;
  slot::PollAtOnce();
}

void Read(const PGresult* answer) {
  if (!is_pinned) return;  // what cannot be undone is left
  if (PQresultStatus(answer) != PGRES_TUPLES_OK || PQntuples(answer) != 1) {
    return GiveUp(PQresultErrorMessage(answer));
  }
  if (PQgetisnull(answer, 0, 0) == 1) return GiveUp("pg_debrief.max_workers leaves no place");
  are_heard = true;
  bits |= static_cast<uint32_t>(std::atoi(PQgetvalue(answer, 0, 0)));
  for (int stage = 0; stage < kStageCount; stage++) {
    of_others[static_cast<size_t>(stage)] = std::atoi(PQgetvalue(answer, 0, stage + 1));
  }
}

// What is set for sessions must not end the wait: first of all that is undone.
int Send(const Condition& own) {
  if (!is_pinned) {
    const std::string pins =
        Session::kUnhurried + Session::PinStatement(PQserverVersion(handle.get()));
    return PQsendQuery(handle.get(), pins.c_str());
  }
  const std::string session = std::to_string(Session::Get().backend_pid());
  std::string calls;
  for (const int stage : own.in_flight)
    calls += (calls.empty() ? "{" : ",") + std::to_string(stage);
  calls += '}';
  const char* const values[] = {session.c_str(),
                                calls.c_str(),
                                HostName(),
                                DEBRIEF_VERSION,
                                own.is_waiting ? "t" : "f",
                                own.last_error.c_str(),
                                own.is_memory_full ? "t" : "f"};
  static const std::string statement = WaitStatement();
  return PQsendQueryParams(handle.get(), statement.c_str(), std::size(values), nullptr, values,
                           nullptr, nullptr, 0);
}

}  // namespace

void Listen(const Condition& own) {
  if (is_asked && NowMs() >= silent_at_ms) {
    ReadNews();
    if (is_asked) GiveUp("the server's answer did not arrive");
  }
  if (is_asked || Session::Get().socket() < 0) return;
  // A new connection may be to another server, or to one that was away.
  const int session = Session::Get().backend_pid();
  if (std::exchange(of_session, session) != session)
    not_before_ms = std::min(not_before_ms, NowMs());
  if (NowMs() < not_before_ms) return;
  if (handle == nullptr) handle = Session::Get().Dial();
  if (PQstatus(handle.get()) != CONNECTION_OK) return GiveUp(PQerrorMessage(handle.get()));
  if (Send(own) == 0) return GiveUp(PQerrorMessage(handle.get()));
  is_asked = true;
  silent_at_ms = NowMs() + kSilentMs;
}

int socket() { return is_asked ? PQsocket(handle.get()) : -1; }

void ReadNews() {
  if (!is_asked) return;
  if (PQconsumeInput(handle.get()) == 0) return GiveUp(PQerrorMessage(handle.get()));
  while (handle != nullptr && PQisBusy(handle.get()) == 0) {
    PGresult* const answer = PQgetResult(handle.get());
    if (answer == nullptr) {
      is_asked = false;  // until then the session takes no other question
      is_pinned = true;
      return;
    }
    Read(answer);
    PQclear(answer);
  }
}

bool AreHeard() { return are_heard; }
uint32_t Take() { return std::exchange(bits, 0); }
const Calls& OfOthers() { return of_others; }

}  // namespace debrief::wakes

// elsewhere.cpp: what another connection of the same kind says about this one.

#include <cstdlib>
#include <optional>
#include <string>

#include "bgworker/core/model/clock.h"
#include "outside/session.h"
#include "outside/signals.h"

namespace debrief {
namespace {

constexpr int64_t kAnswerMs = 1'000;

// The first value that it answers, empty where there is none; nothing when it is silent.
std::optional<std::string> AskElsewhere(PGconn* other, const char* sql) {
  const int64_t until_ms = NowMs() + kAnswerMs;
  if (PQsendQuery(other, sql) == 0) return std::nullopt;
  while (PQisBusy(other) == 1) {
    const int64_t left_ms = until_ms - NowMs();
    if (left_ms <= 0) return std::nullopt;
    signals::WaitFor(PQsocket(other), signals::kRead, left_ms);
    if (PQconsumeInput(other) == 0) return std::nullopt;
  }
  const std::unique_ptr<PGresult, decltype(&PQclear)> seen(PQgetResult(other), &PQclear);
  if (PQresultStatus(seen.get()) != PGRES_TUPLES_OK) return std::nullopt;
  return PQntuples(seen.get()) == 0 ? "" : PQgetvalue(seen.get(), 0, 0);
}

}  // namespace

// In transaction mode a second client is given the session that the first one used last; in session
// mode another one, or it waits.
void Session::RefusePooler() {
  const auto pid = AskElsewhere(Dial().get(), "select pg_catalog.pg_backend_pid()");
  if (pid == std::to_string(backend_pid_)) signals::EndByPooler();
}

// Something in between may take what is sent and forward nothing, without an end of the connection.
// While the session waits for a lock or a standby, it is active.
bool Session::IsForgotten() const {
  const std::string ask =
      "select state from pg_catalog.pg_stat_activity where pid = " + std::to_string(backend_pid_);
  const auto state = AskElsewhere(Dial().get(), ask.c_str());
  return state && *state != "active";
}

}  // namespace debrief

// connection.cpp: makes the session's connection, and takes the worker's lock in it. See session.h.

#include <cstdlib>
#include <cstring>
#include <tuple>
#include <utility>

#include "bgworker/backend/log.h"
#include "bgworker/core/model/clock.h"
#include "bgworker/core/policy/backoff.h"
#include "outside/session.h"
#include "outside/signals.h"

namespace debrief {
namespace {

constexpr int64_t kReconnectMs = 250;
constexpr int64_t kReconnectMaxMs = 2'000;
constexpr int64_t kLackedMs = 10'000;
constexpr int kNoDatabaseCode = 3;

}  // namespace

// What stands before "dbname" is for what the connection string leaves open. A server whose
// sessions are read-only by default is a primary all the same.
Session::Handle Session::Dial() const {
  const std::pair<const char*, const char*> options[] = {
      {"connect_timeout", "3"},           {"tcp_user_timeout", "10000"},
      {"keepalives_idle", "30"},          {"keepalives_interval", "5"},
      {"application_name", "pg_debrief"}, {"target_session_attrs", "primary"},
      {"dbname", dsn_.c_str()},           {"client_encoding", "UTF8"}};
  const char *names[std::size(options) + 1] = {}, *values[std::size(options) + 1] = {};
  for (size_t i = 0; i < std::size(options); i++) std::tie(names[i], values[i]) = options[i];
  Handle handle(PQconnectdbParams(names, values, 1), &PQfinish);
  PQsetNoticeProcessor(
      handle.get(), [](void*, const char*) {}, nullptr);
  return handle;
}

void Session::Connect() {
  if (NowMs() < not_before_ms_) throw away_;
  handle_ = Dial();
  if (!IsUp()) {
    const char* const why = handle_ == nullptr ? "" : PQerrorMessage(handle_.get());
    away_ = Away(*why == '\0' ? "the database does not answer" : why);
    EndIfDatabaseIsGone();
    handle_.reset();
    not_before_ms_ = NowMs() + Doubled(kReconnectMs, failures_++, kReconnectMaxMs);
    throw away_;
  }
  failures_ = 0;
  lacked_since_ms_ = 0;
  prepared_.clear();
  Prove();
}

// The server says why in words of its own language, with the name; asked again, by a code.
bool Session::LacksDatabase() {
  const char* const name = PQdb(handle_.get());
  if (name == nullptr || std::strstr(PQerrorMessage(handle_.get()), name) == nullptr) return false;
  PQsetErrorVerbosity(handle_.get(), PQERRORS_SQLSTATE);
  PQreset(handle_.get());
  return std::strstr(PQerrorMessage(handle_.get()), " 3D000") != nullptr;
}

// Nobody can use what is kept for it. Not at once: a server that is restored, or has just taken the
// place of another one, may lack the database for a moment.
void Session::EndIfDatabaseIsGone() {
  const int64_t now_ms = NowMs();
  lacked_since_ms_ = !LacksDatabase() ? 0 : lacked_since_ms_ == 0 ? now_ms : lacked_since_ms_;
  if (lacked_since_ms_ == 0 || now_ms - lacked_since_ms_ < kLackedMs) return;
  Log(Severity::kWarning, {.message = "pg_debrief worker ends: its database does not exist",
                           .detail = away_.error.message,
                           .hint = "Answers that were kept for it are given up."});
  std::_Exit(kNoDatabaseCode);
}

// A pooler in transaction mode would give each transaction another session.
void Session::Prove() {
  const Result pid = Ask((kUnhurried + std::string("select pg_catalog.pg_backend_pid()")).c_str());
  backend_pid_ = std::atoi(PQgetvalue(pid.get(), 0, 0));
  if (PQbackendPID(handle_.get()) != backend_pid_) RefusePooler();
  Ask(("prepare debrief_pins as " + PinStatement(PQserverVersion(handle_.get()))).c_str());
  TakeLockAgain();
}

// The session lock by which others see that this worker lives. Claims that were not taken back
// meanwhile are its own again.
void Session::TakeLockAgain() {
  if (lock_.empty()) return;
  const std::string key = "debrief._lock_class(), " + lock_;
  const Result taken = Ask(("select pg_catalog.pg_try_advisory_lock(" + key + ")").c_str());
  if (*PQgetvalue(taken.get(), 0, 0) == 't') {
    lock_holder_ = backend_pid_;
    Log(Severity::kLog, {.message = "pg_debrief: connected to the database again"});
    return;
  }
  // Where the network was cut the server does not know yet that nobody uses the old session.
  const std::string end =
      "select pg_catalog.pg_terminate_backend(l.pid) from pg_catalog.pg_locks l"
      " where l.locktype = 'advisory' and (l.classid, l.objid) = (" +
      key + ") and l.objsubid = 2 and l.pid = " + std::to_string(lock_holder_);
  Ask(end.c_str());
  not_before_ms_ = NowMs() + kReconnectMs;
  Lost("another session holds this worker's lock");
}

void Session::NoteLock() {
  const Result held =
      Ask("select objid from pg_catalog.pg_locks where locktype = 'advisory' and pid = "
          "pg_catalog.pg_backend_pid() and classid = 1684366962 and objsubid = 2");
  if (PQntuples(held.get()) != 1) return;
  lock_ = PQgetvalue(held.get(), 0, 0);
  lock_holder_ = backend_pid_;
}

}  // namespace debrief

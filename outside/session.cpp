// session.cpp: runs and ends transactions. See session.h; connection.cpp connects.

#include "outside/session.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <utility>

#include "bgworker/backend/fixed_text.h"
#include "bgworker/backend/log.h"
#include "bgworker/core/model/clock.h"
#include "bgworker/worker/pinned_settings.h"
#include "outside/parameters.h"
#include "outside/signals.h"

namespace debrief {
namespace {

constexpr int64_t kSilentMs = 5'000;  // then another connection is asked
constexpr int kTransactionTimeoutSince = 170000;
constexpr int kNotInState = PackSqlState("55000");  // lock_timeout is of this class

const std::string kBegin =
    std::string("begin isolation level read committed read write; reset all; ") +
    Session::kUnhurried + "execute debrief_pins";
const std::string kHold = "select debrief._hold_extension()";

std::unique_ptr<Session> session;

template <size_t kBytes>
void Copy(const char* text, char (&to)[kBytes]) {
  CopyText(text == nullptr ? "" : text, to);
  std::replace(std::begin(to), std::end(to), '\n', ' ');
}

PgError ErrorOf(const PGresult* result) {
  PgError error;
  const char* const state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  char code[6] = "XX000";
  if (state != nullptr && std::strlen(state) == 5) std::memcpy(code, state, 5);
  error.sqlstate = PackSqlState(code);
  Copy(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY), error.message);
  Copy(PQresultErrorField(result, PG_DIAG_MESSAGE_HINT), error.hint);
  return error;
}

// The first failure is the reason of those that follow; the first rows are what was asked for.
bool Outranks(const PGresult* first, const PGresult* next) {
  const ExecStatusType status = PQresultStatus(first);
  return status == PGRES_FATAL_ERROR ||
         (status == PGRES_TUPLES_OK && PQresultStatus(next) == PGRES_TUPLES_OK);
}

}  // namespace

// A server that is away is like one that shuts down: what waits for it is kept.
SqlFailure Session::Away(const char* why) {
  SqlFailure failure;
  failure.error.sqlstate = kAway;
  Copy(why, failure.error.message);
  return failure;
}

std::string Session::PinStatement(int server_version) {
  std::string sql =
      "select pg_catalog.pg_backend_pid(),"
      " (extract(epoch from pg_catalog.clock_timestamp()) * 1000000)::bigint,"
      " exists (select from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = "
      "p.pronamespace"
      " where n.nspname = 'debrief' and p.proname = '_hold_extension'"
      " and pg_catalog.has_schema_privilege(n.oid, 'usage')"
      " and pg_catalog.has_function_privilege(p.oid, 'execute')),"
      " pg_catalog.set_config('client_min_messages', 'error', false)";  // nobody reads them
  for (const auto& setting : kPinnedSettings) {
    const std::string name = std::string("'") + setting.name + "'";
    const std::string value = std::string("'") + setting.value + "'";
    const std::string pin = "pg_catalog.set_config(" + name + ", " + value + ", false)";
    // The role may not set these, unless somebody has granted it; whatever hurts is reported, then.
    sql += setting.needs_superuser ? ", case when pg_catalog.current_setting(" + name + ") <> " +
                                         value + " then " + pin + " end"
                                   : ", " + pin;
  }
  if (server_version >= kTransactionTimeoutSince) {
    sql += ", pg_catalog.set_config('transaction_timeout', '0', false)";
  }
  return sql;
}

void Session::Open(std::string dsn) {
  session = std::make_unique<Session>();
  session->dsn_ = std::move(dsn);
}

Session& Session::Get() { return *session; }

void Session::Lost(const char* why) {
  away_ = Away(why);
  handle_.reset();
  prepared_.clear();
  if (backend_pid_ != 0) {
    Log(Severity::kWarning,
        {.message = "pg_debrief: the connection to the database is lost",
         .detail = away_.error.message,
         .hint = "It is made again; answers that are paid for are kept until then."});
  }
  backend_pid_ = 0;
  throw away_;
}

// Waits for the answer; a request to end cancels the statement, as it does in the server.
Session::Result Session::Answer(int is_sent) {
  if (is_sent == 0) Lost(PQerrorMessage(handle_.get()));
  Result last(nullptr, &PQclear);
  bool is_cancelled = false;
  for (;;) {
    while (PQisBusy(handle_.get()) == 1) {
      if (signals::IsEndAskedFor() && !is_cancelled) {
        is_cancelled = true;
        char words[256];
        PGcancel* const cancel = PQgetCancel(handle_.get());
        PQcancel(cancel, words, sizeof(words));
        PQfreeCancel(cancel);
      }
      const int64_t silent_at_ms = NowMs() + kSilentMs;
      signals::WaitFor(PQsocket(handle_.get()), signals::kRead, kSilentMs);
      const bool is_forgotten = NowMs() >= silent_at_ms && IsForgotten();
      if (PQconsumeInput(handle_.get()) == 0) Lost(PQerrorMessage(handle_.get()));
      if (is_forgotten && PQisBusy(handle_.get()) == 1) Lost("the server's answer did not arrive");
    }
    PGresult* const next = PQgetResult(handle_.get());
    if (next == nullptr) break;
    if (last != nullptr && Outranks(last.get(), next))
      PQclear(next);
    else
      last.reset(next);
  }
  if (!IsUp()) Lost(last != nullptr ? PQresultErrorMessage(last.get()) : "no answer");
  const ExecStatusType status = PQresultStatus(last.get());
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) return last;
  throw SqlFailure{ErrorOf(last.get())};
}

Session::Result Session::Ask(const char* sql) { return Answer(PQsendQuery(handle_.get(), sql)); }

void Session::Begin() {
  // One SIGTERM cancels one statement: another must not begin.
  if (signals::IsEndAskedFor()) throw Away("ending");
  if (!IsUp()) {
    if (handle_ != nullptr) Lost(PQerrorMessage(handle_.get()));
    Connect();
  }
  Result pins(nullptr, &PQclear);
  try {
    pins = Ask((holds_extension_ ? kBegin + "; " + kHold : kBegin).c_str());
  } catch (const SqlFailure& failure) {
    // Dropped since the last transaction, unless the lock itself was not to be had.
    if (!std::exchange(holds_extension_, false) || failure.error.is_away() ||
        SqlStateClass(failure.error.sqlstate) == kNotInState) {
      throw;
    }
    Ask("rollback");
    return Begin();
  }
  if (std::atoi(PQgetvalue(pins.get(), 0, 0)) != backend_pid_) signals::EndByPooler();
  clock_ahead_us_ =
      std::strtoll(PQgetvalue(pins.get(), 0, 1), nullptr, 10) - UnixMs() * 1000 - 1000;
  const bool has_extension = *PQgetvalue(pins.get(), 0, 2) == 't';
  if (has_extension && !holds_extension_) Ask(kHold.c_str());
  holds_extension_ = has_extension;
}

// For triggers that change it: a claim is durable before its call is made.
void Session::Commit() {
  try {
    // What a deferred trigger sets must not reach the commit.
    Ask(commits_locally_
            ? "set constraints all immediate; set local synchronous_commit = local; commit"
            : "set constraints all immediate; set local synchronous_commit = on; commit");
  } catch (SqlFailure& failure) {
    failure.error.at_commit = true;
    throw;
  }
  if (lock_.empty()) NoteLock();
}

void Session::Abort() {
  if (!IsUp()) return;
  try {
    if (PQtransactionStatus(handle_.get()) != PQTRANS_IDLE) Ask("rollback");
  } catch (const SqlFailure&) {
    handle_.reset();  // the next transaction connects again
    backend_pid_ = 0;
  }
}

int64_t Session::UnixUs() const { return UnixMs() * 1000 + clock_ahead_us_; }

void Session::ReadNews() {
  if (!IsUp()) return;
  if (PQconsumeInput(handle_.get()) == 1 && IsUp()) return;
  try {
    Lost(PQerrorMessage(handle_.get()));
  } catch (const SqlFailure&) {
    // The next transaction says so to the worker.
  }
}

std::string Session::Prepared(Statement* statement, const SqlArgument* arguments, int count) {
  const auto found = prepared_.find(statement->text);
  if (found != prepared_.end()) return found->second;
  std::vector<Oid> types;
  for (int i = 0; i < count; i++) types.push_back(parameters::TypeOf(arguments[i].kind));
  const std::string name = "debrief_" + std::to_string(prepared_.size());
  Answer(PQsendPrepare(handle_.get(), name.c_str(), statement->text, count, types.data()));
  return prepared_[statement->text] = name;
}

SqlRows Session::Run(Statement* statement, const SqlArgument* arguments, int count) {
  const std::string name = Prepared(statement, arguments, count);
  std::vector<std::string> values(static_cast<size_t>(count));
  std::vector<const char*> bytes;
  std::vector<int> lengths, formats;
  for (int i = 0; i < count; i++) {
    std::string& value = values[static_cast<size_t>(i)];
    value = parameters::Binary(arguments[i]);
    bytes.push_back(value.data());
    lengths.push_back(static_cast<int>(value.size()));
    formats.push_back(1);
  }
  Result result = Answer(PQsendQueryPrepared(handle_.get(), name.c_str(), count, bytes.data(),
                                             lengths.data(), formats.data(), 0));
  SqlRows rows;
  rows.rows = PQntuples(result.get());
  rows.columns = PQnfields(result.get());
  std::vector<char*>& cells = pointers_.emplace_back();
  for (int row = 0; row < rows.rows; row++) {
    for (int column = 0; column < rows.columns; column++) {
      const bool is_null = PQgetisnull(result.get(), row, column) == 1;
      cells.push_back(is_null ? nullptr : PQgetvalue(result.get(), row, column));
    }
  }
  rows.values = cells.data();
  results_.push_back(std::move(result));
  return rows;
}

}  // namespace debrief

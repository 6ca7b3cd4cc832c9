#include "console/database.h"

#include <poll.h>

#include "bgworker/core/model/clock.h"

namespace debrief::console {
namespace {

std::string OneLine(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool is_blank = c == '\n' || c == ' ' || c == '\t';
    if (!is_blank) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

std::string Field(const PGresult* result, int code) {
  const char* const text = PQresultErrorField(result, code);
  return text == nullptr ? "" : text;
}

// As PQconnectdbParams(), which forgets the SQLSTATE of a refusal: that is in a verbose message
// only, and messages are verbose from the start only here.
PGconn* ConnectVerbosely(const char* const* names, const char* const* values) {
  constexpr int64_t kPatienceMs = 10'000;
  PGconn* const handle = PQconnectStartParams(names, values, 1);
  PQsetErrorVerbosity(handle, PQERRORS_VERBOSE);
  const int64_t until_ms = NowMs() + kPatienceMs;
  auto next = PQstatus(handle) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (next == PGRES_POLLING_READING || next == PGRES_POLLING_WRITING) {
    const int64_t left_ms = until_ms - NowMs();
    if (left_ms <= 0) break;
    const short what = next == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    pollfd source = {PQsocket(handle), what, 0};
    if (poll(&source, 1, static_cast<int>(left_ms)) > 0) next = PQconnectPoll(handle);
  }
  PQsetErrorVerbosity(handle, PQERRORS_DEFAULT);
  return handle;
}

}  // namespace

Rows::Rows(PGresult* result, std::string connection_problem) : result_(result, &PQclear) {
  const ExecStatusType status = PQresultStatus(result);
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) return;
  SqlError error;
  error.state = Field(result, PG_DIAG_SQLSTATE);
  error.message = Field(result, PG_DIAG_MESSAGE_PRIMARY);
  error.hint = Field(result, PG_DIAG_MESSAGE_HINT);
  if (error.message.empty()) error.message = std::move(connection_problem);
  error_ = std::move(error);
}

std::string_view Rows::At(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<size_t>(PQgetlength(result_.get(), row, column))};
}

Connection::Connection(const std::string& conninfo, const Settings& overrides, bool keeps_refusal) {
  // What stands after "dbname" goes before what the conninfo says, what stands before it does not.
  std::vector<const char*> names = {"connect_timeout", "tcp_user_timeout", "keepalives_idle",
                                    "fallback_application_name", "dbname"};
  std::vector<const char*> values = {"5", "10000", "30", "pg_debrief_console", conninfo.c_str()};
  for (const auto& [name, value] : overrides) {
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  // Of several hosts, only PQconnectdbParams() goes on to the next when one is silent.
  const bool is_one = conninfo.find(',') == std::string::npos;
  handle_.reset(keeps_refusal && is_one ? ConnectVerbosely(names.data(), values.data())
                                        : PQconnectdbParams(names.data(), values.data(), 1));
  if (IsGood()) PQsetClientEncoding(handle_.get(), "UTF8");
}

bool Connection::HasBroken() {
  PQconsumeInput(handle_.get());
  return !IsGood();
}

std::string Connection::Problem() const {
  return is_silent_ ? "The database does not answer." : OneLine(PQerrorMessage(handle_.get()));
}

SqlError Connection::Refusal() const {
  const std::string text = PQerrorMessage(handle_.get());
  // "FATAL:  53300: too many connections for role ...", the first word in the server's language.
  constexpr size_t kStateSize = 5;
  for (size_t at = text.find(":  "); at != std::string::npos; at = text.find(":  ", at + 1)) {
    const size_t state_at = at + 3;
    const size_t message_at = state_at + kStateSize + 2;
    if (message_at > text.size()) break;
    if (text.compare(state_at + kStateSize, 2, ": ") != 0) continue;
    return {text.substr(state_at, kStateSize),
            OneLine(text.substr(message_at, text.find('\n', message_at) - message_at)), ""};
  }
  return {"", Problem(), ""};
}

Rows Connection::Run(const char* sql, const Parameters& parameters, bool binary) {
  std::vector<const char*> values;
  for (const auto& parameter : parameters) {
    values.push_back(parameter ? parameter->c_str() : nullptr);
  }
  return Await(PQsendQueryParams(handle_.get(), sql, static_cast<int>(values.size()), nullptr,
                                 values.data(), nullptr, nullptr, binary ? 1 : 0));
}

Rows Connection::RunAll(const char* sql) { return Await(PQsendQuery(handle_.get(), sql)); }

Rows Connection::Await(int is_sent) {
  if (is_silent_ || is_sent == 0) return Rows(nullptr, Problem());
  const int64_t until_ms = NowMs() + patience_ms_;
  Rows last(nullptr);
  for (;;) {
    while (PQisBusy(handle_.get()) == 1) {
      pollfd source = {PQsocket(handle_.get()), POLLIN, 0};
      const int64_t left_ms = until_ms - NowMs();
      if (left_ms <= 0) {
        is_silent_ = true;
        return Rows(nullptr, Problem());
      }
      poll(&source, 1, static_cast<int>(left_ms));
      if (source.revents != 0 && PQconsumeInput(handle_.get()) == 0) break;
    }
    PGresult* const result = PQgetResult(handle_.get());
    if (result == nullptr) return last;
    last = Rows(result, Problem());
  }
}

std::string ConninfoProblem(const std::string& conninfo) {
  char* error = nullptr;
  PQconninfoOption* const options = PQconninfoParse(conninfo.c_str(), &error);
  PQconninfoFree(options);
  std::string problem = options != nullptr ? "" : error != nullptr ? OneLine(error) : "no memory";
  PQfreemem(error);
  return problem;
}

bool IsReachable(const std::string& conninfo) {
  const char* const names[] = {"connect_timeout", "dbname", nullptr};
  const char* const values[] = {"5", conninfo.c_str(), nullptr};
  return PQpingParams(names, values, 1) == PQPING_OK;
}

std::string MakeReader(Connection& connection) {
  for (const char* const setting : {"set statement_timeout = '3s'",
                                    "set default_transaction_read_only = on", "set jit = off"}) {
    const Rows rows = connection.Run(setting);
    if (!rows.IsGood()) return rows.error().message;
  }
  return "";
}

}  // namespace debrief::console

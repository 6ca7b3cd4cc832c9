// database.h: connections to PostgreSQL, one thread each at a time.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace debrief::console {

struct SqlError {
  std::string state;  // empty: no answer of a server
  std::string message;
  std::string hint;
};

// The rows of one statement, as text, or why there are none.
class Rows {
 public:
  explicit Rows(PGresult* result, std::string connection_problem = "");
  bool IsGood() const { return !error_.has_value(); }
  const SqlError& error() const { return *error_; }
  int size() const { return PQntuples(result_.get()); }
  bool IsNull(int row, int column) const { return PQgetisnull(result_.get(), row, column) == 1; }
  std::string_view At(int row, int column) const;
  // The number of the column with this name; -1: none.
  int Column(const char* name) const { return PQfnumber(result_.get(), name); }
  // The only field of the first row; empty when there is no row, or null.
  std::string One() const { return size() > 0 ? std::string(At(0, 0)) : std::string(); }

 private:
  std::unique_ptr<PGresult, decltype(&PQclear)> result_{nullptr, &PQclear};
  std::optional<SqlError> error_;
};

using Parameters = std::vector<std::optional<std::string>>;
using Settings = std::vector<std::pair<std::string, std::string>>;

class Connection {
 public:
  // Statements that read are stopped by the server after 3 s.
  static constexpr int64_t kReadPatienceMs = 3'500;

  // `overrides` go before what the conninfo says. With `keeps_refusal`, Refusal() knows more.
  Connection(const std::string& conninfo, const Settings& overrides = {},
             bool keeps_refusal = false);
  bool IsGood() const { return !is_silent_ && PQstatus(handle_.get()) == CONNECTION_OK; }
  // Whether the server has ended it, while nobody asks it anything. It may take two calls: the
  // first reads what the server said last.
  bool HasBroken();
  // Why there is no connection, in one line.
  std::string Problem() const;
  // What the server said when it refused the connection; without a state where that is not known.
  SqlError Refusal() const;
  // One statement; its rows as text, or as bytes.
  Rows Run(const char* sql, const Parameters& parameters = {}, bool binary = false);
  // Several, without parameters; the rows of the last.
  Rows RunAll(const char* sql);
  // Longer than the server takes for a statement: where no answer came until then, none will, and
  // the connection is given up.
  void set_patience_ms(int64_t ms) { patience_ms_ = ms; }
  PGconn* handle() const { return handle_.get(); }

 private:
  Rows Await(int is_sent);

  std::unique_ptr<PGconn, decltype(&PQfinish)> handle_{nullptr, &PQfinish};
  int64_t patience_ms_ = kReadPatienceMs;
  bool is_silent_ = false;
};

// Empty when libpq can read it; else what is wrong.
std::string ConninfoProblem(const std::string& conninfo);

// Whether a server answers there, whatever it says.
bool IsReachable(const std::string& conninfo);

// Every statement within 3 s, and reads only; empty when it is so, else why not.
std::string MakeReader(Connection& connection);

}  // namespace debrief::console

// session.h: the worker's connection to its database, by libpq: short transactions, statements that
// are prepared once, and a new connection when one is lost.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bgworker/backend/pg_error.h"
#include "bgworker/backend/statement.h"

namespace debrief {

// What leaves a transaction: the server's ERROR, or that there is no server.
struct SqlFailure {
  PgError error;
};

class Session {
 public:
  using Handle = std::unique_ptr<PGconn, decltype(&PQfinish)>;

  // Keeps the connection string; nothing is connected yet. Lives as long as the process.
  static void Open(std::string dsn);
  static Session& Get();

  // Within a transaction; all raise SqlFailure.
  void Begin();
  SqlRows Run(Statement* statement, const SqlArgument* arguments, int count);
  void Commit();
  void Abort();

  // Rows live until then.
  void ForgetRows() { results_.clear(), pointers_.clear(); }
  void CommitLocally() { commits_locally_ = true; }

  // The server's clock, by the last transaction.
  int64_t UnixUs() const;
  // The process of the server; 0: there is no connection.
  int backend_pid() const { return backend_pid_; }
  // -1 while there is no connection.
  int socket() const { return IsUp() ? PQsocket(handle_.get()) : -1; }
  // Another connection of the same kind, or one that says why there is none.
  Handle Dial() const;
  // A statement that undoes what is set for sessions, and what a trigger has set; it also says
  // which process of the server it runs in, what its clock says, and whether there is
  // an extension to hold.
  static std::string PinStatement(int server_version);
  // Precedes a session's first statement, and the pin statement: compiling either could take longer
  // than the session's statement_timeout.
  static constexpr char kUnhurried[] = "set jit = off; set statement_timeout = 0; ";
  // What the server sent by itself: that it goes away.
  void ReadNews();

 private:
  using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

  bool IsUp() const { return handle_ != nullptr && PQstatus(handle_.get()) == CONNECTION_OK; }
  static SqlFailure Away(const char* why);
  void Connect();
  bool LacksDatabase();
  void EndIfDatabaseIsGone();
  void Prove();
  void TakeLockAgain();
  void RefusePooler();
  bool IsForgotten() const;
  void NoteLock();
  std::string Prepared(Statement* statement, const SqlArgument* arguments, int count);
  Result Ask(const char* sql);
  Result Answer(int is_sent);
  [[noreturn]] void Lost(const char* why);

  std::string dsn_;
  Handle handle_{nullptr, &PQfinish};
  int backend_pid_ = 0;
  std::map<const char*, std::string> prepared_;  // by the text's address
  std::string lock_;                             // second key of the worker's lock; empty: none yet
  int lock_holder_ = 0;                          // the server's process that last had it
  bool holds_extension_ = false;                 // the last transaction did
  bool commits_locally_ = false;
  int64_t clock_ahead_us_ = 0;
  int failures_ = 0;             // to connect, in a row
  SqlFailure away_;              // why there is no connection
  int64_t lacked_since_ms_ = 0;  // the database, as the server says; 0: it does not
  int64_t not_before_ms_ = 0;
  std::vector<Result> results_;
  std::deque<std::vector<char*>> pointers_;
};

}  // namespace debrief

// caller.h: who asks, and the connections on which they ask. PostgreSQL decides what they may.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "console/database.h"

namespace debrief::console {

// Connections that callers take in turn. Bounded; broken ones are replaced where that is possible.
class Connections {
 public:
  Connections(std::string conninfo, size_t max) : conninfo_(std::move(conninfo)), left_(max) {}
  // Of one that stands, and cannot be replaced: its password is not kept.
  explicit Connections(std::unique_ptr<Connection> only);

  // Within one transaction, as this role with these claims where they are given.
  Rows Run(const std::string& role, const std::string& claims, bool writes, const char* sql,
           const Parameters& parameters, bool binary);
  void Close();
  // Also when the server has ended the one that stands, and nobody has used it since.
  bool IsClosed();

 private:
  std::unique_ptr<Connection> Take(std::string* problem);
  void GiveBack(std::unique_ptr<Connection> connection);

  const std::string conninfo_;
  const bool may_connect_ = true;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t left_;  // that may still be made
  bool is_closed_ = false;
  std::vector<std::unique_ptr<Connection>> idle_;
};

struct Identity {
  std::string mode;  // login, jwt or open
  std::string role;
  std::string user_id;
  bool is_superuser = false;
  bool reads_all = false;
  bool operates = false;
  bool owns = false;
  bool has_schema = false;
  std::string database;
  std::string version;
  bool is_copy = false;
  bool is_standby = false;
};

// The oldest extension whose tables and functions the console's statements know.
inline constexpr char kNeededVersion[] = "1.0";
bool IsNewEnough(std::string_view version);

class Caller {
 public:
  // `role` and `claims` of a token; empty: as the connection is.
  Caller(std::shared_ptr<Connections> connections, std::string mode, std::string role = "",
         std::string claims = "", int64_t expires_ms = INT64_MAX);

  // The same one, to be identified again.
  std::shared_ptr<Caller> Again() const;
  // Reads who it is; nothing, or why not.
  std::optional<SqlError> Identify();
  const Identity& identity() const { return identity_; }

  Rows Read(const char* sql, const Parameters& parameters = {}, bool binary = false) const;
  Rows Write(const char* sql, const Parameters& parameters) const;

  // Of a session: others share their connections.
  void End();
  void Renew(int64_t expires_ms) { expires_ms_ = expires_ms; }
  // Whether it ended, its time is over, or its connection broke.
  bool IsOver(int64_t now_ms) const { return now_ms >= expires_ms_ || connections_->IsClosed(); }

 private:
  const std::shared_ptr<Connections> connections_;
  const std::string role_;
  const std::string claims_;
  std::atomic<int64_t> expires_ms_;
  Identity identity_;
};

}  // namespace debrief::console

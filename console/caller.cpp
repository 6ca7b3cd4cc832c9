#include "console/caller.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "console/statements.h"

namespace debrief::console {
namespace {

// Costs are estimated for all rows, not for a page: PostgreSQL would compile a statement that ends
// before that is done.
constexpr char kBeginRead[] =
    "begin isolation level repeatable read read only; set local statement_timeout = '3s'; set "
    "local jit = off; set local intervalstyle = 'postgres'";
// A server is tested for up to 30 s, and many rows are retried at once.
constexpr char kBeginWrite[] = "begin read write; set local statement_timeout = '60s'";
constexpr int64_t kWritePatienceMs = 61'000;
// Nobody holds a thread of the console for longer than a statement that reads may take.
constexpr std::chrono::milliseconds kTakePatience(4'000);
constexpr char kDisguise[] =
    "select set_config('role', $1, true), set_config('request.jwt.claims', $2, true)";

}  // namespace

Connections::Connections(std::unique_ptr<Connection> only) : may_connect_(false), left_(0) {
  idle_.push_back(std::move(only));
}

std::unique_ptr<Connection> Connections::Take(std::string* problem) {
  std::unique_lock lock(mutex_);
  const bool is_free = changed_.wait_for(
      lock, kTakePatience, [this] { return is_closed_ || !idle_.empty() || left_ > 0; });
  if (!is_free) {
    *problem = "The database is still busy with an earlier request.";
    return nullptr;
  }
  if (is_closed_) {
    *problem = "The session has ended.";
    return nullptr;
  }
  if (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
  }
  left_--;
  lock.unlock();
  auto connection = std::make_unique<Connection>(conninfo_);
  if (connection->IsGood()) return connection;
  *problem = connection->Problem();
  lock.lock();
  left_++;
  changed_.notify_one();
  return nullptr;
}

void Connections::GiveBack(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  if (!connection->IsGood()) {
    if (may_connect_) left_++;
    is_closed_ = is_closed_ || !may_connect_;
  } else if (!is_closed_) {
    idle_.push_back(std::move(connection));
  }
  changed_.notify_one();
}

void Connections::Close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  idle_.clear();
  changed_.notify_all();
}

bool Connections::IsClosed() {
  const std::lock_guard lock(mutex_);
  if (!may_connect_ && !idle_.empty() && idle_.back()->HasBroken()) {
    is_closed_ = true;
    idle_.clear();
  }
  return is_closed_;
}

Rows Connections::Run(const std::string& role, const std::string& claims, bool writes,
                      const char* sql, const Parameters& parameters, bool binary) {
  std::string problem;
  auto connection = Take(&problem);
  if (!connection) return Rows(nullptr, problem);
  Rows begun = connection->RunAll(writes ? kBeginWrite : kBeginRead);
  if (!begun.IsGood() && !connection->IsGood() && may_connect_) {
    // It broke while nobody used it.
    GiveBack(std::move(connection));
    connection = Take(&problem);
    if (!connection) return Rows(nullptr, problem);
    begun = connection->RunAll(writes ? kBeginWrite : kBeginRead);
  }
  if (begun.IsGood() && !role.empty()) begun = connection->Run(kDisguise, {role, claims});
  if (!begun.IsGood()) {
    connection->RunAll("rollback");
    GiveBack(std::move(connection));
    return begun;
  }
  connection->set_patience_ms(writes ? kWritePatienceMs : Connection::kReadPatienceMs);
  Rows rows = connection->Run(sql, parameters, binary);
  Rows ended = connection->RunAll(rows.IsGood() ? "commit" : "rollback");
  GiveBack(std::move(connection));
  return rows.IsGood() && !ended.IsGood() ? std::move(ended) : std::move(rows);
}

bool IsNewEnough(std::string_view version) {
  const auto number = [](std::string_view text) {
    int value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  };
  const auto parts = [&](std::string_view text) {
    const size_t dot = std::min(text.find('.'), text.size());
    return std::pair(number(text.substr(0, dot)),
                     dot < text.size() ? number(text.substr(dot + 1)) : 0);
  };
  return version.empty() || parts(version) >= parts(kNeededVersion);
}

Caller::Caller(std::shared_ptr<Connections> connections, std::string mode, std::string role,
               std::string claims, int64_t expires_ms)
    : connections_(std::move(connections)),
      role_(std::move(role)),
      claims_(std::move(claims)),
      expires_ms_(expires_ms) {
  identity_.mode = std::move(mode);
}

std::shared_ptr<Caller> Caller::Again() const {
  return std::make_shared<Caller>(connections_, identity_.mode, role_, claims_);
}

std::optional<SqlError> Caller::Identify() {
  const Rows rows = Read(statements::kIdentity);
  if (!rows.IsGood()) return rows.error();
  int column = 0;
  const auto text = [&] { return std::string(rows.At(0, column++)); };
  const auto flag = [&] { return rows.At(0, column++) == "t"; };
  identity_.role = text();
  identity_.is_superuser = flag();
  identity_.reads_all = flag();
  identity_.operates = flag();
  identity_.owns = flag();
  identity_.has_schema = flag();
  identity_.database = text();
  identity_.version = text();
  identity_.is_standby = flag();
  if (!identity_.has_schema) return std::nullopt;
  if (!IsNewEnough(identity_.version)) {
    return SqlError{"42883",
                    "Database " + identity_.database + " has pg_debrief " + identity_.version +
                        ", and this console needs " + kNeededVersion + " or newer.",
                    "ALTER EXTENSION pg_debrief UPDATE;"};
  }
  if (identity_.reads_all || identity_.owns) {
    const Rows user = Read(statements::kUserId);
    if (!user.IsGood()) return user.error();
    identity_.user_id = user.One();
  }
  if (identity_.reads_all) {
    const Rows copy = Read(statements::kIsCopy);
    identity_.is_copy = copy.IsGood() && copy.One() == "t";
  }
  return std::nullopt;
}

Rows Caller::Read(const char* sql, const Parameters& parameters, bool binary) const {
  return connections_->Run(role_, claims_, false, sql, parameters, binary);
}

Rows Caller::Write(const char* sql, const Parameters& parameters) const {
  return connections_->Run(role_, claims_, true, sql, parameters, false);
}

void Caller::End() {
  expires_ms_ = INT64_MIN;
  connections_->Close();
}

}  // namespace debrief::console

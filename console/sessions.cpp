#include "console/sessions.h"

#include <openssl/rand.h>

#include <algorithm>

#include "bgworker/core/model/clock.h"
#include "bgworker/core/text/base64.h"
#include "bgworker/core/text/sha256.h"
#include "console/log.h"
#include "console/sql_answer.h"

namespace debrief::console {
namespace {

constexpr int64_t kLongestMs = 8 * 3600 * 1000;
constexpr int64_t kIdleMs = 30 * 60 * 1000;
constexpr size_t kSessionsMax = 100;  // each holds a connection

std::string NewToken() {
  constexpr int kBytes = 32;
  unsigned char bytes[kBytes];
  if (RAND_bytes(bytes, kBytes) != 1) return "";
  return base64::EncodeUrl({reinterpret_cast<const char*>(bytes), kBytes});
}

Response Wait(int64_t wait_ms) {
  const std::string seconds = std::to_string((wait_ms + 999) / 1000);
  Response response = ErrorResponse(429, "", "Too many wrong passwords: wait " + seconds + " s.");
  response.headers.emplace_back("Retry-After", seconds);
  return response;
}

// Why a role that signed in with its password may not come in; status 0: it may.
Response Check(const Connection& connection, const Identity& identity) {
  if (PQconnectionUsedPassword(connection.handle()) == 0) {
    return ErrorResponse(403, "", "PostgreSQL asked for no password, so that this proves nothing.",
                         "pg_hba.conf must say scram-sha-256 for this role and this address.");
  }
  if (identity.is_superuser) {
    return ErrorResponse(403, "", "Superusers do not sign in here.",
                         "Use a role that is a member of debrief_admin or debrief_reader.");
  }
  if (!identity.has_schema) {
    return ErrorResponse(403, "", "Database " + identity.database + " has no pg_debrief.",
                         "CREATE EXTENSION pg_debrief");
  }
  if (!identity.reads_all && !identity.owns) {
    return ErrorResponse(403, "", "Role " + identity.role + " has no access to pg_debrief.",
                         "SELECT debrief.grant_access('" + identity.role + "', 'reader')");
  }
  Response none;
  none.status = 0;
  return none;
}

}  // namespace

std::variant<std::string, Response> Sessions::Open(const std::string& role,
                                                   const std::string& password,
                                                   const std::string& address) {
  {
    const std::lock_guard lock(mutex_);
    const int64_t wait_ms = throttle_.Try(address, role, NowMs());
    if (wait_ms > 0) return Wait(wait_ms);
  }
  auto connection =
      std::make_unique<Connection>(conninfo_,
                                   Settings{{"user", role},
                                            {"password", password},
                                            {"application_name", "pg_debrief_console:" + role}},
                                   true);
  if (!connection->IsGood()) {
    Log("login of " + role + " from " + address + ": " + connection->Problem());
    if (!IsReachable(conninfo_)) return ErrorResponse(503, "", "The database cannot be reached.");
    // No room for a connection, or a server that stops: neither says anything of the password.
    const SqlError refused = connection->Refusal();
    for (const char* const kind : {"08", "53", "57"}) {
      if (refused.state.starts_with(kind)) return SqlErrorResponse(refused);
    }
    return ErrorResponse(401, "", "PostgreSQL refuses this role and password.");
  }
  Connection* const raw = connection.get();
  auto caller =
      std::make_shared<Caller>(std::make_shared<Connections>(std::move(connection)), "login");
  if (const auto error = caller->Identify()) return SqlErrorResponse(*error);
  Response refusal = Check(*raw, caller->identity());
  if (refusal.status != 0) {
    Log("login of " + role + " from " + address + " refused");
    return refusal;
  }
  {
    const std::lock_guard lock(mutex_);
    throttle_.Passed(address, role);
  }
  return Begin(std::move(caller), NowMs());
}

std::variant<std::string, Response> Sessions::Begin(std::shared_ptr<Caller> caller,
                                                    int64_t now_ms) {
  const std::string token = NewToken();
  if (token.empty()) return ErrorResponse(503, "", "There is no randomness.");
  const std::lock_guard lock(mutex_);
  DropOld(now_ms);
  if (sessions_.size() >= kSessionsMax) return ErrorResponse(503, "", "Too many have signed in.");
  caller->Renew(now_ms + kIdleMs);
  sessions_.emplace(Sha256Hex(token), Session{std::move(caller), now_ms});
  return token;
}

std::shared_ptr<Caller> Sessions::Find(const std::string& token, int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  DropOld(now_ms);
  const auto found = sessions_.find(Sha256Hex(token));
  if (found == sessions_.end()) return nullptr;
  Session& session = found->second;
  session.caller->Renew(std::min(session.begun_ms + kLongestMs, now_ms + kIdleMs));
  return session.caller;
}

void Sessions::DropOld(int64_t now_ms) {
  std::erase_if(sessions_, [&](const auto& entry) {
    const bool is_over = entry.second.caller->IsOver(now_ms);
    if (is_over) entry.second.caller->End();
    return is_over;
  });
}

void Sessions::Close(const std::string& token) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(Sha256Hex(token));
  if (found == sessions_.end()) return;
  found->second.caller->End();
  sessions_.erase(found);
}

void Sessions::CloseAll() {
  const std::lock_guard lock(mutex_);
  for (auto& [token, session] : sessions_) session.caller->End();
  sessions_.clear();
}

}  // namespace debrief::console

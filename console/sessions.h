// sessions.h: who has signed in. A session is a connection of its own, as that role; the password
// is not kept.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <variant>

#include "console/caller.h"
#include "console/http_message.h"
#include "console/throttle.h"

namespace debrief::console {

class Sessions {
 public:
  explicit Sessions(std::string conninfo) : conninfo_(std::move(conninfo)) {}

  // The new session's token, or the answer that says why there is none.
  std::variant<std::string, Response> Open(const std::string& role, const std::string& password,
                                           const std::string& address);
  // The same for a caller who has proved who they are.
  std::variant<std::string, Response> Begin(std::shared_ptr<Caller> caller, int64_t now_ms);
  // Nothing: there is no such session, or it is over. A session that is found is in use.
  std::shared_ptr<Caller> Find(const std::string& token, int64_t now_ms);
  void Close(const std::string& token);
  void CloseAll();

 private:
  struct Session {
    std::shared_ptr<Caller> caller;
    int64_t begun_ms;
  };
  void DropOld(int64_t now_ms);  // with the lock held

  const std::string conninfo_;
  std::mutex mutex_;
  std::map<std::string, Session> sessions_;  // by the token's hash
  Throttle throttle_;
};

}  // namespace debrief::console

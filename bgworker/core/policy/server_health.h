// server_health.h: which servers are left alone, and which are being probed. Pure; the caller
// keeps the table debrief.server_states in step.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "bgworker/core/model/failure.h"

namespace debrief {

class ServerHealth {
 public:
  // What the table says; called whenever the configuration is read.
  void Load(const std::string& server, int64_t now_ms, int64_t parked_ms, int failures);

  // A call that began at started_ms failed by the server's own fault. Answers for how long the
  // server is to be left alone, or 0 when it was already for a call of the same batch.
  int64_t Failed(const std::string& server, const Failure& failure, int64_t started_ms,
                 int64_t now_ms, double random);
  // The server is busy until now + delay_ms. Answers delay_ms, or 0 when that was known.
  int64_t Busy(const std::string& server, int64_t delay_ms, int64_t now_ms);
  // A call succeeded. Returns whether failures were on record, which the table has to forget too.
  bool Succeeded(const std::string& server);

  // When calls may be made again, in the caller's clock; 0: now.
  int64_t ParkedUntilMs(const std::string& server, int64_t now_ms) const;
  // Failed and not yet seen to work again: one call at a time.
  bool IsProbing(const std::string& server) const;
  int failures(const std::string& server) const;

 private:
  struct State {
    int failures = 0;
    int64_t parked_until_ms = 0;
    int64_t last_failure_ms = -1;
  };
  std::unordered_map<std::string, State> states_;
};

}  // namespace debrief

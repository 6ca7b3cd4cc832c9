// server_health.cpp: a circuit breaker per server: open while parked, half open while probing.

#include "bgworker/core/policy/server_health.h"

#include <algorithm>

#include "bgworker/core/policy/retry.h"

namespace debrief {

void ServerHealth::Load(const std::string& server, int64_t now_ms, int64_t parked_ms,
                        int failures) {
  State& state = states_[server];
  state.failures = failures;
  state.parked_until_ms = parked_ms > 0 ? now_ms + parked_ms : 0;
}

int64_t ServerHealth::Failed(const std::string& server, const Failure& failure, int64_t started_ms,
                             int64_t now_ms, double random) {
  State& state = states_[server];
  // Calls that were in flight together fail together: that is one failure of the server.
  if (started_ms <= state.last_failure_ms) return 0;
  state.failures++;
  state.last_failure_ms = now_ms;
  const int64_t park_ms = ParkMs(failure, state.failures, random);
  state.parked_until_ms = std::max(state.parked_until_ms, now_ms + park_ms);
  return park_ms;
}

int64_t ServerHealth::Busy(const std::string& server, int64_t delay_ms, int64_t now_ms) {
  State& state = states_[server];
  if (state.parked_until_ms >= now_ms + delay_ms) return 0;
  state.parked_until_ms = now_ms + delay_ms;
  return delay_ms;
}

bool ServerHealth::Succeeded(const std::string& server) {
  auto found = states_.find(server);
  if (found == states_.end() || found->second.failures == 0) return false;
  found->second.failures = 0;
  return true;
}

int64_t ServerHealth::ParkedUntilMs(const std::string& server, int64_t now_ms) const {
  auto found = states_.find(server);
  if (found == states_.end() || found->second.parked_until_ms <= now_ms) return 0;
  return found->second.parked_until_ms;
}

bool ServerHealth::IsProbing(const std::string& server) const { return failures(server) > 0; }

int ServerHealth::failures(const std::string& server) const {
  auto found = states_.find(server);
  return found == states_.end() ? 0 : found->second.failures;
}

}  // namespace debrief

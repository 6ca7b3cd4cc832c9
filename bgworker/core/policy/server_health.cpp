// server_health.cpp: a circuit breaker per server and stage: open while parked, half open while
// probing.

#include "bgworker/core/policy/server_health.h"

#include <algorithm>
#include <cassert>

namespace debrief {
namespace {

// One failure may be chance; a quota, or a time to come back, is a statement about all rows.
int FailuresThatPark(const Failure& failure) {
  const bool is_known =
      failure.failure_class == FailureClass::kQuota ||
      (FaultOf(failure.failure_class) == Fault::kServer && failure.retry_after_ms.value_or(0) > 0);
  return is_known ? 1 : 3;
}

}  // namespace

const ServerHealth::State* ServerHealth::Find(const std::string& server, Stage stage) const {
  const auto found = states_.find(Key(server, stage));
  return found == states_.end() ? nullptr : &found->second;
}

void ServerHealth::Load(const std::string& server, Stage stage, int64_t now_ms, int64_t parked_ms,
                        int parks) {
  State& state = At(server, stage);
  state.parks = parks;
  state.parked_until_ms = parked_ms > 0 ? now_ms + parked_ms : 0;
}

ServerHealth::Verdict ServerHealth::Failed(const std::string& server, Stage stage,
                                           const Failure& failure, const Call& call, int64_t now_ms,
                                           double random) {
  State& state = At(server, stage);
  const Fault fault = FaultOf(failure.failure_class);
  if (fault == Fault::kBusy) {
    // Calls that were in flight together are refused together: that is once.
    if (call.started_ms > state.busy_at_ms) {
      state.busy_in_a_row++;
      state.busy_at_ms = now_ms;
    }
    return {.evidence = {.in_a_row = std::max(state.busy_in_a_row, 1)}};
  }
  const int64_t since_ms =
      call.unproven_ms < 0 ? call.started_ms : std::min(call.started_ms, call.unproven_ms);
  // The row's own fault says nothing of the server.
  if (fault == Fault::kUnproven && state.worked_ms > since_ms) {
    return {.evidence = {.worked_since = true}};
  }
  const bool same_row = state.last_row == call.row;
  state.fails_others |= (state.in_a_row > 0 && !same_row) || state.parks > 0;
  // A row that fails alone, again and again, does not make its server suspect.
  if (state.in_a_row == 0 || !same_row || fault != Fault::kUnproven) state.in_a_row++;
  state.last_row = call.row;
  Verdict verdict{.evidence = {.fails_others = state.fails_others, .in_a_row = state.in_a_row}};
  // Calls that were in flight when it was parked belong to that outage.
  const bool begins = state.parks > 0 || state.in_a_row >= FailuresThatPark(failure);
  if (begins && call.started_ms > state.parked_at_ms) {
    state.parks++;
    state.parked_at_ms = now_ms;
    verdict.park_ms = ParkMs(failure, state.parks, random);
    assert(verdict.park_ms > 0);
    state.parked_until_ms = std::max(state.parked_until_ms, now_ms + verdict.park_ms);
  }
  verdict.evidence.is_parked = state.parked_until_ms > now_ms;
  return verdict;
}

int64_t ServerHealth::Busy(const std::string& server, Stage stage, int64_t delay_ms,
                           int64_t now_ms) {
  assert(delay_ms >= 0);
  State& state = At(server, stage);
  if (state.parked_until_ms >= now_ms + delay_ms) return 0;
  state.parked_until_ms = now_ms + delay_ms;
  return delay_ms;
}

ServerHealth::Recovery ServerHealth::Succeeded(const std::string& server, Stage stage,
                                               int64_t started_ms) {
  State& state = At(server, stage);
  state.worked_ms = std::max(state.worked_ms, started_ms);
  // A call that began before the server was parked says nothing of it now.
  if (state.parks > 0 && started_ms <= state.parked_at_ms) return {};
  const bool has_put_off = state.put_off_ms >= 0 && started_ms > state.put_off_ms;
  const Recovery recovery{.was_parked = state.parks > 0, .has_put_off = has_put_off};
  const int64_t put_off_ms = has_put_off ? -1 : state.put_off_ms;
  // How long a busy server wants to be left alone it has said itself.
  const int64_t parked_until_ms = recovery.was_parked ? 0 : state.parked_until_ms;
  state = State{
      .put_off_ms = put_off_ms, .parked_until_ms = parked_until_ms, .worked_ms = state.worked_ms};
  return recovery;
}

int64_t ServerHealth::ParkedUntilMs(const std::string& server, Stage stage, int64_t now_ms) const {
  const State* const state = Find(server, stage);
  return state == nullptr || state->parked_until_ms <= now_ms ? 0 : state->parked_until_ms;
}

bool ServerHealth::IsProbing(const std::string& server, Stage stage) const {
  return parks(server, stage) > 0;
}

int ServerHealth::parks(const std::string& server, Stage stage) const {
  const State* const state = Find(server, stage);
  return state == nullptr ? 0 : state->parks;
}

}  // namespace debrief

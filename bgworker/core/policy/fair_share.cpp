// fair_share.cpp: see fair_share.h.
#include "bgworker/core/policy/fair_share.h"

#include <algorithm>
#include <cassert>

namespace debrief {

void FairShare::ClaimedFull(const std::vector<std::string>& users, size_t retries,
                            int64_t last_due_us, int64_t now_ms) {
  // Now and then all over again: late commits came behind the place, and some had no room here.
  if (!behind_ || now_ms - lap_began_ms_ >= kLapMs) {
    lap_began_ms_ = now_ms;
    place_ = {.due_us = last_due_us};
  }
  behind_ = true;
  // The turns given here are turns too, but what matters is whom due time alone would serve.
  served_ = users;
  std::sort(served_.begin(), served_.end());
  served_.erase(std::unique(served_.begin(), served_.end()), served_.end());
  wants_fresh_ = retries * 2 > users.size();
}

void FairShare::ClaimedAll() {
  behind_ = wants_fresh_ = false;
  served_.clear();
  waiting_.clear();
  waiting_ids_.clear();
}

void FairShare::Saw(int64_t id, const std::string& user) {
  if (waiting_ids_.size() >= kWaitingMax) return;
  std::deque<int64_t>& rows = waiting_[user];
  if (rows.size() >= kWaitingOfUserMax || !waiting_ids_.insert(id).second) return;
  rows.push_back(id);
}

std::vector<int64_t> FairShare::Next(size_t count) {
  std::vector<int64_t> ids;
  while (ids.size() < count && !waiting_.empty()) {
    auto turn = waiting_.upper_bound(last_user_);
    if (turn == waiting_.end()) turn = waiting_.begin();
    last_user_ = turn->first;
    if (!turn->second.empty()) {
      ids.push_back(turn->second.front());
      waiting_ids_.erase(turn->second.front());
      turn->second.pop_front();
    }
    if (turn->second.empty()) waiting_.erase(turn);
  }
  assert(waiting_.empty() == waiting_ids_.empty());
  return ids;
}

}  // namespace debrief

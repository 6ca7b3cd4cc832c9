#include "console/throttle.h"

#include <algorithm>

namespace debrief::console {
namespace {

constexpr int kFreeOfRole = 3;
// Whoever tries one password with many roles.
constexpr int kFreeOfAddress = 10;
constexpr int64_t kLongestMs = 30'000;
constexpr int64_t kForgottenMs = 15 * 60 * 1000;
constexpr size_t kKeysMax = 10'000;

std::string RoleKey(const std::string& address, const std::string& role) {
  return address + '\0' + role;
}

}  // namespace

int64_t Throttle::WaitOf(const std::string& key, int64_t now_ms) const {
  const auto found = tries_.find(key);
  return found == tries_.end() ? 0 : std::max<int64_t>(0, found->second.next_ms - now_ms);
}

void Throttle::Count(const std::string& key, int free, int64_t now_ms) {
  Tries& tries = tries_[key];
  tries.wrong++;
  constexpr int kDoublings = 5;
  const int beyond = tries.wrong - free;
  tries.next_ms =
      beyond < 0 ? now_ms
                 : now_ms + std::min(kLongestMs, int64_t{1000} << std::min(beyond, kDoublings));
}

int64_t Throttle::Try(const std::string& address, const std::string& role, int64_t now_ms) {
  const std::string key = RoleKey(address, role);
  const int64_t wait_ms = std::max(WaitOf(key, now_ms), WaitOf(address, now_ms));
  if (wait_ms > 0) return wait_ms;
  if (tries_.size() >= kKeysMax) Forget(now_ms);
  Count(key, kFreeOfRole, now_ms);
  Count(address, kFreeOfAddress, now_ms);
  return 0;
}

void Throttle::Passed(const std::string& address, const std::string& role) {
  tries_.erase(RoleKey(address, role));
  tries_.erase(address);
}

// What is long ago; and when all of it is new, everything: a table that is full refuses nobody.
void Throttle::Forget(int64_t now_ms) {
  std::erase_if(tries_,
                [&](const auto& entry) { return entry.second.next_ms + kForgottenMs < now_ms; });
  if (tries_.size() >= kKeysMax) tries_.clear();
}

}  // namespace debrief::console

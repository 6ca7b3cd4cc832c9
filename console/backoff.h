// backoff.h: when to try again what failed: after 250, then every 500 ms; somebody waits for it.
#pragma once

#include <algorithm>
#include <cstdint>

namespace debrief::console {

class Backoff {
 public:
  bool IsDue(int64_t now_ms) const { return now_ms >= next_ms_; }
  void Failed(int64_t now_ms) {
    next_ms_ = now_ms + wait_ms_;
    wait_ms_ = std::min(wait_ms_ * 2, kLongestMs);
  }
  void Succeeded() { *this = Backoff(); }
  int64_t next_ms() const { return next_ms_; }

 private:
  static constexpr int64_t kLongestMs = 500;
  int64_t wait_ms_ = 250;
  int64_t next_ms_ = INT64_MIN;
};

}  // namespace debrief::console

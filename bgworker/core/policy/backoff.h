// backoff.h: how long to wait after several failures in a row.
#pragma once

#include <algorithm>
#include <cstdint>

namespace debrief {

// base_ms * 2^exponent, never above the cap and never overflowing.
constexpr int64_t Doubled(int64_t base_ms, int exponent, int64_t cap_ms) {
  constexpr int kDoublingsMax = 63;  // as many take 1 ms past any cap
  int64_t value_ms = std::clamp<int64_t>(base_ms, 0, std::max<int64_t>(cap_ms, 0));
  for (int i = 0; i < std::min(exponent, kDoublingsMax); i++) {
    if (value_ms > cap_ms / 2) return std::max<int64_t>(cap_ms, 0);
    value_ms *= 2;
  }
  return value_ms;
}

}  // namespace debrief

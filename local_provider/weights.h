// weights.h: how sure a finding is and how much it matters, from 0 to 1.
#pragma once

#include <algorithm>

namespace debrief::local_provider {

// 0.5 at the threshold, 1 at `full` beyond it.
inline double Confidence(double distance, double full) {
  return 0.5 + 0.5 * std::clamp(distance / full, 0.0, 1.0);
}

// A defect hurts by its share of the recording and by its plain length, whichever is worse.
inline double ImpactOf(double seconds, double serious_seconds, double duration_seconds) {
  const double share = duration_seconds > 0 ? seconds / duration_seconds : 0;
  return std::clamp(std::max(share, seconds / serious_seconds), 0.05, 1.0);
}

}  // namespace debrief::local_provider

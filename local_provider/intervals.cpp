#include "local_provider/intervals.h"

#include <algorithm>

namespace debrief::local_provider {

double TotalSeconds(const std::vector<Interval>& intervals) {
  double total = 0;
  for (const Interval& interval : intervals) total += interval.Seconds();
  return total;
}

std::vector<Interval> Join(std::vector<Interval> intervals, double gap_seconds) {
  std::vector<Interval> joined;
  for (const Interval& interval : intervals) {
    if (!joined.empty() && interval.start_seconds <= joined.back().end_seconds + gap_seconds) {
      joined.back().end_seconds = std::max(joined.back().end_seconds, interval.end_seconds);
    } else {
      joined.push_back(interval);
    }
  }
  return joined;
}

std::vector<Interval> Subtract(const std::vector<Interval>& from,
                               const std::vector<Interval>& covered) {
  std::vector<Interval> left;
  for (Interval rest : from) {
    for (const Interval& cover : covered) {
      if (cover.end_seconds <= rest.start_seconds) continue;
      if (cover.start_seconds >= rest.end_seconds) break;
      if (cover.start_seconds > rest.start_seconds) {
        left.push_back({rest.start_seconds, cover.start_seconds});
      }
      rest.start_seconds = std::min(cover.end_seconds, rest.end_seconds);
    }
    if (rest.Seconds() > 0) left.push_back(rest);
  }
  return left;
}

std::vector<Interval> AtLeast(std::vector<Interval> intervals, double seconds_min) {
  std::erase_if(intervals, [&](const Interval& one) { return one.Seconds() < seconds_min; });
  return intervals;
}

std::vector<Interval> Where(const std::vector<Sample>& samples, double low, double high,
                            double end_seconds) {
  std::vector<Interval> found;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (samples[i].value < low || samples[i].value > high) continue;
    const double start = samples[i].time_seconds;
    const double next = i + 1 < samples.size() ? samples[i + 1].time_seconds : end_seconds;
    const double end = std::min(next, start + kHoldSecondsMax);
    if (end <= start) continue;
    if (!found.empty() && found.back().end_seconds >= start) {
      found.back().end_seconds = end;
    } else {
      found.push_back({start, end});
    }
  }
  return found;
}

double MeanWithin(const std::vector<Sample>& samples, const Interval& interval, double fallback) {
  double sum = 0;
  int count = 0;
  for (const Sample& sample : samples) {
    if (sample.time_seconds < interval.start_seconds) continue;
    if (sample.time_seconds >= interval.end_seconds) break;
    sum += sample.value;
    ++count;
  }
  return count > 0 ? sum / count : fallback;
}

}  // namespace debrief::local_provider

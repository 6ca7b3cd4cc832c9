// intervals.h: stretches of time and the arithmetic on lists of them.
//
// Every list taken and returned is sorted by start. Pure functions.
#pragma once

#include <vector>

namespace debrief::local_provider {

struct Interval {
  double start_seconds = 0;
  double end_seconds = 0;

  double Seconds() const { return end_seconds - start_seconds; }
};

struct Sample {
  double time_seconds = 0;
  double value = 0;
};

double TotalSeconds(const std::vector<Interval>& intervals);

// Joins intervals that overlap or lie at most `gap_seconds` apart.
std::vector<Interval> Join(std::vector<Interval> intervals, double gap_seconds);

// What is left of `from` outside every interval of `covered`.
std::vector<Interval> Subtract(const std::vector<Interval>& from,
                               const std::vector<Interval>& covered);

std::vector<Interval> AtLeast(std::vector<Interval> intervals, double seconds_min);

// How long a sample stands for what follows it, where samples are missing.
inline constexpr double kHoldSecondsMax = 0.2;

// The stretches in which samples lie within [low, high]. A sample holds until the next one,
// the last one until `end_seconds`, none longer than kHoldSecondsMax.
std::vector<Interval> Where(const std::vector<Sample>& samples, double low, double high,
                            double end_seconds);

// The mean of the samples inside the interval; `fallback` when there is none.
double MeanWithin(const std::vector<Sample>& samples, const Interval& interval, double fallback);

}  // namespace debrief::local_provider

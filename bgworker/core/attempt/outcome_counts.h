// outcome_counts.h: how attempts ended, summed for debrief.pipeline_minutes: one entry per stage,
// server, outcome and code, as parallel arrays.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bgworker/core/attempt/attempt.h"

namespace debrief {

// Upper bounds of the buckets, in microseconds; what is longer falls into one more bucket. They are
// those of debrief._bounds().
inline constexpr std::array<int64_t, 11> kCallBoundsUs = {
    1'000,     5'000,     10'000,     50'000,     100'000,    500'000,
    1'000'000, 5'000'000, 10'000'000, 30'000'000, 120'000'000};
inline constexpr std::array<int64_t, 9> kDurationBoundsUs = {1'000'000,  2'000'000,   5'000'000,
                                                             10'000'000, 20'000'000,  30'000'000,
                                                             60'000'000, 120'000'000, 300'000'000};

// One histogram per entry, one after the other.
template <const auto& kBounds>
struct Histograms {
  static constexpr size_t kBuckets = kBounds.size() + 1;
  std::vector<int64_t> buckets, total_ms;

  void Extend() {
    buckets.resize(buckets.size() + kBuckets);
    total_ms.push_back(0);
  }
  void Add(size_t entry, int64_t us, int64_t times) {
    size_t bucket = 0;
    while (bucket < kBounds.size() && us > kBounds[bucket]) bucket++;
    buckets[entry * kBuckets + bucket] += times;
    total_ms[entry] += times * (us / 1000);
  }
};

class OutcomeCounts {
 public:
  // `now_us`: monotonic, when the results are stored.
  explicit OutcomeCounts(int64_t now_us) : now_us_(now_us) {}

  void Add(const Attempt& attempt);
  // An attempt that was added is not stored after all. Allocates nothing.
  void Remove(const Attempt& attempt);

  std::vector<std::string> stages, servers, outcomes, codes;
  std::vector<int64_t> counts, attempts;
  Histograms<kCallBoundsUs> wait, call;
  // From the request until it was done or failed: of analyses, and of feedback that was spoken or
  // failed. Empty for what goes on.
  Histograms<kDurationBoundsUs> duration;
  std::vector<int64_t> input_tokens, output_tokens, characters, audio_ms;

 private:
  size_t Find(const Attempt& attempt) const;
  void AddEntry(const Attempt& attempt);
  void Apply(size_t entry, const Attempt& attempt, int64_t times);

  int64_t now_us_;
};

}  // namespace debrief

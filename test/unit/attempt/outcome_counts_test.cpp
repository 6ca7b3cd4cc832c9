#include "bgworker/core/attempt/outcome_counts.h"

#include <gtest/gtest.h>

#include <numeric>

namespace debrief {
namespace {

constexpr int64_t kNowUs = 100'000'000;

std::shared_ptr<const StageConfig> Config() {
  auto config = std::make_shared<StageConfig>();
  config->server.name = "tts";
  config->store.name = "files";
  return config;
}

// Asked for 10 seconds before its claim, which was a second ago.
Attempt Answered(Stage stage) {
  Attempt attempt;
  attempt.job.stage = stage;
  attempt.job.attempt = 2;
  attempt.job.waited_us = 40'000;
  attempt.job.asked_us = 10'000'000;
  attempt.config = Config();
  attempt.started_us = kNowUs - 1'000'000;
  attempt.finished_us = attempt.started_us + 300'000;
  attempt.usage = {.input_tokens = 3, .output_tokens = 4, .characters = 50};
  attempt.audio_ms = 2'000;
  return attempt;
}

Attempt Failed(Stage stage, const char* code, Disposition disposition) {
  Attempt attempt = Answered(stage);
  attempt.result = Failure{.code = code};
  attempt.decision = Decision{};
  attempt.decision->disposition = disposition;
  return attempt;
}

int64_t Sum(const std::vector<int64_t>& values) {
  return std::accumulate(values.begin(), values.end(), int64_t{0});
}

TEST(OutcomeCounts, SumsWhatEndedAlike) {
  OutcomeCounts counts(kNowUs);
  counts.Add(Answered(Stage::kAudio));
  counts.Add(Answered(Stage::kAudio));
  ASSERT_EQ(counts.counts, (std::vector<int64_t>{2}));
  EXPECT_EQ(counts.stages[0], "audio");
  EXPECT_EQ(counts.servers[0], "tts");
  EXPECT_EQ(counts.outcomes[0], "completed");
  EXPECT_EQ(counts.codes[0], "");
  EXPECT_EQ(counts.attempts[0], 4);
  EXPECT_EQ(counts.wait.total_ms[0], 80);
  EXPECT_EQ(counts.wait.buckets[3], 2) << "up to 50 ms";
  EXPECT_EQ(counts.call.total_ms[0], 600);
  EXPECT_EQ(counts.call.buckets[5], 2) << "up to 500 ms";
  EXPECT_EQ(counts.duration.total_ms[0], 22'000);
  EXPECT_EQ(counts.duration.buckets[4], 2) << "11 s are up to 20 s";
  EXPECT_EQ(counts.input_tokens[0] + counts.output_tokens[0] + counts.characters[0], 2 * 57);
  EXPECT_EQ(counts.audio_ms[0], 4'000);
}

TEST(OutcomeCounts, KeepsStagesOutcomesAndCodesApart) {
  OutcomeCounts counts(kNowUs);
  counts.Add(Answered(Stage::kAudio));
  counts.Add(Answered(Stage::kSsml));
  counts.Add(Failed(Stage::kAudio, "timeout", Disposition::kRetried));
  counts.Add(Failed(Stage::kAudio, "timeout", Disposition::kDeferred));
  counts.Add(Failed(Stage::kAudio, "timeout", Disposition::kFailed));
  counts.Add(Failed(Stage::kAudio, "rejected", Disposition::kFailed));
  EXPECT_EQ(counts.outcomes,
            (std::vector<std::string>{"completed", "completed", "retried", "failed", "failed"}));
  EXPECT_EQ(counts.codes, (std::vector<std::string>{"", "", "timeout", "timeout", "rejected"}));
  EXPECT_EQ(counts.counts, (std::vector<int64_t>{1, 1, 2, 1, 1}));
}

TEST(OutcomeCounts, MeasuresFromTheRequestWhatIsDoneAndNotWhatGoesOn) {
  for (const auto& [attempt, durations] :
       {std::pair{Answered(Stage::kAnalysis), 1}, std::pair{Answered(Stage::kSsml), 0},
        std::pair{Answered(Stage::kAudio), 1},
        std::pair{Failed(Stage::kSsml, "bad_answer", Disposition::kFailed), 1},
        std::pair{Failed(Stage::kAudio, "timeout", Disposition::kReleased), 0}}) {
    OutcomeCounts counts(kNowUs);
    counts.Add(attempt);
    EXPECT_EQ(Sum(counts.duration.buckets), durations) << counts.stages[0] << counts.outcomes[0];
    EXPECT_EQ(Sum(counts.call.buckets), 1);
  }
}

TEST(OutcomeCounts, LaysAFailureAtTheStoreWhoseItIs) {
  OutcomeCounts counts(kNowUs);
  Attempt attempt = Failed(Stage::kAudio, "store_full", Disposition::kFailed);
  attempt.store_failed = true;
  counts.Add(attempt);
  EXPECT_EQ(counts.servers[0], "files");
}

TEST(OutcomeCounts, ForgetsWhatWasNotStored) {
  OutcomeCounts counts(kNowUs);
  const Attempt kept = Answered(Stage::kAudio), stale = Answered(Stage::kAudio);
  counts.Add(kept);
  counts.Add(stale);
  counts.Remove(stale);
  OutcomeCounts wanted(kNowUs);
  wanted.Add(kept);
  EXPECT_EQ(counts.counts, wanted.counts);
  EXPECT_EQ(counts.duration.buckets, wanted.duration.buckets);
  EXPECT_EQ(counts.call.total_ms, wanted.call.total_ms);
  EXPECT_EQ(counts.characters, wanted.characters);
}

TEST(OutcomeCounts, PutsABoundIntoTheBucketThatItEnds) {
  Histograms<kDurationBoundsUs> histogram;
  histogram.Extend();
  histogram.Extend();
  histogram.Add(1, 0, 1);
  histogram.Add(1, 30'000'000, 1);
  histogram.Add(1, 30'000'001, 1);
  histogram.Add(1, 300'000'001, 1);
  EXPECT_EQ(histogram.buckets, (std::vector<int64_t>{0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  //
                                                     1, 0, 0, 0, 0, 1, 1, 0, 0, 1}));
}

}  // namespace
}  // namespace debrief

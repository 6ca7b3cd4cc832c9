// Each kind of finding at, above and below its threshold, and what one cause must not say twice.
#include "local_provider/findings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace debrief::local_provider {
namespace {

// A minute in which nothing is wrong.
Measurements Clean(double seconds = 60) {
  Measurements measured;
  measured.duration_seconds = seconds;
  measured.has_audio = true;
  measured.integrated_lufs = -20;
  measured.loudness_range_lu = 6;
  for (int i = 0; i < seconds * 10; ++i) {
    measured.brightness_percent.push_back({i / 10.0, 50});
    measured.blur.push_back({i / 10.0, 5});
    measured.peak_dbfs.push_back({i / 10.0, -12});
  }
  return measured;
}

void SetWithin(std::vector<Sample>& samples, double start, double end, double value) {
  for (Sample& sample : samples) {
    if (sample.time_seconds >= start && sample.time_seconds < end) sample.value = value;
  }
}

TEST(Findings, CleanRecordingHasNone) { EXPECT_TRUE(FindFeedback(Clean()).empty()); }

TEST(Findings, BlackStretchIsSaidOnceThoughItIsAlsoFrozenDarkAndCut) {
  Measurements measured = Clean();
  measured.black = {{3, 6}};
  measured.frozen = {{3, 6}};
  measured.cuts_seconds = {3, 6};
  measured.cut_scores = {42, 42};
  SetWithin(measured.brightness_percent, 3, 6, 0);
  SetWithin(measured.blur, 3, 6, 30);
  const auto items = FindFeedback(measured);
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0].category, "Picture");
  EXPECT_DOUBLE_EQ(items[0].timestamp_seconds, 3);
  EXPECT_NE(items[0].message.find("black for 3.0 seconds, from 0:03 to 0:06"), std::string::npos);
}

TEST(Findings, FrozenStretchOutlivingTheBlackOneIsSaidFromThere) {
  Measurements measured = Clean();
  measured.black = {{3, 6}};
  measured.frozen = {{3, 12}};
  const auto items = FindFeedback(measured);
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[1].label, "a frozen picture");
  EXPECT_NEAR(items[1].timestamp_seconds, 6, 0.31);
}

TEST(Findings, ShortFrozenStretchIsNoFinding) {
  Measurements measured = Clean();
  measured.frozen = {{3, 4.9}};
  EXPECT_TRUE(FindFeedback(measured).empty());
}

TEST(Findings, PauseSaysItsLengthAndMoment) {
  Measurements measured = Clean();
  measured.silent = {{3.008, 5.013}, {20, 21.5}};
  const auto items = FindFeedback(measured);
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0].category, "Speech");
  EXPECT_DOUBLE_EQ(items[0].timestamp_seconds, 3.008);
  EXPECT_EQ(items[0].message.find("You are silent for 2.0 seconds, from 0:03 to 0:05."), 0u);
}

TEST(Findings, DarkAndOverexposedStretchesAreLight) {
  Measurements measured = Clean();
  SetWithin(measured.brightness_percent, 10, 14, 8);
  SetWithin(measured.brightness_percent, 30, 33, 95);
  const auto items = FindFeedback(measured);
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[0].label, "a dark picture");
  EXPECT_NEAR(items[0].timestamp_seconds, 10, 0.01);
  EXPECT_NE(items[0].message.find("8.0 percent"), std::string::npos);
  EXPECT_EQ(items[1].label, "an overexposed picture");
  EXPECT_NEAR(items[1].timestamp_seconds, 30, 0.01);
}

TEST(Findings, BlurredStretchSaysHowWideTheEdgesAre) {
  Measurements measured = Clean();
  SetWithin(measured.blur, 10, 14, 13);
  const auto items = FindFeedback(measured);
  ASSERT_EQ(items.size(), 1u);
  EXPECT_NE(items[0].message.find("13.0 pixels"), std::string::npos);
}

TEST(Findings, QuietAndLoudSoundNameTheirLoudness) {
  Measurements measured = Clean();
  measured.integrated_lufs = -31.2;
  auto items = FindFeedback(measured);
  ASSERT_EQ(items.size(), 1u);
  EXPECT_NE(items[0].message.find("minus 31.2 LUFS"), std::string::npos);
  measured.integrated_lufs = -6;
  measured.short_term_lufs = {{4, -8}, {9, -5}, {12, -7}};
  items = FindFeedback(measured);
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0].label, "loud sound");
  EXPECT_DOUBLE_EQ(items[0].timestamp_seconds, 9);
}

TEST(Findings, ConfidenceGrowsWithTheDistanceToTheThreshold) {
  Measurements measured = Clean();
  measured.integrated_lufs = -26.5;
  const double near = FindFeedback(measured).at(0).confidence;
  measured.integrated_lufs = -31;
  const double far = FindFeedback(measured).at(0).confidence;
  EXPECT_GT(far, near);
  EXPECT_GE(near, 0.5);
  EXPECT_LE(far, 1.0);
}

TEST(Findings, EvenLoudnessNeedsEnoughSoundToBeJudged) {
  Measurements measured = Clean(60);
  measured.loudness_range_lu = 1.5;
  EXPECT_EQ(FindFeedback(measured).at(0).label, "an even loudness");
  Measurements brief = Clean(10);
  brief.loudness_range_lu = 1.5;
  EXPECT_TRUE(FindFeedback(brief).empty());
}

TEST(Findings, ClippingIsOnePassageWithTheClippedTime) {
  Measurements measured = Clean();
  SetWithin(measured.peak_dbfs, 10, 10.5, 0);
  SetWithin(measured.peak_dbfs, 11, 11.5, 0);
  const auto items = FindFeedback(measured);
  ASSERT_EQ(items.size(), 1u);
  EXPECT_NEAR(items[0].timestamp_seconds, 10, 0.01);
  EXPECT_NE(items[0].message.find("during 1.0 seconds"), std::string::npos) << items[0].message;
}

TEST(Findings, OneFullScalePeakIsNoClipping) {
  Measurements measured = Clean();
  SetWithin(measured.peak_dbfs, 10, 10.1, 0);
  EXPECT_TRUE(FindFeedback(measured).empty());
}

// Digital silence has no finite peak, so no sample: the one before must not stand for it.
TEST(Findings, FullScaleBeforeSilenceDoesNotLastThroughIt) {
  Measurements measured = Clean();
  SetWithin(measured.peak_dbfs, 10, 10.1, 0);
  std::erase_if(measured.peak_dbfs, [](const Sample& one) {
    return one.time_seconds > 10.05 && one.time_seconds < 15;
  });
  EXPECT_TRUE(FindFeedback(measured).empty());
}

TEST(Findings, MissingAndSilentSoundAreOneItem) {
  Measurements measured = Clean();
  measured.has_audio = false;
  measured.peak_dbfs.clear();
  measured.integrated_lufs.reset();
  ASSERT_EQ(FindFeedback(measured).size(), 1u);
  EXPECT_NE(FindFeedback(measured)[0].message.find("no sound track"), std::string::npos);
  measured.has_audio = true;
  measured.silent = {{0, 60}};
  ASSERT_EQ(FindFeedback(measured).size(), 1u);
  EXPECT_NE(FindFeedback(measured)[0].message.find("No sound can be heard"), std::string::npos);
}

TEST(Findings, FewCutsAreSaidOneByOneAndManyTogether) {
  Measurements measured = Clean();
  measured.cuts_seconds = {10, 20};
  measured.cut_scores = {15, 40};
  EXPECT_EQ(FindFeedback(measured).size(), 2u);
  for (int i = 0; i < 20; ++i) {
    measured.cuts_seconds.push_back(30 + i);
    measured.cut_scores.push_back(30);
  }
  const auto items = FindFeedback(measured);
  ASSERT_EQ(items.size(), 1u);
  EXPECT_NE(items[0].message.find("jumps 22 times, first at 0:10 and last at 0:49"),
            std::string::npos);
}

TEST(Findings, KeepsTheFiftyWithTheMostImpactInTheOrderOfTime) {
  Measurements measured = Clean(3600);
  for (int i = 0; i < 80; ++i) {
    const double start = i * 40.0;
    measured.silent.push_back({start, start + (i % 2 == 0 ? 3 : 9)});
  }
  const auto items = FindFeedback(measured);
  ASSERT_EQ(items.size(), kFeedbackItemsMax);
  EXPECT_TRUE(std::is_sorted(items.begin(), items.end(), [](const auto& left, const auto& right) {
    return left.timestamp_seconds < right.timestamp_seconds;
  }));
  const auto long_pauses = std::count_if(items.begin(), items.end(), [](const auto& item) {
    return item.message.find("9.0 seconds") != std::string::npos;
  });
  EXPECT_EQ(long_pauses, 40);
}

TEST(Findings, EveryItemFollowsTheProtocol) {
  Measurements measured = Clean();
  measured.black = {{3, 6}};
  measured.frozen = {{20, 40}};
  measured.silent = {{1, 5}};
  measured.integrated_lufs = -90;
  SetWithin(measured.blur, 45, 60, 1000);
  for (const FeedbackItem& item : FindFeedback(measured)) {
    EXPECT_GE(item.timestamp_seconds, 0);
    EXPECT_GE(item.confidence, 0);
    EXPECT_LE(item.confidence, 1);
    EXPECT_GE(item.impact, 0);
    EXPECT_LE(item.impact, 1);
    EXPECT_FALSE(item.message.empty());
    EXPECT_LE(item.message.size(), 4000u);
    EXPECT_LE(item.category.size(), 64u);
  }
}

}  // namespace
}  // namespace debrief::local_provider

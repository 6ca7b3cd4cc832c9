// Recorded output of the metadata filters of ffmpeg 5.1.9, shortened, with what each line means.
#include "local_provider/measurements.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace debrief::local_provider {
namespace {

constexpr char kMotion[] = R"(frame:0    pts:0       pts_time:0
lavfi.scd.mafd=0.000
lavfi.scd.score=0.000
frame:75   pts:38400   pts_time:3
lavfi.scd.mafd=42.148
lavfi.scd.score=41.990
lavfi.scd.time=3
lavfi.black_start=3
frame:88   pts:45056   pts_time:3.52
lavfi.scd.score=0.000
lavfi.freezedetect.freeze_start=3
frame:125  pts:64000   pts_time:5
lavfi.scd.mafd=42.753
lavfi.scd.score=42.753
lavfi.scd.time=5
lavfi.black_end=5
lavfi.freezedetect.freeze_duration=2
lavfi.freezedetect.freeze_end=5
frame:198  pts:101376  pts_time:7.92
lavfi.scd.score=0.001
frame:199  pts:101888  pts_time:7.96
lavfi.scd.score=0.001
)";

constexpr char kLight[] = R"(frame:0    pts:0       pts_time:0
lavfi.blur=5.342145
lavfi.signalstats.YAVG=125.5
frame:30   pts:30      pts_time:3
lavfi.blur=-nan
lavfi.signalstats.YAVG=16
)";

constexpr char kSound[] = R"(frame:0    pts:0       pts_time:0
lavfi.r128.M=-120.691
lavfi.r128.S=-120.691
lavfi.r128.I=-70.000
lavfi.r128.LRA=0.000
lavfi.astats.Overall.Peak_level=-16.083211
frame:35   pts:168000  pts_time:3.5
lavfi.r128.M=nan
lavfi.r128.S=-23.5
lavfi.r128.I=-21.9
lavfi.silence_start=3.008
lavfi.astats.Overall.Peak_level=-inf
frame:49   pts:235200  pts_time:4.9
lavfi.r128.S=-25
frame:50   pts:240000  pts_time:5
lavfi.r128.S=-25.069
lavfi.r128.I=-21.995
lavfi.r128.LRA=4.630
lavfi.silence_end=5.01327
lavfi.silence_duration=2.00527
lavfi.astats.Overall.Peak_level=-18.049377
)";

bool ReadSound(MeasurementsReader& reader, const std::string& text) {
  std::istringstream stream(text);
  return reader.ReadSound(stream);
}

bool ReadMotion(MeasurementsReader& reader, const std::string& text) {
  std::istringstream stream(text);
  return reader.ReadMotion(stream);
}

TEST(Measurements, ReadsCutsBlackAndFrozenStretches) {
  MeasurementsReader reader;
  ASSERT_TRUE(ReadMotion(reader, kMotion));
  const Measurements measured = reader.Finish(true);
  EXPECT_EQ(measured.cuts_seconds, (std::vector<double>{3, 5}));
  EXPECT_EQ(measured.cut_scores, (std::vector<double>{41.990, 42.753}));
  ASSERT_EQ(measured.black.size(), 1u);
  EXPECT_DOUBLE_EQ(measured.black[0].start_seconds, 3);
  EXPECT_DOUBLE_EQ(measured.black[0].end_seconds, 5);
  ASSERT_EQ(measured.frozen.size(), 1u);
  EXPECT_DOUBLE_EQ(measured.frozen[0].Seconds(), 2);
}

TEST(Measurements, LastFrameCountsWithItsLength) {
  MeasurementsReader reader;
  ASSERT_TRUE(ReadMotion(reader, kMotion));
  EXPECT_NEAR(reader.DecodedSeconds(), 8.0, 1e-9);
}

TEST(Measurements, GapInThePictureDoesNotLengthenTheRecording) {
  MeasurementsReader reader;
  ASSERT_TRUE(ReadMotion(reader,
                         "frame:0 pts:0 pts_time:0\nframe:1 pts:1 pts_time:7.92\n"
                         "frame:2 pts:2 pts_time:7.96\n"));
  EXPECT_NEAR(reader.DecodedSeconds(), 8.0, 1e-9);
}

TEST(Measurements, LeavesOutBlurThatIsNotANumber) {
  MeasurementsReader reader;
  std::istringstream stream(kLight);
  ASSERT_TRUE(reader.ReadLight(stream));
  const Measurements measured = reader.Finish(false);
  ASSERT_EQ(measured.blur.size(), 1u);
  EXPECT_DOUBLE_EQ(measured.blur[0].value, 5.342145);
  ASSERT_EQ(measured.brightness_percent.size(), 2u);
  EXPECT_DOUBLE_EQ(measured.brightness_percent[0].value, 50);
  EXPECT_DOUBLE_EQ(measured.brightness_percent[1].value, 0);
}

TEST(Measurements, ReadsLoudnessPeakAndSilence) {
  MeasurementsReader reader;
  ASSERT_TRUE(ReadSound(reader, kSound));
  const Measurements measured = reader.Finish(true);
  EXPECT_DOUBLE_EQ(measured.integrated_lufs.value(), -21.995);
  EXPECT_DOUBLE_EQ(measured.loudness_range_lu.value(), 4.63);
  EXPECT_EQ(measured.peak_dbfs.size(), 2u);
  EXPECT_EQ(measured.short_term_lufs.size(), 3u);
  ASSERT_EQ(measured.silent.size(), 1u);
  EXPECT_DOUBLE_EQ(measured.silent[0].start_seconds, 3.008);
  EXPECT_DOUBLE_EQ(measured.silent[0].end_seconds, 5.01327);
}

TEST(Measurements, StretchThatLastsToTheEndEndsThere) {
  MeasurementsReader reader;
  ASSERT_TRUE(ReadMotion(reader,
                         "frame:0 pts:0 pts_time:4\nlavfi.black_start=4\n"
                         "frame:1 pts:1 pts_time:4.5\n"));
  ASSERT_TRUE(ReadSound(
      reader,
      "frame:0 pts:0 pts_time:4.7\nlavfi.silence_start=4.25\nframe:1 pts:1 pts_time:4.8\n"));
  const Measurements measured = reader.Finish(true);
  ASSERT_EQ(measured.black.size(), 1u);
  EXPECT_DOUBLE_EQ(measured.black[0].end_seconds, 5);
  ASSERT_EQ(measured.silent.size(), 1u);
  EXPECT_DOUBLE_EQ(measured.silent[0].end_seconds, measured.duration_seconds);
}

TEST(Measurements, SoundThatStopsBeforeThePictureIsSilenceFromThere) {
  MeasurementsReader reader;
  ASSERT_TRUE(ReadMotion(reader, "frame:0 pts:0 pts_time:9\nframe:1 pts:1 pts_time:9.5\n"));
  ASSERT_TRUE(ReadSound(reader, "frame:59 pts:0 pts_time:5.9\nlavfi.r128.I=-20\n"));
  const Measurements measured = reader.Finish(true);
  ASSERT_EQ(measured.silent.size(), 1u);
  EXPECT_DOUBLE_EQ(measured.silent[0].start_seconds, 6);
  EXPECT_DOUBLE_EQ(measured.silent[0].end_seconds, 10);
}

TEST(Measurements, SoundThatStartsLateOrHasAHoleIsSilenceThere) {
  MeasurementsReader reader;
  ASSERT_TRUE(ReadMotion(reader, "frame:248 pts:0 pts_time:9.92\nframe:249 pts:1 pts_time:9.96\n"));
  ASSERT_TRUE(ReadSound(reader,
                        "frame:0 pts:0 pts_time:4\nframe:1 pts:0 pts_time:4.1\n"
                        "frame:2 pts:0 pts_time:7.3\nlavfi.silence_start=7\n"
                        "frame:12 pts:0 pts_time:8.3\nlavfi.silence_end=8.2\n"
                        "frame:27 pts:0 pts_time:9.8\nframe:28 pts:0 pts_time:9.9\n"));
  const Measurements measured = reader.Finish(true);
  ASSERT_EQ(measured.silent.size(), 2u);
  EXPECT_DOUBLE_EQ(measured.silent[0].start_seconds, 0);
  EXPECT_DOUBLE_EQ(measured.silent[0].end_seconds, 4);
  EXPECT_NEAR(measured.silent[1].start_seconds, 4.2, 1e-9);
  EXPECT_DOUBLE_EQ(measured.silent[1].end_seconds, 8.2);
}

TEST(Measurements, PictureThatStartsLateOrStopsEarlyIsNoPictureThere) {
  MeasurementsReader reader;
  ASSERT_TRUE(ReadMotion(reader,
                         "frame:0 pts:0 pts_time:2\nframe:1 pts:1 pts_time:5.5\n"
                         "frame:2 pts:2 pts_time:6\n"));
  ASSERT_TRUE(ReadSound(reader, "frame:98 pts:0 pts_time:9.8\nframe:99 pts:0 pts_time:9.9\n"));
  const Measurements measured = reader.Finish(true);
  ASSERT_EQ(measured.no_picture.size(), 2u);
  EXPECT_DOUBLE_EQ(measured.no_picture[0].end_seconds, 2);
  EXPECT_DOUBLE_EQ(measured.no_picture[1].start_seconds, 6.5);
  EXPECT_NEAR(measured.no_picture[1].end_seconds, 10, 1e-9);
  // A hole between two frames shows the first of them.
  ASSERT_EQ(measured.frozen.size(), 1u);
  EXPECT_DOUBLE_EQ(measured.frozen[0].start_seconds, 2);
  EXPECT_DOUBLE_EQ(measured.frozen[0].end_seconds, 5.5);
}

TEST(Measurements, LastPictureStandsAsLongAsTheFileSays) {
  MeasurementsReader reader;
  ASSERT_TRUE(ReadMotion(reader, "frame:0 pts:0 pts_time:0\nframe:1 pts:1 pts_time:0.5\n"));
  ASSERT_TRUE(ReadSound(reader, "frame:98 pts:0 pts_time:9.8\nframe:99 pts:0 pts_time:9.9\n"));
  EXPECT_TRUE(reader.Finish(true, 9.9).no_picture.empty());
}

TEST(Measurements, LoudnessBelowTheAbsoluteGateIsNoLoudness) {
  MeasurementsReader reader;
  ASSERT_TRUE(ReadSound(reader, "frame:0 pts:0 pts_time:0\nlavfi.r128.I=-70.000\n"));
  EXPECT_FALSE(reader.Finish(true).integrated_lufs);
}

TEST(Measurements, SurvivesTextThatIsNoMetadata) {
  MeasurementsReader reader;
  EXPECT_TRUE(
      ReadMotion(reader, "frame:\n=\npts_time:1\nframe:0 pts_time:inf\nlavfi.black_end=2\n" +
                             std::string(100000, 'x')));
  EXPECT_TRUE(reader.Finish(false).black.empty());
}

}  // namespace
}  // namespace debrief::local_provider

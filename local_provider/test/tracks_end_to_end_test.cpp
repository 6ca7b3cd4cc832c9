// Tracks as recordings really have them: changed on the way, late, short, broken, too many.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "local_provider/test/analysis_answer.h"
#include "local_provider/test/recordings.h"
#include "local_provider/test/running_server.h"

namespace debrief::local_provider {
namespace {

constexpr char kMoving[] = "testsrc=size=160x90:rate=10:duration=6";
constexpr char kTone[] = "sine=frequency=440:sample_rate=48000:duration=6";

// Matroska with sound as it is; a track may start late.
std::string Matroska(const std::string& picture, const std::string& sound, int picture_late = 0,
                     int sound_late = 0) {
  return Encoded({"-itsoffset", std::to_string(picture_late),
                  "-f",         "lavfi",
                  "-i",         picture,
                  "-itsoffset", std::to_string(sound_late),
                  "-f",         "lavfi",
                  "-i",         sound,
                  "-c:v",       "libx264",
                  "-preset",    "ultrafast",
                  "-pix_fmt",   "yuv420p",
                  "-vsync",     "vfr",
                  "-c:a",       "pcm_s16le",
                  "made.mkv"});
}

class TracksEndToEnd : public testing::Test {
 protected:
  static Answer Analysed(const std::string& video, const RunningServer& server) {
    EXPECT_TRUE(server.IsReady());
    EXPECT_FALSE(video.empty());
    return ReadAnswer(server.Analyse(video));
  }
  Answer Analysed(const std::string& video) const { return Analysed(video, server_); }

 private:
  const RunningServer server_;
};

// Four seconds of black and silence; what follows has another form.
std::string ChangedAfterFourSeconds(const Piece& second) {
  return Joined({{.picture = "color=black:size=160x90:rate=10:duration=4",
                  .sound = "anullsrc=sample_rate=48000:channel_layout=mono,atrim=duration=4"},
                 second});
}

TEST_F(TracksEndToEnd, AChangeOnTheWayLosesNothingFromBeforeIt) {
  const std::string moving = "testsrc=rate=10:duration=4:size=";
  const std::string tone = "sine=frequency=440:duration=4:sample_rate=";
  const struct {
    const char* name;
    Piece second;
  } changes[] = {
      {"none", {4, moving + "160x90", "yuv420p", tone + "48000", "1"}},
      {"size", {4, moving + "320x180", "yuv420p", tone + "48000", "1"}},
      {"shape", {4, moving + "90x160", "yuv420p", tone + "48000", "1"}},
      {"pixels", {4, moving + "160x90", "yuv444p", tone + "48000", "1"}},
      {"channels", {4, moving + "160x90", "yuv420p", tone + "48000", "2"}},
      {"rate", {4, moving + "160x90", "yuv420p", tone + "16000", "1"}},
      {"everything", {4, moving + "640x360", "yuv422p", tone + "32000", "6"}},
  };
  for (const auto& change : changes) {
    const Answer answer = Analysed(ChangedAfterFourSeconds(change.second));
    SCOPED_TRACE(change.name + ("\n" + answer.Described()));
    EXPECT_EQ(answer.CountNear(0, "The picture is black for 4."), 1u);
    EXPECT_EQ(answer.CountNear(0, "You are silent for 4."), 1u);
  }
}

// Its twenty seconds fit in some kilobytes, and need 1.5 GB when one track waits for the other.
TEST_F(TracksEndToEnd, MemoryIsBoundedWhenOneTrackWaitsForTheOther) {
  const std::string late =
      Matroska("color=gray:size=1920x1080:rate=25:duration=20", "sine=duration=1", 0, 19);
  const RunningServer server({"--memory-bytes-max", std::to_string(640 << 20)});
  const Answer answer = Analysed(late, server);
  EXPECT_EQ(answer.CountNear(0, "You are silent for 19."), 1u) << answer.Described();
}

TEST_F(TracksEndToEnd, LateShortAndBrokenTracksAreFindings) {
  const struct {
    const char* name;
    std::string video;
    double seconds;
    const char* words;
  } recordings[] = {
      {"late sound", Matroska(kMoving, "sine=frequency=440:sample_rate=48000:duration=3", 0, 3), 0,
       "You are silent for 3."},
      {"hole in the sound", Matroska(kMoving, std::string(kTone) + ",aselect='lt(t,1)+gt(t,4.5)'"),
       1, "You are silent for 3."},
      {"short sound", Matroska(kMoving, std::string(kTone) + ",atrim=end=2"), 2,
       "You are silent for 4."},
      {"empty sound", Matroska(kMoving, std::string(kTone) + ",aselect=0"), 0,
       "No sound can be heard"},
      {"late picture", Matroska("testsrc=size=160x90:rate=10:duration=4", kTone, 2), 0,
       "The recording has no picture for 2.0 seconds, from 0:00 to 0:02"},
      {"short picture", Matroska(std::string(kMoving) + ",trim=end=4", kTone), 4,
       "The recording has no picture for 2.0 seconds, from 0:04 to 0:06"},
      {"hole in the picture", Matroska(std::string(kMoving) + ",select='lt(t,1)+gt(t,4)'", kTone),
       1, "The picture stands still for 3."},
  };
  for (const auto& recording : recordings) {
    const Answer answer = Analysed(recording.video);
    EXPECT_EQ(answer.CountNear(recording.seconds, recording.words), 1u) << recording.name << "\n"
                                                                        << answer.Described();
  }
}

// As phones make them.
TEST_F(TracksEndToEnd, UprightAndTenBitRecordingsAreMeasured) {
  const struct {
    const char* name;
    std::vector<std::string> options;
  } recordings[] = {
      {"upright", {"-vf", "transpose=1", "-pix_fmt", "yuv420p", "-metadata:s:v", "rotate=90"}},
      {"ten bits",
       {"-pix_fmt", "yuv420p10le", "-color_primaries", "bt2020", "-color_trc", "smpte2084",
        "-colorspace", "bt2020nc"}},
  };
  for (const auto& recording : recordings) {
    std::vector<std::string> arguments =
        Source(std::string(kMoving) + ",drawbox=color=black:t=fill:enable='between(t,1,4)'");
    const std::vector<std::string> sound = Source(kTone);
    arguments.insert(arguments.end(), sound.begin(), sound.end());
    arguments.insert(arguments.end(), {"-c:v", "libx264", "-preset", "ultrafast"});
    arguments.insert(arguments.end(), recording.options.begin(), recording.options.end());
    arguments.push_back("made.mov");
    const Answer answer = Analysed(Encoded(arguments));
    EXPECT_EQ(answer.CountNear(1, "The picture is black for 3."), 1u) << recording.name << "\n"
                                                                      << answer.Described();
  }
}

// Another number in the 32 bits at this distance from the box's name.
void Lie(std::string& mp4, const std::string& box, size_t offset) {
  const size_t found = mp4.find(box);
  ASSERT_NE(found, std::string::npos);
  for (size_t i = 0; i < 4; ++i) mp4[found + offset + i] = static_cast<char>(i == 1 ? 0x40 : 0);
}

TEST_F(TracksEndToEnd, HeadersThatLieAndLongSubtitlesDoNotCutARecordingShort) {
  std::string movie_header = CleanRecording();
  Lie(movie_header, "mvhd", 20);
  std::string track_header = CleanRecording();
  Lie(track_header, "mdhd", 20);
  std::string with_subtitle;
  {
    std::vector<std::string> arguments = Source(kMoving);
    for (const std::string& argument : Source(kTone)) arguments.push_back(argument);
    // Lines of a subtitle from a source of bytes: ffmpeg reads a `data:` address as a file.
    for (const char* argument :
         {"-f", "srt", "-i", "data:,1%0A00:00:01,000 --> 00:01:05,000%0AHello%0A", "-c:v",
          "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-c:s",
          "mov_text", "made.mp4"}) {
      arguments.emplace_back(argument);
    }
    with_subtitle = Encoded(arguments);
  }
  for (const std::string& video : {movie_header, track_header, with_subtitle}) {
    const Answer answer = Analysed(video);
    EXPECT_TRUE(answer.items.empty()) << answer.Described();
  }
}

std::string WithTwoSounds() {
  std::vector<std::string> arguments = Source(kMoving);
  for (const std::string& argument : Source(kTone)) arguments.push_back(argument);
  for (const char* argument :
       {"-map", "0:v", "-map", "1:a", "-map", "1:a", "-c:v", "libx264", "-preset", "ultrafast",
        "-pix_fmt", "yuv420p", "-c:a", "aac", "made.mp4"}) {
    arguments.emplace_back(argument);
  }
  return Encoded(arguments);
}

void ReplaceFirst(std::string& bytes, const std::string& old_code, const std::string& new_code) {
  const size_t found = bytes.find(old_code);
  ASSERT_NE(found, std::string::npos);
  bytes.replace(found, old_code.size(), new_code);
}

void HideFirstSound(std::string& video) {
  ReplaceFirst(video, "mp4a", "apac");
  ReplaceFirst(video, "esds", "dapa");
}

TEST_F(TracksEndToEnd, TheFirstSoundThatCanBeDecodedIsUsedAndTheOthersAreNamed) {
  std::string video = WithTwoSounds();
  const Answer both = Analysed(video);
  EXPECT_TRUE(both.items.empty()) << both.Described();
  EXPECT_NE(both.summary.find("Not checked: sound track 2 (aac)."), std::string::npos);

  HideFirstSound(video);
  const Answer second = Analysed(video);
  EXPECT_TRUE(second.items.empty()) << second.Described();
  EXPECT_NE(second.title.find("no problems found in what could be checked"), std::string::npos);
  EXPECT_NE(second.summary.find("Cannot be decoded: sound track 1 (an unknown codec)."),
            std::string::npos)
      << second.summary;

  HideFirstSound(video);
  const Answer none = Analysed(video);
  EXPECT_EQ(none.CountNear(0, "The recording's sound cannot be decoded, so it was not checked."),
            1u)
      << none.Described();
}

TEST_F(TracksEndToEnd, SoundWithAnUnknownLayoutOfChannelsIsMeasured) {
  for (const int channels : {9, 12, 16}) {
    std::string expressions = "0";
    for (int i = 1; i < channels; ++i) expressions += "|0";
    // The last channel is the only one that is not silent.
    expressions += "+0.1*sin(440*2*PI*t)*lt(t,3)";
    const Answer answer = Analysed(
        Matroska(kMoving, "aevalsrc=exprs='" + expressions + "':sample_rate=48000:duration=6"));
    EXPECT_EQ(answer.CountNear(3, "You are silent for 3."), 1u) << answer.Described();
    EXPECT_EQ(answer.items.size(), 1u) << answer.Described();
  }
}

}  // namespace
}  // namespace debrief::local_provider

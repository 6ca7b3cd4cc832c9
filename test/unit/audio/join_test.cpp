// join_test.cpp: sounds put together, nothing of them lost and nothing between them.
#include "bgworker/core/audio/join.h"

#include <gtest/gtest.h>

#include <random>

#include "bgworker/core/audio/audio.h"

namespace debrief::audio {
namespace {

double DurationMs(const std::string& bytes) {
  std::string error;
  const std::optional<Info> info = Inspect(bytes, &error);
  return info ? info->duration_ms : -1;
}

std::string Joined(const std::vector<std::string>& sounds) {
  std::string error;
  const std::optional<std::string> joined = Join(sounds, &error);
  EXPECT_EQ(error, "");
  return joined.value_or("");
}

std::string Refusal(const std::vector<std::string>& sounds) {
  std::string error;
  EXPECT_FALSE(Join(sounds, &error));
  return error;
}

void Put32(std::string* wav, size_t at, uint32_t value) {
  for (size_t i = 0; i < 4; i++) (*wav)[at + i] = static_cast<char>(value >> (8 * i));
}

// 24 ms of MPEG 2 layer III, 24 kHz, mono, 64 kbit/s.
constexpr size_t kFrameBytes = 192;
std::string Mp3Frame(char fill) { return "\xff\xf3\x84\xc0" + std::string(kFrameBytes - 4, fill); }
std::string Mp3Frames(int count, char fill) {
  std::string frames;
  for (int i = 0; i < count; i++) frames += Mp3Frame(fill);
  return frames;
}
std::string NotesFrame(const std::string& mark, size_t offset) {
  return Mp3Frame('\0').replace(4 + offset, mark.size(), mark);
}
const size_t kMonoSideBytes = 9;

std::string Id3v2() { return std::string("ID3\x04\0\0\0\0\0\x05", 10) + "title"; }
std::string Id3v1() { return "TAG" + std::string(125, ' '); }

TEST(AudioJoin, PutsWavSamplesUnderOneHeader) {
  const std::string one(1'600, '\1');
  const std::string two(800, '\2');
  const std::string joined = Joined({WavFromPcm16(one, 8'000, 1), WavFromPcm16(two, 8'000, 1)});
  EXPECT_EQ(joined, WavFromPcm16(one + two, 8'000, 1));
  EXPECT_EQ(DurationMs(joined), 150);
  EXPECT_EQ(joined.substr(0, 16), std::string("RIFF\x84\x09\0\0WAVEfmt ", 16))
      << "2,436 bytes follow";
}

TEST(AudioJoin, LeavesOtherChunksOfAWavOut) {
  std::string wav = WavFromPcm16(std::string(800, '\1'), 8'000, 1);
  const std::string list("LIST\x03\0\0\0abc\0", 12);
  std::string tagged = wav + list;
  tagged.insert(12, list);
  EXPECT_EQ(Joined({tagged, tagged}), WavFromPcm16(std::string(1'600, '\1'), 8'000, 1));
}

TEST(AudioJoin, TakesAWavWhoseSizeAStreamLeftOpen) {
  const std::string good = WavFromPcm16(std::string(800, '\1'), 8'000, 1);
  for (uint32_t size : {0U, 0xFFFFFFFFU, 0x7FFFFFFFU, 0x7FFFF000U, 801U}) {
    std::string open_ended = good;
    Put32(&open_ended, 4, size);
    Put32(&open_ended, 40, size);
    EXPECT_EQ(Joined({open_ended, open_ended}), WavFromPcm16(std::string(1'600, '\1'), 8'000, 1));
  }
}

TEST(AudioJoin, KeepsSamplesWholeWhereAWavEndsInAHalfOne) {
  const std::string odd = WavFromPcm16(std::string(801, '\1'), 8'000, 1);
  EXPECT_EQ(Joined({odd, odd}), WavFromPcm16(std::string(1'600, '\1'), 8'000, 1))
      << "half a sample would turn all that follow into noise";
}

TEST(AudioJoin, KeepsTheFormatOfFloatSamples) {
  std::string wav = WavFromPcm16(std::string(3'200, '\0'), 8'000, 1);
  wav[20] = 3;   // IEEE float
  wav[32] = 4;   // bytes a frame
  wav[34] = 32;  // bits
  const std::string joined = Joined({wav, wav, wav});
  EXPECT_EQ(joined.substr(20, 16), wav.substr(20, 16));
  EXPECT_EQ(DurationMs(joined), 300);
}

TEST(AudioJoin, RefusesWavOfDifferentFormats) {
  const std::string pcm(800, '\1');
  const std::string wav = WavFromPcm16(pcm, 8'000, 1);
  EXPECT_NE(Refusal({wav, WavFromPcm16(pcm, 16'000, 1)}), "");
  EXPECT_NE(Refusal({wav, WavFromPcm16(pcm, 8'000, 2)}), "");
  constexpr char kDifferent[] = "the sounds to join differ in their format";
  EXPECT_EQ(Refusal({wav, Mp3Frames(3, 'a')}), kDifferent);
  EXPECT_EQ(Refusal({Mp3Frames(3, 'a'), wav}), kDifferent);
}

TEST(AudioJoin, RefusesWhatIsNoSound) {
  const std::string wav = WavFromPcm16(std::string(800, '\1'), 8'000, 1);
  EXPECT_NE(Refusal({}), "");
  EXPECT_NE(Refusal({"", ""}), "");
  EXPECT_NE(Refusal({wav, ""}), "");
  EXPECT_NE(Refusal({wav, wav.substr(0, 44)}), "") << "cut";
  EXPECT_NE(Refusal({wav, WavFromPcm16("", 8'000, 1)}), "") << "no samples";
  EXPECT_NE(Refusal({Mp3Frames(3, 'a'), "{\"error\":1}"}), "");
}

TEST(AudioJoin, RefusesMoreThanMemoryIsMeantFor) {
  const std::string half = WavFromPcm16(std::string(kJoinedBytesMax / 2, '\0'), 8'000, 1);
  EXPECT_EQ(Refusal({half, half}), "the sounds to join are too large together");
}

TEST(AudioJoin, JoinsMp3FramesWithoutTagsAndNotes) {
  const std::string one =
      Id3v2() + NotesFrame("Xing", kMonoSideBytes) + Mp3Frames(3, 'a') + Id3v1();
  const std::string two =
      Id3v2() + NotesFrame("Info", kMonoSideBytes) + Mp3Frames(2, 'b') + Id3v1();
  const std::string three = NotesFrame("VBRI", 32) + Mp3Frames(4, 'c');
  const std::string joined = Joined({one, two, three, Mp3Frames(2, 'd')});
  EXPECT_EQ(joined, Mp3Frames(3, 'a') + Mp3Frames(2, 'b') + Mp3Frames(4, 'c') + Mp3Frames(2, 'd'));
  EXPECT_EQ(DurationMs(joined), 11 * 24);
  EXPECT_EQ(DurationMs(three), 4 * 24) << "nor are the notes measured";
}

TEST(AudioJoin, LosesNothingOfAnMp3ThatIsSeveralInOne) {
  const std::string both = Id3v2() + NotesFrame("Info", kMonoSideBytes) + Mp3Frames(3, 'a') +
                           Id3v1() + Id3v2() + NotesFrame("Info", kMonoSideBytes) +
                           Mp3Frames(2, 'b');
  EXPECT_EQ(DurationMs(both), 5 * 24);
  EXPECT_EQ(Joined({both, Mp3Frames(2, 'c')}),
            Mp3Frames(3, 'a') + Mp3Frames(2, 'b') + Mp3Frames(2, 'c'));
}

TEST(AudioJoin, DropsAnMp3FrameThatWasCut) {
  const std::string cut = Mp3Frames(3, 'a').substr(0, 3 * kFrameBytes - 1);
  EXPECT_EQ(Joined({cut, Mp3Frames(2, 'b')}), Mp3Frames(2, 'a') + Mp3Frames(2, 'b'));
}

TEST(AudioJoin, RefusesMp3OfDifferentFormats) {
  std::string stereo, faster;
  for (int i = 0; i < 3; i++) {
    stereo += Mp3Frame('a').replace(3, 1, 1, '\0');
    faster += Mp3Frame('a').replace(2, 1, 1, '\x80');  // 22.05 kHz
    faster += std::string(16, 'a');                    // whose frames are 208 bytes
  }
  ASSERT_GT(DurationMs(stereo), 0);
  ASSERT_GT(DurationMs(faster), 0);
  EXPECT_NE(Refusal({Mp3Frames(3, 'a'), stereo}), "");
  EXPECT_NE(Refusal({Mp3Frames(3, 'a'), faster}), "");
}

TEST(AudioJoin, SurvivesMutatedSounds) {
  std::mt19937 random(3);
  const std::string wav = WavFromPcm16(std::string(100, '\1'), 8'000, 1);
  const std::string mp3 = Id3v2() + NotesFrame("Xing", kMonoSideBytes) + Mp3Frames(3, 'a');
  for (int round = 0; round < 20'000; round++) {
    const std::string& good = round % 2 == 0 ? wav : mp3;
    std::string bytes = good;
    for (int i = 0; i < 4; i++) bytes[random() % bytes.size()] = static_cast<char>(random());
    bytes.resize(bytes.size() - random() % 50);
    std::string error;
    const std::optional<std::string> joined = Join({good, bytes}, &error);
    EXPECT_EQ(joined.has_value(), error.empty());
    if (joined) {
      EXPECT_GE(DurationMs(*joined), DurationMs(good));
    }
  }
}

}  // namespace
}  // namespace debrief::audio

// mp3_test.cpp: MP3 whose format changes inside, measured and joined.
#include <gtest/gtest.h>

#include <string>

#include "bgworker/core/audio/audio.h"
#include "bgworker/core/audio/join.h"
#include "bgworker/core/audio/recognise.h"

namespace debrief::audio {
namespace {

struct Form {
  const char* header;
  size_t bytes;
  double ms;  // of a frame
};
constexpr Form k24kHz = {"\xff\xf3\x84\xc0", 192, 24};    // MPEG 2, mono, 64 kbit/s
constexpr Form k24kHzLow = {"\xff\xf3\x44\xc0", 96, 24};  // 32 kbit/s
constexpr Form k24kHzStereo = {"\xff\xf3\x84\x04", 192, 24};
constexpr Form k48kHz = {"\xff\xfb\x54\xc0", 192, 24};  // MPEG 1, 64 kbit/s
constexpr Form k16kHz = {"\xff\xf3\x48\xc0", 144, 36};  // 32 kbit/s

std::string Frames(const Form& form, int count, char fill = 'a') {
  std::string frames;
  for (int i = 0; i < count; i++) {
    frames += std::string(form.header, 4) + std::string(form.bytes - 4, fill);
  }
  return frames;
}

std::string Notes(const Form& form, const std::string& mark, size_t side_bytes) {
  return Frames(form, 1, '\0').replace(4 + side_bytes, mark.size(), mark);
}

std::string Id3v2() { return std::string("ID3\x04\0\0\0\0\0\x05", 10) + "title"; }
std::string Id3v1() { return "TAG" + std::string(125, ' '); }

double Ms(const std::string& bytes) {
  std::string error;
  const std::optional<Info> info = Inspect(bytes, &error);
  return info ? info->duration_ms : -1;
}

std::string Joined(const std::vector<std::string>& sounds) {
  std::string error;
  return Join(sounds, &error).value_or(error);
}
constexpr char kDifferent[] = "the sounds to join differ in their format";

TEST(Mp3, OfChangingBitRateIsMeasuredAndJoined) {
  const std::string vbr = Frames(k24kHz, 3) + Frames(k24kHzLow, 4) + Frames(k24kHz, 2);
  EXPECT_EQ(Ms(vbr), 9 * 24);
  EXPECT_EQ(Joined({vbr, Frames(k24kHzLow, 2)}), vbr + Frames(k24kHzLow, 2));
}

TEST(Mp3, OfChangingSampleRateOrChannelsIsMeasuredToItsEndAndNotJoined) {
  struct Line {
    Form second;
    std::string between;
  };
  for (const Form& second : {k48kHz, k16kHz, k24kHzStereo}) {
    for (const std::string& between : {std::string(), Id3v2(), Id3v1(), Id3v1() + Id3v2()}) {
      const std::string mixed = Frames(k24kHz, 5) + between + Frames(second, 10) + Id3v1();
      EXPECT_EQ(Ms(mixed), 5 * 24 + 10 * second.ms);
      EXPECT_EQ(Joined({mixed, Frames(k24kHz, 3)}), kDifferent);
      EXPECT_EQ(Joined({Frames(k24kHz, 3), mixed}), kDifferent);
    }
  }
}

TEST(Mp3, TagsBetweenFramesAreNoSoundAndAreLeftOutOfAJoinedOne) {
  const std::string tagged =
      Id3v2() + Frames(k24kHz, 3) + Id3v2() + Frames(k24kHz, 2) + Id3v1() + Frames(k24kHz, 4);
  EXPECT_EQ(Ms(tagged), 9 * 24);
  EXPECT_EQ(Joined({tagged, Frames(k24kHz, 2)}), Frames(k24kHz, 11));
}

TEST(Mp3, NotesOfAnEncoderAreNoSoundWhereverTheyStand) {
  constexpr size_t kMonoSideBytes = 9, kStereoSideBytes = 17;
  for (const char* mark : {"Xing", "Info"}) {
    const std::string two = Notes(k24kHz, mark, kMonoSideBytes) + Frames(k24kHz, 3) +
                            Notes(k24kHz, mark, kMonoSideBytes) + Frames(k24kHz, 2);
    EXPECT_EQ(Ms(two), 5 * 24) << "two files, one behind the other";
    EXPECT_EQ(Joined({two, two}), Frames(k24kHz, 10));
  }
  const std::string stereo_notes =
      Notes(k24kHzStereo, "Info", kStereoSideBytes) + Frames(k24kHz, 3);
  EXPECT_EQ(Joined({stereo_notes, Frames(k24kHz, 2)}), Frames(k24kHz, 5))
      << "the form of the notes is not that of the sound";
}

TEST(Recognise, KnowsTextFromSamples) {
  for (const char* text : {"{", "<html>\r\n", "Zo\xc3\xab", "\xef\xbb\xbf{}"}) {
    EXPECT_TRUE(IsText(text)) << text;
  }
  const std::string long_text = std::string(1'023, 'x') + "\xc3\xab";
  EXPECT_TRUE(IsText(long_text)) << "cut inside a character";
  for (const std::string& bytes :
       {std::string(), std::string("ab\0c", 4), std::string("\x7f"), std::string("\xff\xfe"),
        std::string("abc\xc3"), std::string("abc\1")}) {
    EXPECT_FALSE(IsText(bytes)) << bytes;
  }
}

TEST(Recognise, KnowsAacByTwoFramesAndNotByOne) {
  const std::string frame = std::string("\xff\xf1\x50\x80\x04\x1f\xfc", 7) + std::string(25, 'a');
  EXPECT_EQ(OtherFormat(frame + frame), "AAC");
  EXPECT_EQ(OtherFormat(frame + std::string(40, '\1')), "");
}

TEST(Recognise, TakesSamplesThatBeginLikeAFrameForSamples) {
  std::string error;
  const std::string samples = "\xff\xfb\x90\xc4" + std::string(2'000, '\1');
  EXPECT_EQ(WavFromRaw(samples, 24'000, &error), WavFromPcm16(samples, 24'000, 1));
}

}  // namespace
}  // namespace debrief::audio

// audio_test.cpp: sounds told by their bytes, and measured.
#include "bgworker/core/audio/audio.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "bgworker/core/text/sha256.h"

namespace debrief::audio {
namespace {

std::string Pcm(size_t samples) { return std::string(samples * 2, '\x10'); }

void Put32(std::string* wav, size_t at, uint32_t value) {
  for (size_t i = 0; i < 4; i++) (*wav)[at + i] = static_cast<char>(value >> (8 * i));
}

std::optional<Info> Look(std::string_view bytes) {
  std::string error;
  const std::optional<Info> info = Inspect(bytes, &error);
  EXPECT_EQ(info.has_value(), error.empty());
  return info;
}

// What a real program makes of these arguments; the programs are needed packages.
std::string Made(const std::string& command, const std::string& suffix) {
  char name[] = "/tmp/pg_debrief_audio.XXXXXX";
  const std::string folder = mkdtemp(name);
  const std::string path = folder + "/sound." + suffix;
  EXPECT_EQ(std::system((command + " " + path + " > /dev/null 2>&1").c_str()), 0) << command;
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  std::filesystem::remove_all(folder);
  return bytes;
}
constexpr char kFfmpeg[] =
    "ffmpeg -nostdin -loglevel error -f lavfi -i sine=frequency=440:duration=3.21 ";

TEST(Audio, MeasuresWavExactly) {
  const std::optional<Info> info = Look(WavFromPcm16(Pcm(24'000), 24'000, 1));
  ASSERT_TRUE(info);
  EXPECT_EQ(info->format, "wav");
  EXPECT_EQ(info->content_type, "audio/wav");
  EXPECT_EQ(info->duration_ms, 1'000);
  EXPECT_EQ(Look(WavFromPcm16(Pcm(22'050), 22'050, 2))->duration_ms, 500);
}

// What writers of streams put where they do not know the size: ffmpeg and OpenAI, ElevenLabs, sox
// and espeak, and any number that is more than what came.
constexpr uint32_t kPlaceholders[] = {0, 0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000, 0x80000000, 16'001};

TEST(Audio, ADataSizeThatCannotBeMeansUntilTheEnd) {
  for (const uint32_t size : kPlaceholders) {
    std::string wav = WavFromPcm16(Pcm(8'000), 8'000, 1);
    Put32(&wav, 40, size);
    ASSERT_TRUE(Look(wav)) << size;
    EXPECT_EQ(Look(wav)->duration_ms, 1'000) << size;
  }
}

TEST(Audio, AStreamedWavGetsATrueHeader) {
  const std::string good = WavFromPcm16(Pcm(8'000), 8'000, 1);
  EXPECT_EQ(WithTrueSizes(good), good);
  for (const uint32_t size : kPlaceholders) {
    for (const bool data_too : {true, false}) {
      std::string wav = good;
      Put32(&wav, 4, size);
      if (data_too) Put32(&wav, 40, size);
      EXPECT_EQ(WithTrueSizes(wav), good) << size;
    }
  }
  std::string large = good;
  EXPECT_EQ(WithTrueSizes(large.replace(0, 4, "RF64")), good);
  EXPECT_EQ(WithTrueSizes(good + "odd"), good) << "what follows is not counted by the header";
}

// A service that streams its pieces each with a header of its own.
TEST(Audio, SeveralWavsInOneAnswerAreOneSound) {
  const std::string first = WavFromPcm16(std::string(8'000, '\1'), 8'000, 1);
  const std::string second = WavFromPcm16(std::string(4'000, '\2'), 8'000, 1);
  const std::string both =
      WavFromPcm16(std::string(8'000, '\1') + std::string(4'000, '\2'), 8'000, 1);
  EXPECT_EQ(WithTrueSizes(first + second), both);
  EXPECT_EQ(Look(first + second)->duration_ms, 750);
  for (const uint32_t size : kPlaceholders) {
    std::string streamed = first;
    Put32(&streamed, 40, size);
    EXPECT_EQ(WithTrueSizes(streamed + second), both) << size;
    EXPECT_EQ(WithTrueSizes(first.substr(0, 44) + second), second) << "a header alone says nothing";
  }
  const std::string tagged = first + std::string("LIST\x03\0\0\0abc\0", 12);
  EXPECT_EQ(WithTrueSizes(tagged + second), both) << "with other chunks between";
  const std::string odd = WavFromPcm16(std::string(3, '\1'), 8'000, 1);
  EXPECT_EQ(Look(odd + '\0' + second)->duration_ms, Look(odd + second)->duration_ms) << "padding";

  std::string error;
  const std::string other = WavFromPcm16(Pcm(800), 24'000, 1);
  EXPECT_FALSE(Inspect(first + other, &error));
  EXPECT_EQ(error, "the answer holds several WAVs of different formats");
  EXPECT_FALSE(Look(first + second.substr(0, 30))) << "cut in the header of the second";
}

TEST(Audio, OtherSoundsAndWavThatTellsItsLengthStayAsTheyAre) {
  std::string tagged = WavFromPcm16(Pcm(800), 8'000, 1) + std::string("LIST\x04\0\0\0abcd", 12);
  Put32(&tagged, 4, static_cast<uint32_t>(tagged.size() - 8));
  for (const std::string& bytes :
       {tagged, std::string("ID3 sound"), std::string(), tagged.substr(0, 40)}) {
    EXPECT_EQ(WithTrueSizes(bytes), bytes);
  }
}

TEST(Audio, SkipsChunksItDoesNotKnow) {
  std::string wav = WavFromPcm16(Pcm(800), 8'000, 1);
  wav.insert(12, std::string("LIST\x03\0\0\0abc\0", 12));
  ASSERT_TRUE(Look(wav));
  EXPECT_EQ(Look(wav)->duration_ms, 100);
}

TEST(Audio, RefusesWavHeadersThatLie) {
  const std::string good = WavFromPcm16(Pcm(800), 8'000, 1);
  std::string lying = good;
  Put32(&lying, 16, 100'000);
  EXPECT_FALSE(Look(lying)) << "a longer format than there is";
  lying = good;
  lying[22] = 0;
  EXPECT_FALSE(Look(lying)) << "no channels";
  lying = good;
  Put32(&lying, 24, 0);
  EXPECT_FALSE(Look(lying)) << "no rate";
  lying = good;
  lying[20] = 85;
  EXPECT_FALSE(Look(lying)) << "not PCM";
  EXPECT_FALSE(Look(good.substr(0, 44))) << "cut";
  EXPECT_FALSE(Look(WavFromPcm16("", 8'000, 1))) << "no sound";
  EXPECT_FALSE(Look(good.substr(0, 36))) << "no data chunk";
}

TEST(Audio, RefusesWhatIsNoSound) {
  for (std::string_view bytes : {"", "R", "RIFF", "RIFF____WAVE", "no sound at all", "ID3",
                                 "\xff\xfb", "OggS", "{\"error\": 1}", "<html>"}) {
    EXPECT_FALSE(Look(bytes)) << bytes;
  }
}

TEST(Audio, MeasuresWhatEspeakSpeaks) {
  const std::string wav = Made("espeak-ng 'How long is this sentence?' -w", "wav");
  const std::optional<Info> info = Look(wav);
  ASSERT_TRUE(info);
  EXPECT_NEAR(info->duration_ms, static_cast<double>(wav.size() - 44) / 2 / 22'050 * 1'000, 0.1);
}

TEST(Audio, MeasuresWavOfOtherWidths) {
  for (const char* codec : {"pcm_u8", "pcm_s24le", "pcm_f32le"}) {
    const std::optional<Info> info = Look(Made(std::string(kFfmpeg) + "-c:a " + codec, "wav"));
    ASSERT_TRUE(info) << codec;
    EXPECT_NEAR(info->duration_ms, 3'210, 1) << codec;
  }
}

TEST(Audio, MeasuresMp3WithinAFrameOrTwo) {
  for (const char* options : {"-b:a 64k", "-q:a 4", "-ar 22050 -b:a 32k",
                              "-b:a 128k -ac 2 -metadata title=x -id3v2_version 3",
                              "-b:a 64k -write_xing 0", "-ar 11025 -b:a 16k"}) {
    const std::optional<Info> info =
        Look(Made(std::string(kFfmpeg) + "-c:a libmp3lame " + options, "mp3"));
    ASSERT_TRUE(info) << options;
    EXPECT_EQ(info->format, "mp3");
    EXPECT_EQ(info->content_type, "audio/mpeg");
    // The encoder pads both ends of the sound.
    EXPECT_NEAR(info->duration_ms, 3'210, 160) << options;
  }
}

TEST(Audio, SurvivesMutatedSounds) {
  std::mt19937 random(3);
  const std::string wav = WavFromPcm16(Pcm(100), 8'000, 1);
  const std::string mp3 = Made(std::string(kFfmpeg) + "-t 0.3 -c:a libmp3lame -b:a 32k", "mp3");
  for (int round = 0; round < 20'000; round++) {
    std::string bytes = round % 2 == 0 ? wav : mp3;
    for (int i = 0; i < 4; i++)
      bytes[random() % std::min<size_t>(bytes.size(), 200)] = static_cast<char>(random());
    bytes.resize(bytes.size() - random() % 50);
    std::string error;
    const std::optional<Info> info = Inspect(bytes, &error);
    if (info) {
      EXPECT_GT(info->duration_ms, 0);
    }
  }
}

TEST(Digest, IsSha256InLowerCaseHex) {
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace debrief::audio

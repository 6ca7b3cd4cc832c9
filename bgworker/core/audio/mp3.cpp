// mp3.cpp: walks the frames of MPEG audio layer III and adds up their samples.

#include <cstdint>

#include "bgworker/core/audio/formats.h"

namespace debrief::audio {
namespace {

constexpr size_t kJunkBytesMax = 64 * 1024;  // between a tag and the first frame
constexpr size_t kVbriOffset = 32;           // from the header, whatever the side information

constexpr int kBitratesV1[] = {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320};
constexpr int kBitratesV2[] = {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160};
constexpr int kRates[] = {44100, 48000, 32000};

struct Frame {
  size_t bytes = 0;
  int samples = 0;
  int rate = 0;
  int channels = 0;
  size_t side_bytes = 0;  // from the header to where a Xing header would be
};

unsigned At(std::string_view bytes, size_t i) { return static_cast<unsigned char>(bytes[i]); }

std::optional<Frame> ReadFrame(std::string_view bytes, size_t at) {
  if (at + 4 > bytes.size() || At(bytes, at) != 0xFF || (At(bytes, at + 1) & 0xE0) != 0xE0) {
    return std::nullopt;
  }
  const unsigned version = At(bytes, at + 1) >> 3 & 3;  // 3: MPEG 1, 2: MPEG 2, 0: MPEG 2.5
  const unsigned layer = At(bytes, at + 1) >> 1 & 3;    // 1: layer III
  const unsigned bitrate_index = At(bytes, at + 2) >> 4;
  const unsigned rate_index = At(bytes, at + 2) >> 2 & 3;
  if (version == 1 || layer != 1 || bitrate_index == 0 || bitrate_index == 15 || rate_index == 3) {
    return std::nullopt;
  }
  const bool v1 = version == 3;
  const bool mono = (At(bytes, at + 3) >> 6) == 3;
  const int bitrate = (v1 ? kBitratesV1 : kBitratesV2)[bitrate_index] * 1000;
  Frame frame;
  frame.rate = kRates[rate_index] / (v1 ? 1 : version == 2 ? 2 : 4);
  frame.samples = v1 ? 1152 : 576;
  frame.channels = mono ? 1 : 2;
  frame.bytes =
      static_cast<size_t>(frame.samples / 8 * bitrate / frame.rate) + (At(bytes, at + 2) >> 1 & 1);
  frame.side_bytes = v1 ? (mono ? 17 : 32) : (mono ? 9 : 17);
  return frame;
}

// A frame that holds no sound but an encoder's notes.
bool IsInfoFrame(std::string_view bytes, size_t at, const Frame& frame) {
  const auto stands_at = [&](size_t place, std::string_view mark) {
    return place <= bytes.size() && bytes.substr(place).starts_with(mark);
  };
  const size_t after_side = at + 4 + frame.side_bytes;
  return stands_at(after_side, "Xing") || stands_at(after_side, "Info") ||
         stands_at(at + 4 + kVbriOffset, "VBRI");
}

// Where the tags that stand there end: ID3v2, and ID3v1 of a file that was put before another.
size_t SkipTags(std::string_view bytes, size_t at) {
  constexpr size_t kId3v1Bytes = 128;
  while (at < bytes.size()) {
    if (bytes.substr(at, 3) == "TAG") {
      at += kId3v1Bytes;
    } else if (bytes.substr(at, 3) == "ID3" && at + 10 <= bytes.size()) {
      size_t size = 0;
      for (size_t i = at + 6; i < at + 10; i++) size = size << 7 | (At(bytes, i) & 0x7F);
      at += 10 + size + ((At(bytes, at + 5) & 0x10) != 0 ? 10 : 0);
    } else {
      break;
    }
  }
  return at;
}

// Where two whole frames of one sample rate begin: the header of one alone is chance.
std::optional<size_t> FirstFrame(std::string_view bytes, size_t from) {
  for (size_t at = from; at < bytes.size() && at - from < kJunkBytesMax; at++) {
    const std::optional<Frame> frame = ReadFrame(bytes, at);
    if (!frame) continue;
    const size_t second_at = at + frame->bytes;
    const std::optional<Frame> second = ReadFrame(bytes, second_at);
    if (second && second->rate == frame->rate && second_at + second->bytes <= bytes.size()) {
      return at;
    }
  }
  return std::nullopt;
}

void AddFrame(const Frame& frame, Mp3Sound* sound) {
  if (sound->ticks == 0) {
    sound->samples_per_second = frame.rate;
    sound->channels = frame.channels;
  }
  sound->is_mixed = sound->is_mixed || sound->samples_per_second != frame.rate ||
                    sound->channels != frame.channels;
  sound->ticks += frame.samples * (kMp3TicksPerSecond / frame.rate);
}

// Adds the frames that follow one another from `begin`; returns where they end. Bit rate, sample
// rate and channels may change from one to the next.
size_t AddRun(std::string_view bytes, size_t begin, Mp3Sound* sound) {
  size_t at = begin;
  size_t sound_begin = begin;
  const auto add_until = [&](size_t end) {
    if (end > sound_begin)
      sound->frame_runs.push_back(bytes.substr(sound_begin, end - sound_begin));
  };
  while (const std::optional<Frame> frame = ReadFrame(bytes, at)) {
    if (at + frame->bytes > bytes.size()) break;
    if (IsInfoFrame(bytes, at, *frame)) {
      add_until(at);
      sound_begin = at + frame->bytes;
    } else {
      AddFrame(*frame, sound);
    }
    at += frame->bytes;
  }
  add_until(at);
  return at;
}

}  // namespace

bool LooksLikeMp3(std::string_view bytes) {
  if (bytes.starts_with("ID3")) return true;
  const std::optional<Frame> frame = ReadFrame(bytes, 0);
  return frame && ReadFrame(bytes, frame->bytes);
}

std::optional<Mp3Sound> ReadMp3(std::string_view bytes, std::string* error) {
  Mp3Sound sound;
  std::optional<size_t> begin = FirstFrame(bytes, SkipTags(bytes, 0));
  if (!begin) {
    *error = "the bytes are neither WAV nor MP3";
    return std::nullopt;
  }
  // Some services send several MP3 files in one: each of them begins with a tag of its own.
  while (begin) begin = FirstFrame(bytes, SkipTags(bytes, AddRun(bytes, *begin, &sound)));
  if (sound.frame_runs.empty()) {
    *error = "the MP3 holds no sound";
    return std::nullopt;
  }
  return sound;
}

std::optional<Info> InspectMp3(std::string_view bytes, std::string* error) {
  const std::optional<Mp3Sound> sound = ReadMp3(bytes, error);
  if (!sound) return std::nullopt;
  return Info{.format = "mp3",
              .content_type = "audio/mpeg",
              .duration_ms = static_cast<double>(sound->ticks) * 1000 / kMp3TicksPerSecond};
}

}  // namespace debrief::audio

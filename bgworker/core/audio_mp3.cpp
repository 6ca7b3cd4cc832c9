// audio_mp3.cpp: walks the frames of MPEG audio layer III and adds up their samples.

#include <cstdint>

#include "audio_formats.h"

namespace debrief::audio {
namespace {

constexpr size_t kJunkBytesMax = 64 * 1024;  // between a tag and the first frame
constexpr int kFramesMin = 2;                // one header alone is chance

constexpr int kBitratesV1[] = {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320};
constexpr int kBitratesV2[] = {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160};
constexpr int kRates[] = {44100, 48000, 32000};

struct Frame {
  size_t bytes = 0;
  int samples = 0;
  int rate = 0;
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
  frame.bytes =
      static_cast<size_t>(frame.samples / 8 * bitrate / frame.rate) + (At(bytes, at + 2) >> 1 & 1);
  frame.side_bytes = v1 ? (mono ? 17 : 32) : (mono ? 9 : 17);
  return frame;
}

// A first frame that holds no sound but an encoder's notes.
bool IsInfoFrame(std::string_view bytes, size_t at, const Frame& frame) {
  const size_t mark = at + 4 + frame.side_bytes;
  if (mark + 4 > bytes.size()) return false;
  const std::string_view name = bytes.substr(mark, 4);
  return name == "Xing" || name == "Info";
}

size_t SkipTag(std::string_view bytes) {
  if (bytes.size() < 10 || bytes.substr(0, 3) != "ID3") return 0;
  size_t size = 0;
  for (size_t i = 6; i < 10; i++) size = size << 7 | (At(bytes, i) & 0x7F);
  return 10 + size + ((At(bytes, 5) & 0x10) != 0 ? 10 : 0);
}

// Where a frame begins that another one follows.
std::optional<size_t> FirstFrame(std::string_view bytes, size_t from) {
  for (size_t at = from; at < bytes.size() && at - from < kJunkBytesMax; at++) {
    const std::optional<Frame> frame = ReadFrame(bytes, at);
    if (frame && ReadFrame(bytes, at + frame->bytes)) return at;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Info> InspectMp3(std::string_view bytes, std::string* error) {
  const std::optional<size_t> first = FirstFrame(bytes, SkipTag(bytes));
  if (!first) {
    *error = "the bytes are neither WAV nor MP3";
    return std::nullopt;
  }
  double seconds = 0;
  int frames = 0;
  size_t at = *first;
  while (const std::optional<Frame> frame = ReadFrame(bytes, at)) {
    if (at + frame->bytes > bytes.size()) break;
    if (frames > 0 || !IsInfoFrame(bytes, at, *frame)) {
      seconds += static_cast<double>(frame->samples) / frame->rate;
    }
    frames++;
    at += frame->bytes;
  }
  if (frames < kFramesMin || seconds == 0) {
    *error = "the MP3 holds no sound";
    return std::nullopt;
  }
  return Info{.format = "mp3", .content_type = "audio/mpeg", .duration_ms = seconds * 1000};
}

}  // namespace debrief::audio

// formats.h: one reader a format; see audio.h for what they accept.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bgworker/core/audio/audio.h"

namespace debrief::audio {

// Views into the bytes that were read.
struct WavSound {
  std::string_view format_chunk;       // what "fmt " holds
  std::vector<std::string_view> runs;  // of whole frames, at least one; a run per WAV in the bytes
  uint32_t bytes_per_frame = 0;
  uint32_t frames_per_second = 0;
  bool sizes_are_true = false;  // of the header; a stream is begun before its length is known
};
size_t SamplesBytes(const WavSound& sound);

inline constexpr int64_t kMp3TicksPerSecond = 14'112'000;  // a multiple of every sample rate

// The frames of an MP3. An encoder's notes (Xing, Info, VBRI) are no sound.
struct Mp3Sound {
  std::vector<std::string_view> frame_runs;  // without the tags and notes before, between and after
  int64_t ticks = 0;                         // how long it lasts; more than 0
  int samples_per_second = 0;                // of the first frame, as are the channels
  int channels = 0;
  bool is_mixed = false;  // a later frame has another sample rate or number of channels
};

inline constexpr char kNotPcm[] = "the WAV's format is not PCM";
inline constexpr char kWavNotPcm[] = "WAV that is not PCM";

std::optional<WavSound> ReadWav(std::string_view bytes, std::string* error);
std::optional<Mp3Sound> ReadMp3(std::string_view bytes, std::string* error);

std::optional<Info> InspectWav(std::string_view bytes, std::string* error);
std::optional<Info> InspectMp3(std::string_view bytes, std::string* error);

bool LooksLikeWav(std::string_view bytes);
// A tag, or at least two frames one behind the other.
bool LooksLikeMp3(std::string_view bytes);

// A WAV header for so many bytes of samples, in the format that `format_chunk` describes.
std::string WavHeader(std::string_view format_chunk, uint32_t samples_bytes);

}  // namespace debrief::audio

// join.cpp: takes each sound out of its wrapping and writes one wrapping around all.

#include "bgworker/core/audio/join.h"

#include <string_view>

#include "bgworker/core/audio/formats.h"

namespace debrief::audio {
namespace {

constexpr char kDifferentFormats[] = "the sounds to join differ in their format";

std::optional<std::string> JoinWav(const std::vector<std::string>& sounds, std::string* error) {
  std::string_view format_chunk;
  std::string samples;
  for (const std::string& bytes : sounds) {
    const std::optional<WavSound> sound = ReadWav(bytes, error);
    if (!sound) return std::nullopt;
    if (format_chunk.empty()) format_chunk = sound->format_chunk;
    if (sound->format_chunk != format_chunk) {
      *error = kDifferentFormats;
      return std::nullopt;
    }
    for (const std::string_view run : sound->runs) samples += run;
  }
  // The header fits in 32 bits, since kJoinedBytesMax is less.
  samples.insert(0, WavHeader(format_chunk, static_cast<uint32_t>(samples.size())));
  return samples;
}

std::optional<std::string> JoinMp3(const std::vector<std::string>& sounds, std::string* error) {
  std::optional<Mp3Sound> first;
  std::string frames;
  for (const std::string& bytes : sounds) {
    const std::optional<Mp3Sound> sound = ReadMp3(bytes, error);
    if (!sound) return std::nullopt;
    if (!first) first = sound;
    // A player that has begun with one format rarely goes on with another.
    if (sound->is_mixed || sound->samples_per_second != first->samples_per_second ||
        sound->channels != first->channels) {
      *error = kDifferentFormats;
      return std::nullopt;
    }
    for (std::string_view run : sound->frame_runs) frames += run;
  }
  return frames;
}

}  // namespace

std::optional<std::string> Join(const std::vector<std::string>& sounds, std::string* error) {
  if (sounds.empty()) {
    *error = "there is no sound to join";
    return std::nullopt;
  }
  size_t total_bytes = 0;
  for (const std::string& bytes : sounds) {
    total_bytes += bytes.size();
    if (LooksLikeWav(bytes) != LooksLikeWav(sounds.front())) {
      *error = kDifferentFormats;
      return std::nullopt;
    }
  }
  if (total_bytes > kJoinedBytesMax) {
    *error = "the sounds to join are too large together";
    return std::nullopt;
  }
  return LooksLikeWav(sounds.front()) ? JoinWav(sounds, error) : JoinMp3(sounds, error);
}

}  // namespace debrief::audio

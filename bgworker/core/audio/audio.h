// audio.h: what a sound is, judged by its bytes alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace debrief::audio {

struct Info {
  std::string format;        // "wav" or "mp3"
  std::string content_type;  // "audio/wav" or "audio/mpeg"
  double duration_ms = 0;    // more than 0
};

// Recognises WAV (RIFF or RF64, PCM 8 to 32 bits or IEEE float, also WAVE_FORMAT_EXTENSIBLE; a data
// size of 0, or larger than what is there, means "until the end", as streaming writers leave it;
// several WAVs one behind the other, as streams in pieces have them, are one sound if their formats
// are equal)
// and MP3 (ID3v2 skipped, frames walked; Xing/LAME header frame not counted as sound). Returns
// nothing, and why, when the bytes are neither, hold no sound, or their headers lie.
std::optional<Info> Inspect(std::string_view bytes, std::string* error);

// A WAV whose header does not say how long it is, or that is several, comes back as one with a
// header that does; any other sound as it is.
std::string WithTrueSizes(std::string bytes);

// What is stored where there is nothing to say: a WAV of a quarter of a second.
std::string Silence();

// Puts a WAV header before 16-bit little-endian PCM.
std::string WavFromPcm16(std::string_view pcm, int sample_rate_hz, int channels);

}  // namespace debrief::audio

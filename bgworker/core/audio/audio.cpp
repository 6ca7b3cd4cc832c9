// audio.cpp: distinguishes WAV from MP3 and calls the code that measures it.

#include "bgworker/core/audio/audio.h"

#include "bgworker/core/audio/formats.h"

namespace debrief::audio {

bool LooksLikeWav(std::string_view bytes) {
  const bool is_riff = bytes.starts_with("RIFF") || bytes.starts_with("RF64");
  return is_riff && bytes.size() >= 12 && bytes.substr(8, 4) == "WAVE";
}

std::optional<Info> Inspect(std::string_view bytes, std::string* error) {
  if (LooksLikeWav(bytes)) return InspectWav(bytes, error);
  if (bytes.substr(0, 3) == "ID3" ||
      (bytes.size() >= 2 && static_cast<unsigned char>(bytes[0]) == 0xFF &&
       (static_cast<unsigned char>(bytes[1]) & 0xE0) == 0xE0)) {
    return InspectMp3(bytes, error);
  }
  *error = "the bytes are neither WAV nor MP3";
  return std::nullopt;
}

}  // namespace debrief::audio

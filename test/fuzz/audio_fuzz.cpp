// audio_fuzz.cpp: any bytes into the readers of sounds, and what they take for sounds into one.
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "bgworker/core/audio/audio.h"
#include "bgworker/core/audio/join.h"
#include "bgworker/core/audio/recognise.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string error;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto info = debrief::audio::Inspect(bytes, &error);
  if (info && !(info->duration_ms > 0 && std::isfinite(info->duration_ms))) std::abort();
  if (!info && error.empty()) std::abort();
  const auto twice = debrief::audio::Join({bytes, bytes}, &error);
  // An MP3 whose format changes inside is measured, but not joined.
  const bool may_be_mixed = info && info->format == "mp3";
  if (!twice && info && !may_be_mixed) std::abort();
  if (debrief::audio::Inspect(debrief::audio::WithTrueSizes(bytes), &error).has_value() !=
      info.has_value()) {
    std::abort();
  }
  debrief::audio::OtherFormat(bytes);
  const auto of_raw = debrief::audio::WavFromRaw(bytes, 24'000, &error);
  if (of_raw && *of_raw != bytes && of_raw->size() != bytes.size() + 44) std::abort();
  if (!twice) return 0;
  // Still a sound; of WAV twice as long. Among the frames of MP3 chance may hide a different one.
  const auto joined = debrief::audio::Inspect(*twice, &error);
  if (!joined || (info && joined->format != info->format)) std::abort();
  if (info && info->format == "wav" &&
      std::abs(joined->duration_ms - 2 * info->duration_ms) > 0.01) {
    std::abort();
  }
  return 0;
}

// audio_fuzz.cpp: any bytes into the readers of sounds.
#include <cstdint>
#include <cstdlib>

#include "audio.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string error;
  const auto info = debrief::audio::Inspect({reinterpret_cast<const char*>(data), size}, &error);
  if (info && !(info->duration_ms > 0)) std::abort();
  return 0;
}

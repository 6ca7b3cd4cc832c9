// ssml_fuzz.cpp: any bytes into the SSML checker; what it lets through must split into good pieces.
#include <cstdint>
#include <cstdlib>

#include "bgworker/core/ssml/ssml.h"
#include "bgworker/core/text/utf8.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const std::string& piece : debrief::ssml::Split(text, 200)) {
    if (!debrief::ssml::Check(piece).empty()) std::abort();
  }
  if (debrief::utf8::IsValid(text) && size < 20'000 &&
      !debrief::ssml::Check(debrief::ssml::FromText(text, "en-US")).empty()) {
    std::abort();
  }
  return 0;
}

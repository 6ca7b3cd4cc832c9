// http_answers_fuzz.cpp: any bytes as a provider's answer.
#include <cstdint>

#include "bgworker/core/services/answers.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  debrief::ReadAnalysis(body);
  debrief::ReadSsml(body, 500);
  return 0;
}

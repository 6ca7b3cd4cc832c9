// json_fuzz.cpp: any bytes into the JSON reader.
#include <cstdint>

#include "bgworker/core/text/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string error;
  debrief::json::Parse({reinterpret_cast<const char*>(data), size}, &error);
  return 0;
}

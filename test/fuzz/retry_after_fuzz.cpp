// retry_after_fuzz.cpp: any line as the header Retry-After, the next as Date: what it says to wait
// is within a day, and no number of seconds is read in what is no number.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "bgworker/core/http/retry_after.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::string value = text.substr(0, text.find('\n'));
  const std::string date = value.size() < size ? text.substr(value.size() + 1) : "";
  constexpr int64_t kDayMs = 24 * 60 * 60 * 1000;
  for (const char* clock : {static_cast<const char*>(nullptr), date.c_str()}) {
    for (const int64_t now : {int64_t{0}, int64_t{1'800'000'000}, INT64_MAX / 2}) {
      const auto wait_ms = debrief::RetryAfterMs(value.c_str(), clock, now);
      if (!wait_ms) continue;
      if (*wait_ms < 0 || *wait_ms > kDayMs) std::abort();
      if (*value.c_str() == '-' || *value.c_str() == '+') std::abort();
    }
  }
  return 0;
}

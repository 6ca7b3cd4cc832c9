// retry_after.h: reads the Retry-After header, which is a number of seconds or a date.
#pragma once

#include <cstdint>
#include <optional>

namespace debrief {

// Milliseconds to wait, within [0, 24 h]; nothing when `value` is neither seconds nor a date.
// A date counts from the server's own clock, its Date header, so that two clocks that disagree
// do no harm; from `now_seconds` when `date` is null or unreadable.
std::optional<int64_t> RetryAfterMs(const char* value, const char* date, int64_t now_seconds);

}  // namespace debrief

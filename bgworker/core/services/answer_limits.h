// answer_limits.h: how much an answer may hold, by docs/http-protocol.md. Lengths in characters.
#pragma once

#include <cstddef>

namespace debrief::answer_limits {

inline constexpr size_t kTitle = 200;
inline constexpr size_t kVersion = 200;
inline constexpr size_t kMetrics = 1'000;
inline constexpr size_t kFeedback = 1'000;
inline constexpr size_t kMetricKey = 64;
inline constexpr size_t kUnit = 32;
inline constexpr size_t kCategory = 64;
inline constexpr size_t kMessage = 4'000;

}  // namespace debrief::answer_limits

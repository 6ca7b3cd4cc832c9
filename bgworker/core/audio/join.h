// join.h: one sound of several.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace debrief::audio {

inline constexpr size_t kJoinedBytesMax = 128 << 20;

// The sounds one after the other: WAV under one header, MP3 as frames without ID3 tags and without
// Xing, Info and VBRI headers, whose frame counts would lie. All must be of one format (see
// speech_plan.h). Nothing, and why, when they are not, or together exceed kJoinedBytesMax.
std::optional<std::string> Join(const std::vector<std::string>& sounds, std::string* error);

}  // namespace debrief::audio

// audio_formats.h: one reader a format; see audio.h for what they accept.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "audio.h"

namespace debrief::audio {

std::optional<Info> InspectWav(std::string_view bytes, std::string* error);
std::optional<Info> InspectMp3(std::string_view bytes, std::string* error);

}  // namespace debrief::audio

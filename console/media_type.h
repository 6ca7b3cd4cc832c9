// media_type.h: the Content-Type of sounds and recordings. Only what players play; nothing that a
// browser would run.
#pragma once

#include <string>
#include <string_view>

namespace debrief::console {

// Of a format ("mp4", "wav", "video/webm;codecs=vp9") or of a path's end.
std::string MediaType(std::string_view format_or_path);

}  // namespace debrief::console

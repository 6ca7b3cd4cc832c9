// video_type.h: the MIME type of a recording.
#pragma once

#include <string>

#include "bgworker/core/services/provider.h"

namespace debrief {

// By the first bytes; where they say nothing by the format that was claimed, then by the names;
// else MP4.
std::string VideoType(const CallInput& call);

}  // namespace debrief

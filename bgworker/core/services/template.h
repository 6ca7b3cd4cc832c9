// template.h: SSML written here, without any call.
#pragma once

#include <string>
#include <vector>

#include "bgworker/core/model/job.h"

namespace debrief {

inline constexpr char kTemplateVersion[] = "template 1";

// The message as SSML, each piece at most `bytes_max` long; none when it cannot be split so.
std::vector<std::string> TemplateSegments(const Job& job, size_t bytes_max);

}  // namespace debrief

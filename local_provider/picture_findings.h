// picture_findings.h: what the picture measurements say; see findings.h.
#pragma once

#include <vector>

#include "local_provider/findings.h"

namespace debrief::local_provider {

std::vector<FeedbackItem> FindInPicture(const Measurements& measured, const Thresholds& thresholds);

}  // namespace debrief::local_provider

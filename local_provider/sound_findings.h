// sound_findings.h: what the sound measurements say; see findings.h.
#pragma once

#include <vector>

#include "local_provider/findings.h"

namespace debrief::local_provider {

std::vector<FeedbackItem> FindInSound(const Measurements& measured, const Thresholds& thresholds);

}  // namespace debrief::local_provider

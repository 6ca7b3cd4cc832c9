// report.h: the JSON answer to an analysis: title, summary, metrics, feedback.
#pragma once

#include <string>
#include <vector>

#include "local_provider/findings.h"
#include "local_provider/measurements.h"

namespace debrief::local_provider {

// `version` names what measured. Title, summary and messages are English.
std::string AnalysisReport(const Measurements& measured, const std::vector<FeedbackItem>& items,
                           const std::string& version);

}  // namespace debrief::local_provider

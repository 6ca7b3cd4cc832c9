// answers.h: reads the JSON answers of docs/http-protocol.md. All or nothing: one member that
// breaks a rule makes the answer a failure (`bad_answer`), with the rule in its detail.
#pragma once

#include <string>
#include <string_view>

#include "bgworker/core/services/provider.h"

namespace debrief {

// The body itself becomes raw_response: what jsonb could not hold fails the answer.
Step ReadAnalysis(std::string body);

// Segments come out checked, each at most `segment_bytes_max` long.
Step ReadSsml(std::string_view body, size_t segment_bytes_max);

}  // namespace debrief

// answers.h: reads the JSON answers of docs/http-protocol.md. All or nothing: one member that
// breaks a rule makes the answer a failure (`bad_answer`), with the rule in its detail. What
// general models write is read by model_answers.h instead. `key`: the secret that was sent, never
// shown.
#pragma once

#include <string>
#include <string_view>

#include "bgworker/core/services/provider.h"

namespace debrief {

// The body itself becomes raw_response: what jsonb could not hold fails the answer.
Step ReadAnalysis(std::string body, std::string_view key = {});

// Segments come out checked, each at most `segment_bytes_max` long, without those that have no
// words.
Step ReadSsml(std::string_view body, size_t segment_bytes_max, std::string_view key = {});

}  // namespace debrief

// http_answers.h: reads the JSON answers of docs/http-protocol.md. All or nothing: one member that
// breaks a rule makes the answer a failure.
#pragma once

#include <string>
#include <string_view>

#include "exchange.h"

namespace debrief {

Step ReadAnalysis(std::string body);
Step ReadSsml(std::string_view body, size_t segment_bytes_max);

}  // namespace debrief

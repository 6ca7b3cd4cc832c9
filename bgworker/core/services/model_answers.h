// model_answers.h: reads what general models answer. The protocol's answers (answers.h) are all or
// nothing; here the JSON is found in whatever stands around it, and side matters are corrected or
// dropped, because the call is paid for and the next one would slip elsewhere.
#pragma once

#include <string>
#include <string_view>

#include "bgworker/core/services/provider.h"

namespace debrief {

struct ModelAnswer {
  std::string text;
  std::string model;
  Usage usage;
};

// The result of stage analysis or ssml.
Step ReadModelAnswer(const ServerConfig& server, const CallInput& call, ModelAnswer answer);

// Its parts.
//
// Corrected: texts that are too long are cut at a word, confidence and impact are kept inside 0..1
// and moments at 0 or later, names of metrics are made of lower-case letters, digits and "_".
// Dropped: metrics without a name or a number, and a second one of a name; items without words, and
// a second one that is equal; what is beyond the limits in number.
Step ReadModelAnalysis(std::string_view text, std::string_view key);

// SSML is repaired. Where that cannot be done, or where it says other words than the message, the
// segments are those of kind template; the version says which, and why.
Step ReadModelSsml(std::string_view text, const ServerConfig& server, const Job& job);

}  // namespace debrief

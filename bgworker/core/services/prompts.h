// prompts.h: what a general model is asked for, and the shape its answer must have.
//
// Prompts are configuration: the stage's `instruction` replaces the default one. Parameters stand
// in it as {{name}}; what is put in their place is never searched for parameters again.
#pragma once

#include <string>
#include <string_view>

#include "bgworker/core/services/provider.h"

namespace debrief::prompts {

// Parameters: language, filename, duration_seconds, voice.
std::string Analysis(const ServerConfig& server, const CallInput& call);
// Parameters: message, category, language, voice, voice_instruction, max_bytes. The message is
// appended, fenced, when the instruction has no {{message}}.
std::string Ssml(const ServerConfig& server, const CallInput& call);
// The style of speech for models that take one beside the words: the voice's instruction, on one
// line, or empty.
std::string SpeechStyle(const CallInput& call);

// JSON schemas (text) of the answers that ReadAnalysis() and ReadSsml() of answers.h take.
// Only keywords that Gemini and OpenAI's strict mode both know: type, description, properties,
// required, additionalProperties (false, on every object; all properties required), items, enum,
// minimum, maximum.
std::string_view AnalysisSchema();
std::string_view SsmlSchema();

}  // namespace debrief::prompts

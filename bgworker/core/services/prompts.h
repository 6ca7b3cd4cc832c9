// prompts.h: what a general model is asked for, and the shape its answer must have.
//
// Prompts are configuration: the stage's `instruction` replaces the default one. Parameters stand
// in it as {{name}}; what is put in their place is never searched for parameters again.
#pragma once

#include <string>
#include <string_view>

#include "bgworker/core/services/provider.h"

namespace debrief::prompts {

// Reads what a claim says of the answers before: codes of attempts with commas between, a space,
// and what was wrong with the last one that could not be used.
LastAnswer ReadLastAnswer(std::string_view text);

// Both say what was wrong with the last answer, if Job::last_answer does.
//
// Parameters: language, filename, duration_seconds, voice.
std::string Analysis(const ServerConfig& server, const CallInput& call);
// Parameters: message, category, language, voice, voice_instruction, max_bytes. The message is
// appended, fenced, when the instruction has no {{message}}.
std::string Ssml(const ServerConfig& server, const CallInput& call);
// The style of speech for models that take one beside the words: the voice's instruction, on one
// line, or empty.
std::string SpeechStyle(const CallInput& call);

// Which keywords of JSON Schema the reader of a schema takes. The others are left out; what they
// say stands in the descriptions too.
enum class Dialect {
  kWhole,   // all: for a schema that the model reads as words
  kStrict,  // OpenAI's strict mode and the grammars of local servers: no lengths of strings
  // Gemini: no patterns nor lengths of strings. It knows maxItems, but refuses schemas whose sum of
  // them is large ("too many states for serving").
  kGemini,
};

// JSON schemas (text) of the answers that model_answers.h reads, with all limits of
// answer_limits.h. additionalProperties is false on every object, and all properties are required.
std::string AnalysisSchema(Dialect dialect);
std::string SsmlSchema(Dialect dialect);

}  // namespace debrief::prompts

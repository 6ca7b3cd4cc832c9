// answers.h: reads what OpenAI and the servers that speak its protocol answer.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "bgworker/core/model/failure.h"
#include "bgworker/core/services/model_answers.h"
#include "bgworker/core/text/json.h"

namespace debrief::openai {

// The failure, or nothing when the status is 200. The error may be an object, a string, or the
// `detail` of other frameworks.
std::optional<Failure> Classify(const Response& response, std::string_view key);
// Whether a body that came with status 200, where a sound was expected, is an error in disguise.
// Raw PCM may begin with any byte, so that there only whole JSON is taken for one.
bool IsError(std::string_view body, bool may_be_raw);
// The failure that such a body stands for.
Failure ClassifyDisguised(const Response& response, std::string_view key);

// The first choice of a chat completion. Servers that tell thoughts from answers may put all of it
// among the thoughts: without a content, those are read.
std::variant<ModelAnswer, Failure> ReadMessage(const Response& response, std::string_view key);

// Whether the array `models` of GET /models has the model. Ollama lists one that is named without a
// tag under the tag "latest", Gemini's server of this protocol each one below "models/".
bool IsListed(const json::Value& models, const std::string& model);

}  // namespace debrief::openai

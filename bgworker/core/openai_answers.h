// openai_answers.h: reads what OpenAI and the servers that speak its protocol answer.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "exchange.h"
#include "failure.h"

namespace debrief::openai {

// The failure, or nothing when the status is 200. The error may be an object, a string, or the
// `detail` of other frameworks.
std::optional<Failure> Classify(const Response& response, std::string_view key);
// The same of a body that came with status 200, where a sound was expected.
Failure ClassifyDisguised(const Response& response, std::string_view key);

struct Message {
  std::string text;
  std::string model;
  Usage usage;
};
// The first choice of a chat completion. `may_be_fenced`: a ``` fence around the text is taken off.
std::variant<Message, Failure> ReadMessage(const Response& response, std::string_view key,
                                           bool may_be_fenced);

}  // namespace debrief::openai

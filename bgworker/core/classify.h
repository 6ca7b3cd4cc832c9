// classify.h: what an answer that is no success means, by the tables of docs/http-protocol.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "exchange.h"
#include "failure.h"

namespace debrief {

// The failure a response stands for, or nothing when its status is 200.
std::optional<Failure> Classify(const Response& response);

// A 200 whose body is not what the protocol says.
Failure BadAnswer(std::string_view reason);

// A provider's words, fit to be kept: valid UTF-8, one line, at most 500 bytes, no secrets.
std::string CleanDetail(std::string_view text);

}  // namespace debrief

// classify.h: what an answer that is no success means, by the tables of docs/http-protocol.md.
//
// Every failure it makes carries a stable code, a fixed sentence for the row's owner, and the
// provider's own words only in `detail`, cleaned.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bgworker/core/model/failure.h"
#include "bgworker/core/services/provider.h"
#include "bgworker/core/text/json.h"

namespace debrief {

// The failure a response stands for, or nothing when its status is 200. `key` is the secret that
// was sent, if any: a provider that quotes it back does not bring it into the history.
std::optional<Failure> Classify(const Response& response, std::string_view key = {});

// The parts of it, for providers whose errors have another shape.
//
// The failure when no answer came.
std::optional<Failure> ClassifyTransport(const Response& response, std::string_view key);
// What the status alone says, whatever it is; `message` is the provider's, not yet cleaned.
Failure ClassifyStatus(const Response& response, std::string_view message, std::string_view key);
// A failure with one of the known codes, its class and its sentence; `message` as above.
Failure ClassifyCode(std::string_view code, const Response& response, std::string_view message,
                     std::string_view key);

// The status that an error's code in a body stands for, a word or a number: some services and
// proxies send it under status 200.
std::optional<int> StatusInBody(std::string_view code);
std::optional<int> StatusInBody(const std::optional<json::Value>& code);

// The member of a request that the list `loc` of FastAPI and Pydantic names, such as "voice" of
// ["body", "voice", "id"]; empty when it is no such list.
std::string MemberOfPlace(const std::optional<json::Value>& loc);

// A server whose options cannot serve what is asked for; `why` names the option.
Failure NotConfigured(std::string_view why);

// An answer to a probe that `service` would not give: something else listens there.
Failure WrongService(const Response& response, std::string_view service);

// A 200 whose body is not what the protocol says. Worth another attempt.
Failure BadAnswer(std::string_view reason);
// The same, with the first 60 characters of what came; `key` is not shown.
Failure BadAnswer(std::string_view reason, std::string_view came, std::string_view key);

}  // namespace debrief

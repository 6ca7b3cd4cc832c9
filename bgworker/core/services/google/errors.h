// errors.h: what an answer of a Google API that is no success means (google.rpc.Status).
#pragma once

#include <optional>
#include <string_view>

#include "bgworker/core/model/failure.h"
#include "bgworker/core/services/provider.h"

namespace debrief::google {

// The failure, or nothing when the status is 200. Accepts the error as an object, as a one-element
// array of it, and with a string for its code. The delay of a 429 is the longest of Retry-After,
// RetryInfo and the words "retry in Ns"; a quota per day is kQuota. `names_file`: the request named
// an uploaded file, so 403 and 404 mean that the file is gone and not that the key is bad.
std::optional<Failure> Classify(const Response& response, std::string_view key,
                                bool names_file = false);

// The code of the failure (kStaleInput) that says that a file is there, but not ready yet.
inline constexpr std::string_view kFileNotActive = "file_not_active";

// A request to the server's address and this path, authorised, with the stage's time limit.
Request NewRequest(const ServerConfig& server, const CallContext& call_context,
                   std::string_view path);

// The key's header, or the bearer token's when the key is a service account.
void Authorize(const ServerConfig& server, const CallContext& call_context, Request* request);

}  // namespace debrief::google

// errors.h: errors of AWS, and of services that speak like it, read and understood.
//
// Reading is strict: what is not in the form that is expected gives an empty Error, and then the
// status alone says what happened.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "bgworker/core/model/failure.h"
#include "bgworker/core/services/provider.h"

namespace debrief::aws {

struct Error {
  std::string code;  // "NoSuchKey"
  std::string message;
  std::string region;  // S3: where the bucket is, when it is not where we looked
};

// S3: <Error><Code>..</Code><Message>..</Message>..</Error>, without a DOCTYPE.
Error ReadXmlError(std::string_view body);

// The others: the code in a header that the request must want, or in the body's member __type.
inline constexpr char kErrorTypeHeader[] = "x-amzn-errortype";
Error ReadJsonError(const Response& response);

// A code of theirs and what it is called in classify.h.
struct Meaning {
  std::string_view theirs, ours;
};

// The failure: by the service's `own` codes, by those that all services share, else by the status.
// No part of `key` ("ID:SECRET[:TOKEN]") but the ID comes into its detail.
Failure ClassifyError(const Error& error, std::span<const Meaning> own, const Response& response,
                      std::string_view key);

// Empty when the header did not come, or was not wanted.
std::string HeaderOf(const Response& response, std::string_view lower_case_name);

// Letters, digits, "-" and "_": what may become a part of a URL and of a signature's scope.
bool IsRegion(std::string_view region);

}  // namespace debrief::aws

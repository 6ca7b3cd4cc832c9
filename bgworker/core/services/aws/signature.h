// signature.h: AWS Signature Version 4 in the Authorization header, by libcrypto's HMAC.
//
// Our own, because libcurl before 8.14 signs wrongly encoded paths and sorts headers wrongly.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bgworker/core/services/provider.h"

namespace debrief::aws {

// A key as the key file holds it: "ID:SECRET" or "ID:SECRET:SESSION_TOKEN".
struct Credentials {
  std::string id, secret, session_token;
};
std::optional<Credentials> ParseCredentials(std::string_view key);

struct Scope {
  std::string region;
  std::string service;  // "s3": the path is encoded once; others: twice
};

// Adds host-independent headers (x-amz-date, x-amz-content-sha256, x-amz-security-token when there
// is one) and Authorization to a request whose URL, method, body and other headers are final. Every
// header of the request is signed, and Host. The path of the URL must be encoded already.
void Sign(const Credentials& credentials, const Scope& scope, int64_t unix_ms, Request* request);

// The last step of Sign(): the value of Authorization for a request that has all other headers. The
// time is that of its x-amz-date.
std::string Authorization(const Credentials& credentials, const Scope& scope,
                          const Request& request);

}  // namespace debrief::aws

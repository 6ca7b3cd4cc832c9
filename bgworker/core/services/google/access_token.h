// access_token.h: access tokens of Google service accounts: a signed JWT is exchanged for a token
// that lasts up to an hour. The token's cache is the caller's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "bgworker/core/model/failure.h"
#include "bgworker/core/services/provider.h"

namespace debrief::google {

// Whether a key is a service account's JSON file and not an API key.
bool IsServiceAccount(std::string_view key);

// The request for a token, or a kAuth failure that says what is wrong with the key. The token
// address is Google's, whatever the key file says: it gets a signature made with the key; or
// `token_url` if that is not empty (the server's option).
std::variant<Request, Failure> TokenRequest(std::string_view key, std::string_view token_url,
                                            int64_t unix_ms);

struct AccessToken {
  std::string token;
  int64_t good_until_unix_ms = 0;  // five minutes before it expires
};
std::variant<AccessToken, Failure> ReadToken(const Response& response, std::string_view key,
                                             int64_t unix_ms);

}  // namespace debrief::google

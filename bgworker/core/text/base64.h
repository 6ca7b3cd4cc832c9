// base64.h: RFC 4648, by libcrypto.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace debrief::base64 {

std::string Encode(std::string_view bytes);

// Strict: padded, no white space, no other characters; nothing when it is not that.
std::optional<std::string> Decode(std::string_view text);

// Encode() with the alphabet of URLs and without padding, as JSON Web Tokens want it.
std::string EncodeUrl(std::string_view bytes);

}  // namespace debrief::base64

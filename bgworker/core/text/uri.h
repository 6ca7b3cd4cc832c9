// uri.h: percent-encoding.
#pragma once

#include <string>
#include <string_view>

#include "bgworker/core/text/ascii.h"
#include "bgworker/core/text/hex.h"

namespace debrief {

// Bytes other than A-Z a-z 0-9 - . _ ~ percent-encoded, "/" kept when `keep_slashes`.
inline std::string UriEncode(std::string_view text, bool keep_slashes) {
  constexpr std::string_view kUnreserved = "-._~";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (ascii::IsLetterOrDigit(c) || kUnreserved.find(c) != std::string_view::npos ||
        (keep_slashes && c == '/')) {
      encoded += c;
      continue;
    }
    encoded += '%';
    hex::Append(c, hex::kUpper, &encoded);
  }
  return encoded;
}

}  // namespace debrief

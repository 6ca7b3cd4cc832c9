// digest.h: SHA-256 by libcrypto, as lower-case hex.
#pragma once

#include <string>
#include <string_view>

namespace debrief {

std::string Sha256Hex(std::string_view bytes);

}  // namespace debrief

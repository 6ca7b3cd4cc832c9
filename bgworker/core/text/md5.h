// md5.h: MD5, for services that want it against broken transfers; it protects from nobody.
#pragma once

#include <string>
#include <string_view>

namespace debrief {

// The 16 bytes of the digest; empty where the library may not compute it (FIPS).
std::string Md5(std::string_view bytes);

}  // namespace debrief

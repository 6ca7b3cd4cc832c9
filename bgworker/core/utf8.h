// utf8.h: counting characters of valid UTF-8.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace debrief::utf8 {

// Code points: bytes that do not continue another.
inline int64_t CountCharacters(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

}  // namespace debrief::utf8

// utf8.h: counting and cutting characters of valid UTF-8.
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

// The beginning of the text, at most so many bytes, cut between characters.
inline std::string_view Cut(std::string_view text, size_t bytes_max) {
  size_t end = std::min(text.size(), bytes_max);
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) end--;
  return text.substr(0, end);
}

}  // namespace debrief::utf8

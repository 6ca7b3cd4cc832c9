// utf8.h: reading, checking, counting and cutting UTF-8.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace debrief::utf8 {

struct CodePoint {
  uint32_t value = 0;
  size_t bytes = 0;  // 0: not valid
};

// The code point at `at`, which is inside the text (RFC 3629: no overlong forms, no surrogates).
inline CodePoint Decode(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return {first, 1};
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return {};
  uint32_t value = first & (0x7F >> length);
  for (size_t i = 1; i < length; i++) {
    if ((byte(at + i) & 0xC0) != 0x80) return {};
    value = value << 6 | (byte(at + i) & 0x3F);
  }
  constexpr std::array<uint32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kLeast[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return {};
  return {value, length};
}

inline bool IsValid(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const CodePoint point = Decode(text, at);
    if (point.bytes == 0) return false;
    at += point.bytes;
  }
  return true;
}

// The number of code points of valid UTF-8.
inline int64_t CountCharacters(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

// The beginning of valid UTF-8, at most `bytes_max` bytes, cut between characters.
inline std::string_view Cut(std::string_view text, size_t bytes_max) {
  size_t end = std::min(text.size(), bytes_max);
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) end--;
  return text.substr(0, end);
}

// The first characters of valid UTF-8.
inline std::string_view FirstCharacters(std::string_view text, size_t characters_max) {
  size_t end = 0;
  for (size_t count = 0; end < text.size(); end++) {
    const bool begins = (static_cast<unsigned char>(text[end]) & 0xc0) != 0x80;
    if (begins && count++ == characters_max) break;
  }
  return text.substr(0, end);
}

}  // namespace debrief::utf8

// hex.h: bytes as hexadecimal digits.
#pragma once

#include <string>
#include <string_view>

namespace debrief::hex {

inline constexpr std::string_view kLower = "0123456789abcdef";
inline constexpr std::string_view kUpper = "0123456789ABCDEF";

inline void Append(char byte, std::string_view digits, std::string* text) {
  *text += digits[static_cast<unsigned char>(byte) >> 4];
  *text += digits[static_cast<unsigned char>(byte) & 0x0f];
}

// In lower case.
inline std::string Encode(std::string_view bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char byte : bytes) Append(byte, kLower, &text);
  return text;
}

}  // namespace debrief::hex

// ascii.h: letters and digits of ASCII. <cctype> would ask the locale, and the server runs under
// its database's: there a byte of UTF-8 may be a letter, and "I" need not become "i".
#pragma once

#include <string>
#include <string_view>

namespace debrief::ascii {

constexpr bool IsLetterOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

inline std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace debrief::ascii

// jsonb_fitness.cpp: one walk over the text. numeric allows 16,383 digits after the point, a
// double needs fewer than 400: the limits stay far from both ends.

#include "bgworker/core/text/jsonb_fitness.h"

#include <algorithm>
#include <cstdlib>

namespace debrief {
namespace {

constexpr size_t kNumberBytesMax = 400;
constexpr long kExponentMax = 400;
constexpr size_t kHexDigits = 4;
constexpr size_t kUnicodeEscapeBytes = 6;

bool StartsNumber(char c) { return c == '-' || (c >= '0' && c <= '9'); }

std::string WhyUnfitNumber(std::string_view number) {
  if (number.size() > kNumberBytesMax) return "a number has too many digits";
  const size_t mark = number.find_first_of("eE");
  if (mark == std::string_view::npos) return {};
  const long exponent = std::strtol(std::string(number.substr(mark + 1)).c_str(), nullptr, 10);
  if (exponent < -kExponentMax || exponent > kExponentMax)
    return "a number's exponent is too large";
  return {};
}

// Moves `at` behind the string that begins there. False: half a surrogate pair stands alone.
bool PassString(std::string_view json, size_t* at) {
  for (size_t i = *at + 1; i < json.size();) {
    if (json[i] == '"') {
      *at = i + 1;
      return true;
    }
    if (json[i] != '\\') {
      i++;
    } else if (json.substr(i + 1, 1) != "u") {
      i += 2;
    } else {
      const std::string digits(json.substr(i + 2, kHexDigits));
      const long unit = std::strtol(digits.c_str(), nullptr, 16);
      if (unit >= 0xDC00 && unit <= 0xDFFF) return false;
      // The parser has seen to it that the upper half is followed by the lower one.
      i += unit >= 0xD800 && unit <= 0xDBFF ? 2 * kUnicodeEscapeBytes : kUnicodeEscapeBytes;
    }
  }
  *at = json.size();
  return true;
}

}  // namespace

std::string WhyUnfitForJsonb(std::string_view json) {
  for (size_t at = 0; at < json.size();) {
    if (json[at] == '"') {
      if (!PassString(json, &at)) return "a string holds half a surrogate pair";
    } else if (StartsNumber(json[at])) {
      const size_t end = std::min(json.find_first_not_of("+-.0123456789eE", at), json.size());
      if (std::string why = WhyUnfitNumber(json.substr(at, end - at)); !why.empty()) return why;
      at = end;
    } else {
      at++;
    }
  }
  return {};
}

}  // namespace debrief

// number.h: numbers as text, with a point whatever the locale. strtod() and printf() would ask it.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace debrief::number {

// The number that `text` begins with; `rest`, where given, is what follows it. Nothing when there
// is none, or one that no double can hold.
inline std::optional<double> Leading(std::string_view text, std::string_view* rest = nullptr) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  if (rest != nullptr) *rest = text.substr(static_cast<size_t>(end - text.data()));
  return value;
}

// As printf() writes it in the C locale: %.*f, %.*g.
inline std::string Format(double value, std::chars_format format, int digits) {
  char text[512];
  const auto end = std::to_chars(text, text + sizeof text, value, format, digits).ptr;
  return {text, end};
}

inline std::string Fixed(double value, int digits) {
  return Format(value, std::chars_format::fixed, digits);
}
inline std::string General(double value, int digits) {
  return Format(value, std::chars_format::general, digits);
}

}  // namespace debrief::number

#include "console/range.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace debrief::console {
namespace {

std::optional<uint64_t> Number(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Range ParseRange(std::string_view header, uint64_t size) {
  const Range whole{Range::Kind::kWhole, 0, size};
  constexpr std::string_view kUnit = "bytes=";
  if (!header.starts_with(kUnit)) return whole;
  header.remove_prefix(kUnit.size());
  const size_t dash = header.find('-');
  if (dash == std::string_view::npos) return whole;
  const std::string_view first_text = header.substr(0, dash);
  const std::string_view last_text = header.substr(dash + 1);
  const auto last = Number(last_text);
  if (!last && !last_text.empty()) return whole;
  if (first_text.empty()) {  // the last so many
    if (!last) return whole;
    const uint64_t bytes = std::min(*last, size);
    if (bytes == 0) return {Range::Kind::kBeyond, 0, 0};
    return {Range::Kind::kPart, size - bytes, bytes};
  }
  const auto first = Number(first_text);
  if (!first || (last && *last < *first)) return whole;
  if (*first >= size) return {Range::Kind::kBeyond, 0, 0};
  const uint64_t end = last ? std::min(*last, size - 1) : size - 1;
  return {Range::Kind::kPart, *first, end - *first + 1};
}

}  // namespace debrief::console

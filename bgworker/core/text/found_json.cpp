// found_json.cpp: see found_json.h.

#include "bgworker/core/text/found_json.h"

#include <algorithm>
#include <charconv>

namespace debrief::json {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr size_t kEscapeBytes = 6;  // \u0000
// How often the text may be read over while brackets of prose are tried.
constexpr size_t kReadingsMax = 4, kReadingsBytes = 64 * 1024;

// The number after "\u" at `at`; nothing when there is none.
std::optional<unsigned> UnicodeEscape(std::string_view text, size_t at) {
  if (text.substr(at, 2) != "\\u" || at + kEscapeBytes > text.size()) return std::nullopt;
  unsigned unit = 0;
  const char* const end = text.data() + at + kEscapeBytes;
  const auto read = std::from_chars(text.data() + at + 2, end, unit, 16);
  return read.ptr == end ? std::optional(unit) : std::nullopt;
}

// Copies one character or escape inside a string; returns where the next begins.
size_t CopyStringPart(std::string_view text, size_t at, std::string* out) {
  const char c = text[at];
  if (c != '\\') {
    if (c == '\n') *out += "\\n";
    if (c == '\t') *out += "\\t";
    if (static_cast<unsigned char>(c) >= 0x20) *out += c;
    return at + 1;
  }
  if (const std::optional<unsigned> unit = UnicodeEscape(text, at)) {
    const bool is_upper_half = *unit >= 0xD800 && *unit <= 0xDBFF;
    const unsigned next = UnicodeEscape(text, at + kEscapeBytes).value_or(0);
    const bool is_pair = is_upper_half && next >= 0xDC00 && next <= 0xDFFF;
    const bool is_half = !is_pair && *unit >= 0xD800 && *unit <= 0xDFFF;
    const size_t bytes = is_pair ? 2 * kEscapeBytes : kEscapeBytes;
    if (*unit != 0 && !is_half) *out += text.substr(at, bytes);
    return at + bytes;
  }
  if (at + 1 >= text.size()) return at + 1;
  if (std::string_view("\"\\/bfnrt").find(text[at + 1]) == std::string_view::npos) return at + 1;
  *out += text.substr(at, 2);
  return at + 2;
}

// Only behind a comma is looked ahead: models that have lost their way write blanks by the million.
bool IsLastComma(std::string_view text, size_t at) {
  if (text[at] != ',') return false;
  const size_t next = text.find_first_not_of(kSpace, at + 1);
  return next != std::string_view::npos && (text[next] == '}' || text[next] == ']');
}

std::string Corrected(std::string_view text) {
  std::string corrected;
  corrected.reserve(text.size());
  bool in_string = false;
  for (size_t at = 0; at < text.size();) {
    if (text[at] == '"') in_string = !in_string;
    if (in_string && text[at] != '"') {
      at = CopyStringPart(text, at, &corrected);
      continue;
    }
    if (in_string || !IsLastComma(text, at)) corrected += text[at];
    at++;
  }
  return corrected;
}

std::optional<Found> Read(std::string_view candidate, std::string_view array) {
  std::string problem;
  Found found{.text = Corrected(candidate), .value = {}};
  std::optional<Value> value = Parse(found.text, &problem, Keys::kMayRepeat);
  const std::optional<Value> member = value ? value->Find(array) : std::nullopt;
  if (!member || !member->IsArray()) return std::nullopt;
  found.value = std::move(*value);
  return found;
}

// Behind the bracket that closes the one at `at`; npos when none does.
size_t EndOfObject(std::string_view text, size_t at) {
  int depth = 0;
  bool in_string = false;
  for (; at < text.size(); at++) {
    const char c = text[at];
    if (c == '"') in_string = !in_string;
    if (in_string && c == '\\') at++;
    if (in_string) continue;
    if (c == '{') depth++;
    if (c == '}' && --depth == 0) return at + 1;
  }
  return std::string_view::npos;
}

std::optional<Found> LastObject(std::string_view text, std::string_view array) {
  std::optional<Found> last;
  size_t bytes_left = kReadingsMax * text.size() + kReadingsBytes;
  for (size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at)) {
    const size_t end = EndOfObject(text, at);
    const size_t bytes = std::min(end, text.size()) - at;
    if (bytes > bytes_left) break;
    bytes_left -= bytes;
    std::optional<Found> found;
    if (end != std::string_view::npos) found = Read(text.substr(at, bytes), array);
    at = found ? end : at + 1;
    if (found) last = std::move(found);
  }
  return last;
}

}  // namespace

std::optional<Found> FindObject(std::string_view text, std::string_view array) {
  constexpr std::string_view kThoughtsEnd = "</think>";
  text = WithoutBom(text);
  const size_t first = text.find_first_not_of(kSpace);
  const size_t thoughts = text.rfind(kThoughtsEnd);
  if (thoughts != std::string_view::npos && text[first] != '{') {
    auto found = LastObject(text.substr(thoughts + kThoughtsEnd.size()), array);
    if (found) return found;
  }
  if (auto found = LastObject(text, array)) return found;
  std::string problem;
  const std::optional<Value> inner = Parse(text, &problem);
  return inner && inner->IsString() ? LastObject(inner->String(), array) : std::nullopt;
}

}  // namespace debrief::json

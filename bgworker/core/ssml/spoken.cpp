// spoken.cpp: sorts the characters of a text by what a voice does with them.

#include "bgworker/core/ssml/spoken.h"

#include <algorithm>
#include <cstdint>

#include "bgworker/core/text/ascii.h"
#include "bgworker/core/text/utf8.h"

namespace debrief::speech {
namespace {

constexpr double kWordsPerSecond = 2.6;
constexpr double kLettersPerSecond = 13;  // of long words
// Of scripts that set no spaces between words, or where a character is a syllable.
constexpr double kHan = 4.5, kKana = 7, kHangul = 5.5, kSouthEastAsian = 11;

enum class Kind { kSpace, kPunctuation, kSymbol, kDigit, kLetter, kSyllable };

struct Range {
  uint32_t first, last;
  Kind kind;
  double per_second = 0;  // kSyllable
};

// What is in none of these and beyond ASCII is a letter.
constexpr Range kRanges[] = {
    {0x80, 0xA0, Kind::kSpace},
    {0xA1, 0xA1, Kind::kPunctuation},
    {0xAB, 0xAB, Kind::kPunctuation},
    {0xAD, 0xAD, Kind::kSpace},
    {0xB7, 0xB7, Kind::kPunctuation},
    {0xBB, 0xBB, Kind::kPunctuation},
    {0xBF, 0xBF, Kind::kPunctuation},
    {0xA2, 0xBE, Kind::kSymbol},
    {0xD7, 0xD7, Kind::kSymbol},
    {0xF7, 0xF7, Kind::kSymbol},
    {0x0589, 0x058A, Kind::kPunctuation},
    {0x060C, 0x060D, Kind::kPunctuation},
    {0x061B, 0x061F, Kind::kPunctuation},
    {0x0660, 0x0669, Kind::kDigit},
    {0x06D4, 0x06D4, Kind::kPunctuation},
    {0x0964, 0x0965, Kind::kPunctuation},
    {0x0966, 0x096F, Kind::kDigit},
    {0x0E50, 0x0E59, Kind::kDigit},
    {0x0E00, 0x109F, Kind::kSyllable, kSouthEastAsian},  // Thai, Lao, Tibetan, Burmese
    {0x1361, 0x1368, Kind::kPunctuation},
    {0x1680, 0x1680, Kind::kSpace},
    {0x17D4, 0x17DA, Kind::kPunctuation},
    {0x1780, 0x17FF, Kind::kSyllable, kSouthEastAsian},  // Khmer
    {0x2000, 0x200F, Kind::kSpace},
    {0x2010, 0x2027, Kind::kPunctuation},
    {0x2028, 0x202F, Kind::kSpace},
    {0x2030, 0x2031, Kind::kSymbol},
    {0x2032, 0x205E, Kind::kPunctuation},
    {0x205F, 0x206F, Kind::kSpace},
    {0x2070, 0x2BFF, Kind::kSymbol},
    {0x2E00, 0x2E7F, Kind::kPunctuation},
    {0x3000, 0x3000, Kind::kSpace},
    {0x3001, 0x3004, Kind::kPunctuation},
    {0x3005, 0x3007, Kind::kSyllable, kHan},
    {0x3008, 0x303F, Kind::kPunctuation},
    {0x30FB, 0x30FB, Kind::kPunctuation},
    {0x3040, 0x31FF, Kind::kSyllable, kKana},
    {0x3400, 0x9FFF, Kind::kSyllable, kHan},
    {0xAC00, 0xD7A3, Kind::kSyllable, kHangul},
    {0xE000, 0xF8FF, Kind::kSymbol},
    {0xF900, 0xFAFF, Kind::kSyllable, kHan},
    {0xFE00, 0xFE0F, Kind::kSpace},
    {0xFE10, 0xFE6F, Kind::kPunctuation},
    {0xFEFF, 0xFEFF, Kind::kSpace},
    {0xFF03, 0xFF06, Kind::kSymbol},
    {0xFF0B, 0xFF0B, Kind::kSymbol},
    {0xFF10, 0xFF19, Kind::kDigit},
    {0xFF1C, 0xFF1E, Kind::kSymbol},
    {0xFF01, 0xFF20, Kind::kPunctuation},
    {0xFF3B, 0xFF40, Kind::kPunctuation},
    {0xFF5B, 0xFF65, Kind::kPunctuation},
    {0xFF66, 0xFF9F, Kind::kSyllable, kKana},
    {0xFFE0, 0xFFFF, Kind::kSymbol},
    {0x1F000, 0x1FBFF, Kind::kSymbol},
    {0x20000, 0x3FFFF, Kind::kSyllable, kHan},
    {0xE0000, 0xE01FF, Kind::kSpace},
};

Kind AsciiKind(char c) {
  constexpr std::string_view kMarks = ".,;:!?'\"()[]{}-_*~|`";
  if (c >= '0' && c <= '9') return Kind::kDigit;
  if (ascii::IsLetterOrDigit(c)) return Kind::kLetter;
  if (c <= ' ' || c == '\x7F') return Kind::kSpace;
  return kMarks.find(c) == std::string_view::npos ? Kind::kSymbol : Kind::kPunctuation;
}

// The first range that has it: some are exceptions from a later one.
Range RangeOf(uint32_t value) {
  if (value < 0x80) return {value, value, AsciiKind(static_cast<char>(value))};
  for (const Range& range : kRanges) {
    if (value >= range.first && value <= range.last) return range;
  }
  return {value, value, Kind::kLetter};
}

// Bytes that are no UTF-8 are passed over.
template <class Visit>
void ForEach(std::string_view text, Visit visit) {
  for (size_t at = 0; at < text.size();) {
    const utf8::CodePoint point = utf8::Decode(text, at);
    if (point.bytes > 0) visit(RangeOf(point.value));
    at += std::max<size_t>(point.bytes, 1);
  }
}

}  // namespace

Spoken SpokenOf(std::string_view text) {
  Spoken spoken = Spoken::kNothing;
  ForEach(text, [&](const Range& range) {
    if (range.kind >= Kind::kDigit) spoken = Spoken::kWords;
    if (range.kind == Kind::kSymbol) spoken = std::max(spoken, Spoken::kSymbols);
  });
  return spoken;
}

Seconds SecondsOf(std::string_view text) {
  double words = 0, letters = 0, digits = 0, symbols = 0, syllables_seconds = 0;
  bool in_word = false;
  ForEach(text, [&](const Range& range) {
    if (range.kind == Kind::kSyllable) syllables_seconds += 1 / range.per_second;
    if (range.kind == Kind::kSymbol) symbols++;
    if (range.kind == Kind::kDigit) digits++;
    if (range.kind == Kind::kLetter) letters++;
    const bool is_of_word = range.kind == Kind::kDigit || range.kind == Kind::kLetter;
    if (is_of_word && !in_word) words++;
    in_word = is_of_word || (in_word && range.kind == Kind::kPunctuation);
  });
  const double of_words = words / kWordsPerSecond;
  return {.least = of_words + syllables_seconds,
          .most = std::max(of_words, letters / kLettersPerSecond) +
                  (digits + symbols) / kWordsPerSecond + syllables_seconds};
}

}  // namespace debrief::speech

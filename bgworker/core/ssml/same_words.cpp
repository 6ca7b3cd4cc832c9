// same_words.cpp: words are compared as a bag: how many are missing, how many are new.

#include "bgworker/core/ssml/same_words.h"

#include <algorithm>
#include <array>

#include "bgworker/core/ssml/ssml.h"
#include "bgworker/core/ssml/tree.h"
#include "bgworker/core/text/ascii.h"
#include "bgworker/core/text/utf8.h"

namespace debrief::ssml {
namespace {

struct Range {
  uint32_t first, last;
};

template <size_t kCount>
bool In(const std::array<Range, kCount>& ranges, uint32_t value) {
  return std::any_of(ranges.begin(), ranges.end(), [value](const Range& range) {
    return value >= range.first && value <= range.last;
  });
}

// Spaces, signs and punctuation beyond ASCII.
constexpr std::array<Range, 8> kSeparators = {{{0x80, 0xBF},
                                               {0x1680, 0x1680},
                                               {0x2000, 0x206F},
                                               {0x2190, 0x2BFF},
                                               {0x3000, 0x303F},
                                               {0xFE10, 0xFE6F},
                                               {0xFEFF, 0xFF0F},
                                               {0xFF1A, 0xFF20}}};
// Written without spaces between words: each character counts as one.
constexpr std::array<Range, 7> kUnspaced = {{{0x0E00, 0x0EFF},
                                             {0x1000, 0x109F},
                                             {0x1780, 0x17FF},
                                             {0x2E80, 0x9FFF},
                                             {0xF900, 0xFAFF},
                                             {0xFF21, 0xFF9F},
                                             {0x20000, 0x3FFFF}}};
// Capitals whose small letters stand at a fixed distance.
struct Capitals {
  Range range;
  uint32_t distance;
};
constexpr std::array<Capitals, 4> kCapitals = {
    {{{0xC0, 0xDE}, 0x20}, {{0x391, 0x3A9}, 0x20}, {{0x400, 0x40F}, 0x50}, {{0x410, 0x42F}, 0x20}}};

bool IsApostrophe(uint32_t value) { return value == '\'' || value == 0x2019; }

class WordBag {
 public:
  void Add(std::string_view text) {
    for (size_t at = 0; at < text.size();) {
      const utf8::CodePoint point = utf8::Decode(text, at);
      const size_t bytes = std::max<size_t>(point.bytes, 1);
      AddCharacter(point.value, text.substr(at, bytes));
      at += bytes;
    }
  }

  std::vector<std::string> Take() {
    EndWord();
    std::sort(words_.begin(), words_.end());
    return std::move(words_);
  }

  void EndWord() {
    if (!word_.empty()) words_.push_back(std::exchange(word_, {}));
  }

 private:
  void AddCharacter(uint32_t value, std::string_view bytes) {
    if (IsApostrophe(value)) return;
    const bool separates =
        value < 0x80 ? !ascii::IsLetterOrDigit(static_cast<char>(value)) : In(kSeparators, value);
    const bool is_alone = In(kUnspaced, value);
    if (separates || is_alone) EndWord();
    if (separates) return;
    word_ += value < 0x80 ? ascii::Lower(bytes) : Small(value, bytes);
    if (is_alone) EndWord();
  }

  // All capitals of the table, and their small letters, have two bytes.
  static std::string Small(uint32_t value, std::string_view bytes) {
    for (const auto& [range, distance] : kCapitals) {
      if (value < range.first || value > range.last || value == 0xD7) continue;
      const uint32_t small = value + distance;
      return {static_cast<char>(0xC0 | small >> 6), static_cast<char>(0x80 | (small & 0x3F))};
    }
    return std::string(bytes);
  }

  std::string word_;
  std::vector<std::string> words_;
};

// How much longer than what it stands for an alias may be: "Dr." is "Doctor", "FIDE" four words.
constexpr size_t kAliasWordsMax = 8;

size_t Count(std::string_view text) {
  WordBag words;
  words.Add(text);
  return words.Take().size();
}

void AddWords(const Node& node, WordBag* words) {
  if (node.IsText()) return words->Add(node.text);
  const bool stands_apart = node.name == "p" || node.name == "s" || node.name == "break";
  if (stands_apart) words->EndWord();
  for (const auto& child : node.children) AddWords(*child, words);
  const std::string alias = node.name == "sub" ? node.Attribute("alias") : std::string();
  if (Count(alias) > kAliasWordsMax) words->Add(" " + alias + " ");
  if (stands_apart) words->EndWord();
}

// How many of `these` are not among `those`; both sorted.
size_t CountMissing(const std::vector<std::string>& these, const std::vector<std::string>& those) {
  std::vector<std::string> missing;
  std::set_difference(these.begin(), these.end(), those.begin(), those.end(),
                      std::back_inserter(missing));
  return missing.size();
}

}  // namespace

bool SayWordsOf(const std::vector<std::string>& documents, std::string_view message) {
  WordBag said;
  for (const std::string& document : documents) {
    std::string problem;
    const std::unique_ptr<Node> root = ParseDocument(document, &problem);
    if (root == nullptr) return false;
    AddWords(*root, &said);
    said.EndWord();
  }
  WordBag asked;
  asked.Add(message);
  const std::vector<std::string> heard = said.Take();
  const std::vector<std::string> wanted = asked.Take();
  const size_t missing = CountMissing(wanted, heard);
  const size_t added = CountMissing(heard, wanted);
  constexpr size_t kTenth = 10;
  const size_t tolerated = 1 + wanted.size() / kTenth;
  return missing <= tolerated && 3 * missing <= wanted.size() && added <= 1 + tolerated;
}

}  // namespace debrief::ssml

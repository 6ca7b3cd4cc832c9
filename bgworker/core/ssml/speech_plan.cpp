// speech_plan.cpp: lowers a segment to what the provider takes, and cuts what is still too long.
//
// SSML is cut by ssml::Split(). Plain text is taken apart into atoms, each with how good a place to
// cut the end of it is; atoms are packed, and a full piece is cut back to its best place. The mark
// of a pause is one atom and is never cut.

#include "bgworker/core/ssml/speech_plan.h"

#include <algorithm>
#include <array>
#include <utility>

#include "bgworker/core/audio/audio.h"
#include "bgworker/core/audio/join.h"
#include "bgworker/core/ssml/lower.h"
#include "bgworker/core/ssml/ssml.h"
#include "bgworker/core/ssml/tree.h"

namespace debrief::speech {
namespace {

using Unit = SpeechLimits::Unit;

constexpr int kShrinkTriesMax = 4;
// Below these nothing is too large for a service; in characters or bytes, as it counts.
constexpr int64_t kRefinedSsmlMin = 200, kRefinedTextMin = 100;

enum Cut { kCharacter = 0, kSpace, kClause, kSentence };

struct Atom {
  std::string text;  // with the space that follows
  Cut cut = kSpace;
  bool is_pause = false;
};

bool ContinuesCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

int64_t Size(std::string_view text, Unit unit) {
  const auto bytes = static_cast<int64_t>(text.size());
  return unit == Unit::kBytes ? bytes
                              : bytes - std::count_if(text.begin(), text.end(), ContinuesCharacter);
}

std::string_view WithoutEndSpace(std::string_view text) {
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

size_t NextCharacter(std::string_view text, size_t at) {
  do {
    at++;
  } while (at < text.size() && ContinuesCharacter(text[at]));
  return at;
}

template <size_t kCount>
bool Has(const std::array<std::string_view, kCount>& marks, std::string_view character) {
  return std::find(marks.begin(), marks.end(), character) != marks.end();
}

// Marks that no space follows where they end something.
constexpr std::array<std::string_view, 3> kWideSentenceEnds = {"。", "！", "？"};
constexpr std::array<std::string_view, 4> kWideClauseEnds = {"，", "、", "；", "："};
constexpr std::array<std::string_view, 10> kWideClosers = {"」", "』", "”",  "’", "）",
                                                           "】", "》", "〉", "…", " "};

// The atom at the head of `text`: up to a space or after a wide mark and what closes with it.
Atom FirstAtom(std::string_view text) {
  std::optional<Cut> wide;
  size_t end = 0;
  while (end < text.size()) {
    const size_t next = NextCharacter(text, end);
    const std::string_view character = text.substr(end, next - end);
    if (Has(kWideSentenceEnds, character)) {
      wide = kSentence;
    } else if (Has(kWideClauseEnds, character)) {
      wide = std::max(kClause, wide.value_or(kClause));
    } else if (wide && !Has(kWideClosers, character)) {
      break;
    }
    end = next;
    if (character == " ") break;
  }
  const std::string_view atom = text.substr(0, end);
  const Cut cut = wide                       ? *wide
                  : ssml::EndsSentence(atom) ? kSentence
                  : ssml::EndsClause(atom)   ? kClause
                                             : kSpace;
  return {.text = std::string(atom), .cut = cut};
}

// Cuts a run of plain text into pieces that fit.
class TextSplitter {
 public:
  TextSplitter(Unit unit, int64_t size_max) : unit_(unit), size_max_(size_max) {}

  void Add(const ssml::Run& run) {
    if (run.is_pause) {
      // After a pause is a better place than before it: the next piece begins with words.
      const Cut before = atoms_.empty() ? kClause : atoms_.back().cut;
      atoms_.push_back(
          {.text = run.text + " ", .cut = std::max(before, kClause), .is_pause = true});
      return;
    }
    const std::string text = run.text + " ";
    for (std::string_view rest = text; !rest.empty();) {
      Atom atom = FirstAtom(rest);
      rest.remove_prefix(atom.text.size());
      AddWord(std::move(atom));
    }
  }

  // Nothing when a pause or a character alone is too large, or there are too many pieces.
  std::vector<std::string> Pieces() const {
    std::vector<std::string> pieces;
    for (size_t begin = 0; begin < atoms_.size();) {
      size_t end = LongestRun(begin);
      if (end == begin) return {};
      if (end < atoms_.size()) end = BestCut(begin, end);
      std::string piece = Speech(begin, end);
      if (!piece.empty()) pieces.push_back(std::move(piece));
      if (pieces.size() > ssml::kSegmentsMax) return {};
      begin = end;
    }
    return pieces;
  }

 private:
  void AddWord(Atom word) {
    if (Size(WithoutEndSpace(word.text), unit_) <= size_max_) {
      atoms_.push_back(std::move(word));
      return;
    }
    const int64_t part_size_max = size_max_ / 4;  // so that it need not begin a piece of its own
    std::string part;
    int64_t part_size = 0;
    for (size_t at = 0; at < word.text.size();) {
      const size_t next = NextCharacter(word.text, at);
      const std::string_view character = std::string_view(word.text).substr(at, next - at);
      const int64_t size = Size(character, unit_);
      if (!part.empty() && part_size + size > part_size_max) {
        atoms_.push_back({.text = std::exchange(part, {}), .cut = kCharacter});
        part_size = 0;
      }
      part += character;
      part_size += size;
      at = next;
    }
    atoms_.push_back({.text = std::move(part), .cut = word.cut});
  }

  size_t LongestRun(size_t begin) const {
    int64_t size = 0;
    size_t end = begin;
    while (end < atoms_.size() &&
           size + Size(WithoutEndSpace(atoms_[end].text), unit_) <= size_max_) {
      size += Size(atoms_[end++].text, unit_);
    }
    return end;
  }

  size_t BestCut(size_t begin, size_t end) const {
    size_t best = begin;
    for (size_t i = begin; i < end; i++) {
      if (atoms_[i].cut >= atoms_[best].cut) best = i;
    }
    return best + 1;
  }

  // Empty when there is nothing but pauses.
  std::string Speech(size_t begin, size_t end) const {
    std::string piece;
    bool speaks = false;
    for (size_t i = begin; i < end; i++) {
      piece += atoms_[i].text;
      speaks = speaks || (!atoms_[i].is_pause && !ssml::IsBlank(atoms_[i].text));
    }
    return speaks ? std::string(WithoutEndSpace(piece)) : std::string();
  }

  Unit unit_;
  int64_t size_max_;
  std::vector<Atom> atoms_;
};

std::vector<std::string> PlanText(const std::vector<ssml::Run>& runs, Unit unit, int64_t size_max) {
  TextSplitter splitter(unit, size_max);
  for (const ssml::Run& run : runs) splitter.Add(run);
  return splitter.Pieces();
}

int64_t LargestPiece(const std::vector<std::string>& pieces) {
  int64_t largest = 0;
  for (const std::string& piece : pieces)
    largest = std::max(largest, Size(piece, Unit::kCharacters));
  return largest;
}

// ssml::Split() counts bytes, so this looks for the bytes that make as many characters as fit.
std::vector<std::string> SplitByCharacters(const std::string& document, int64_t characters_max) {
  const int64_t characters = Size(document, Unit::kCharacters);
  if (characters <= characters_max) return {document};
  int64_t bytes_max = characters_max * static_cast<int64_t>(document.size()) / characters;
  for (int tries = 0; tries < kShrinkTriesMax; tries++) {
    std::vector<std::string> pieces = ssml::Split(document, static_cast<size_t>(bytes_max));
    const int64_t largest = LargestPiece(pieces);
    if (largest <= characters_max) return pieces;
    bytes_max = std::max(characters_max, bytes_max * characters_max / largest);
  }
  return ssml::Split(document, static_cast<size_t>(characters_max));
}

std::vector<std::string> PlanSsml(std::string_view ssml, const SpeechLimits& limits,
                                  int64_t size_max) {
  const std::optional<std::string> document =
      ssml::KeepElements(ssml, limits.elements, limits.break_ms_max);
  if (!document) return {};
  std::vector<std::string> pieces = limits.unit == Unit::kBytes
                                        ? ssml::Split(*document, static_cast<size_t>(size_max))
                                        : SplitByCharacters(*document, size_max);
  // Services refuse an input that has nothing to say.
  std::erase_if(pieces,
                [](const std::string& piece) { return ssml::IsBlank(ssml::ToText(piece)); });
  return pieces;
}

// The text of an input taken apart again: the words hold no mark of a pause (lower.h).
std::vector<ssml::Run> RunsOf(std::string_view input, const SpeechLimits& limits) {
  const bool has_breaks = limits.form == SpeechLimits::Form::kTextWithBreaks;
  const std::string_view mark = has_breaks ? "<break " : limits.pause;
  const bool has_marks = limits.form != SpeechLimits::Form::kText && !mark.empty();
  std::vector<ssml::Run> runs;
  while (!input.empty()) {
    const size_t at = has_marks ? std::min(input.find(mark), input.size()) : input.size();
    std::string_view words = WithoutEndSpace(input.substr(0, at));
    while (words.starts_with(' ')) words.remove_prefix(1);
    if (!words.empty()) runs.push_back({.text = std::string(words)});
    input.remove_prefix(at);
    if (input.empty()) break;
    const size_t end = has_breaks ? std::min(input.find('>'), input.size() - 1) + 1 : mark.size();
    runs.push_back({.text = std::string(input.substr(0, end)), .is_pause = true});
    input.remove_prefix(end);
  }
  return runs;
}

}  // namespace

std::vector<std::string> Plan(std::string_view ssml, const SpeechLimits& limits) {
  if (limits.input_max < 1) return {};
  switch (limits.form) {
    case SpeechLimits::Form::kSsml:
      return PlanSsml(ssml, limits, limits.input_max);
    case SpeechLimits::Form::kText:
      // Not ssml::ToText(), which sets a space between "。" and what closes the quotation.
      return PlanText(ssml::WordsAndPauses(ssml, {}), limits.unit, limits.input_max);
    case SpeechLimits::Form::kTextWithBreaks:
      return PlanText(ssml::WordsAndBreaks(ssml, limits.break_ms_max), limits.unit,
                      limits.input_max);
    case SpeechLimits::Form::kTextWithPauses:
      return PlanText(ssml::WordsAndPauses(ssml, limits.pause), limits.unit, limits.input_max);
  }
  return {};
}

std::vector<std::string> Refine(std::string_view input, const SpeechLimits& limits) {
  const bool is_ssml = limits.form == SpeechLimits::Form::kSsml;
  const int64_t size = Size(input, limits.unit);
  const int64_t size_min = is_ssml ? kRefinedSsmlMin : kRefinedTextMin;
  if (size <= size_min) return {};
  // Tags may leave no room for words in a half.
  for (const int64_t size_max : {size / 2, size * 3 / 4, size * 7 / 8}) {
    const int64_t part_max = std::max(size_max, size_min);
    std::vector<std::string> pieces = is_ssml
                                          ? PlanSsml(input, limits, part_max)
                                          : PlanText(RunsOf(input, limits), limits.unit, part_max);
    if (!pieces.empty()) return pieces;
  }
  return {};
}

std::optional<std::string> Join(std::vector<std::string> sounds, std::string* error) {
  if (sounds.size() == 1) return audio::WithTrueSizes(std::move(sounds.front()));
  return audio::Join(sounds, error);
}

}  // namespace debrief::speech

// lower.h: an SSML document made simpler, for a server that does not know all of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace debrief::ssml {

// The document with no other elements than these and speak (empty: every one that Check() knows).
// Of the others the words stay: sub gives its alias, a break becomes a space, and so do the edges
// of p and s. Breaks longer than `break_ms_max` are shortened. The result passes Check(); a
// document that needs no change comes back as it is. Nothing comes back when the document is not
// good or would grow beyond kDocumentBytesMax.
std::optional<std::string> KeepElements(std::string_view document,
                                        const std::vector<std::string_view>& elements,
                                        int64_t break_ms_max);

// A stretch of plain text: words with one space between them, or the mark of one pause, which is
// not to be cut. A space belongs between two runs.
struct Run {
  std::string text;
  bool is_pause = false;
};

// The words, and <break time="1.5s"/> where a break was that lasts at all. The words are not
// escaped, but each "<" of theirs is turned into "‹": no reader takes that for the beginning of a
// tag, no voice speaks it, and it keeps apart what "<" kept apart ("a<b"), which leaving it out
// would not. Nothing comes back when the document is not good or has no words.
std::vector<Run> WordsAndBreaks(std::string_view document, int64_t break_ms_max);

// The words, and `pause` where a break of 200 ms or more was. If `pause` begins with "<" or "[",
// that mark is turned into "‹" or "(" in the words, so that they hold no tag of their own. Without
// a `pause`: the words alone.
std::vector<Run> WordsAndPauses(std::string_view document, std::string_view pause);

}  // namespace debrief::ssml

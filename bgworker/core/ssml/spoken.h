// spoken.h: what a voice makes of words, and how long it takes for them.
#pragma once

#include <string_view>

namespace debrief::speech {

enum class Spoken {
  kNothing,  // white space and punctuation alone
  kSymbols,  // "%" or an emoji: some voices name them, others pass over them
  kWords,
};
Spoken SpokenOf(std::string_view text);

// How many seconds the words usually take. Scripts without spaces are measured by the character.
// Digits make the two differ: "2000000" is two words or seven.
struct Seconds {
  double least = 0, most = 0;
};
Seconds SecondsOf(std::string_view text);

}  // namespace debrief::speech

// speech_limits.h: what a server that speaks accepts as input.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace debrief {

// What a server accepts as the input of one call of stage audio. speech::Plan() lowers and splits
// SSML to it.
struct SpeechLimits {
  enum class Form {
    kSsml,            // a document with no other elements than `elements`
    kText,            // plain text
    kTextWithBreaks,  // text and <break time="1.5s"/>, not escaped otherwise
    kTextWithPauses,  // text, with `pause` in place of a break of 200 ms or more
  };
  enum class Unit { kBytes, kCharacters };
  Form form = Form::kSsml;
  std::vector<std::string_view> elements;  // kSsml; empty: every one that ssml::Check() knows
  std::string_view pause;                  // kTextWithPauses
  int64_t break_ms_max = 10'000;           // longer breaks are shortened
  Unit unit = Unit::kBytes;
  int64_t input_max = 5'000;
};

}  // namespace debrief

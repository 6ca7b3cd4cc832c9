// gemini_answers.h: reads the answers of generateContent. A 200 may still be a refusal: a blocked
// prompt, or a candidate that ended for another reason than that it was done.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "bgworker/core/model/failure.h"
#include "bgworker/core/services/provider.h"

namespace debrief::gemini {

// What the first candidate holds: the words of its parts that are no thoughts, and its sound.
struct Generated {
  std::string text;
  std::string sound;       // decoded; several parts of PCM one after the other
  std::string sound_type;  // MIME type as given, lower case
  std::string model;
  Usage usage;
};

// `names_file`: see google::Classify().
std::variant<Generated, Failure> ReadGenerated(const Response& response, std::string_view key,
                                               bool names_file);

// The sample rate that the type names, 24,000 Hz if it names none; 0 when the sound is said to be a
// file. What it is, its bytes say: the same model answers one or the other in different versions.
int SampleRateOf(const Generated& generated);

}  // namespace debrief::gemini

// speech.h: from SSML to a WAV file, by one run of espeak-ng.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "local_provider/options.h"
#include "local_provider/protocol.h"
#include "local_provider/temporary_directory.h"

namespace debrief::local_provider {

struct Speech {
  std::string wav;
};

// Works in `directory`, which must be empty.
std::variant<Speech, ErrorAnswer> Speak(const Options& options, const SpeechJob& job,
                                        const TemporaryDirectory& directory, int stop_descriptor);

// The voices to try in turn: the one asked for, or what fits the language, or "en-us". Empty
// when a name has characters no voice has.
std::vector<std::string> VoiceCandidates(const SpeechJob& job);

}  // namespace debrief::local_provider

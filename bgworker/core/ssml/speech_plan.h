// speech_plan.h: fits an SSML segment to what a provider speaks, and puts the sounds together.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bgworker/core/ssml/speech_limits.h"

namespace debrief::speech {

// The inputs to speak one after the other, each within the limits; usually one. Nothing comes back
// when it cannot be done.
std::vector<std::string> Plan(std::string_view ssml, const SpeechLimits& limits);

// An input that the provider found too large, although it is within the limits, in smaller ones:
// each half as large or less, where the words allow it. Nothing comes back when it is small
// already.
std::vector<std::string> Refine(std::string_view input, const SpeechLimits& limits);

// One sound of several of the same format (WAV: same sample rate, channels and sample format; MP3:
// same sample rate and channels): PCM joined under one header, MP3 frames joined without the ID3
// tags and Xing headers between them. One sound comes back as it is, but for a WAV header that does
// not say how long the sound is.
std::optional<std::string> Join(std::vector<std::string> sounds, std::string* error);

}  // namespace debrief::speech

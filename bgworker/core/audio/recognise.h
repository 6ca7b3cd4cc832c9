// recognise.h: what bytes are that should have been a sound.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace debrief::audio {

// The name of a format of sounds that is not read here, such as "Ogg", or nothing. WAV that is not
// PCM is one.
std::string_view OtherFormat(std::string_view bytes);

// Whether it is text: an error's words, JSON, HTML. Samples are not: they hold bytes that no text
// has.
bool IsText(std::string_view bytes);

// Raw 16-bit samples of one channel under a WAV header. Bytes that are a file of any format come
// back as they are. Nothing, and why, when they are text or no whole samples.
std::optional<std::string> WavFromRaw(std::string bytes, int sample_rate_hz, std::string* error);

}  // namespace debrief::audio

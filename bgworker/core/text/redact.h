// redact.h: text from outside, made harmless.
#pragma once

#include <string>
#include <string_view>

namespace debrief {

// The text made fit for history and log: valid UTF-8 (what is not becomes "?"), one line, at most
// 500 bytes. `key` is removed, with its parts after the first colon, and so is what looks like a
// secret: the word after "Bearer", the value of "...key=", and 32 or more token characters in a row
// once a key, a token or an authorization was mentioned.
std::string CleanDetail(std::string_view text, std::string_view key = {});

}  // namespace debrief

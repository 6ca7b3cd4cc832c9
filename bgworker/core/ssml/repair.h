// repair.h: SSML as language models write it, made into a document that Check() takes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace debrief::ssml {

// All words between <speak> and </speak> stay; without these tags, all words but the lines of a
// fence. A bare "&" or "<" is text, and so is an entity that HTML does not know either. Elements
// and attributes that are not on the allow-list, stand in the wrong place or have a bad value are
// taken off; breaks that are too long are shortened; what is open is closed. Nothing comes back for
// a document with a DOCTYPE, or one that is too large.
std::optional<std::string> Repair(std::string_view text);

}  // namespace debrief::ssml

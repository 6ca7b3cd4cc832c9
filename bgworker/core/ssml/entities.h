// entities.h: the entities of XML, and those of HTML that models write into SSML.
#pragma once

#include <string>
#include <string_view>

namespace debrief::ssml {

// The text with entities as characters; what only looks like one stays as it is.
std::string Unescape(std::string_view text);

}  // namespace debrief::ssml

// speech_markup.h: makes SSML safe and plain for espeak-ng.
//
// espeak-ng 1.51 reads SSML leniently: malformed text is spoken, CDATA is dropped, and
// <audio src="..."> starts another program with that file. So a document is parsed by a real
// XML parser, held against the allow-list of docs/http-protocol.md, and rewritten;
// espeak-ng never sees what the client sent.
#pragma once

#include <string>
#include <string_view>
#include <variant>

namespace debrief::local_provider {

struct PlainMarkup {
  std::string text;
};
struct MarkupProblem {
  std::string sentence;
};

std::variant<PlainMarkup, MarkupProblem> MakePlain(std::string_view ssml);

}  // namespace debrief::local_provider

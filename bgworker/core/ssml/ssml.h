// ssml.h: SSML made, checked and cut. The checker is a real XML parser (expat).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bgworker/core/text/xml.h"

namespace debrief::ssml {

inline constexpr size_t kDocumentBytesMax = xml::kDocumentBytesMax;
inline constexpr int kDepthMax = 16;
inline constexpr size_t kSegmentsMax = 100;

// Text with `& < > " '` escaped and characters that XML 1.0 forbids removed; valid UTF-8 in,
// valid UTF-8 out.
std::string Escape(std::string_view text);

// Whether the text has nothing to say: no character that is not white space, a control, or a
// zero-width mark.
bool IsBlank(std::string_view text);

// One document around plain text: sentences as <s>, paragraphs as <p>.
std::string FromText(std::string_view text, std::string_view language);

// Checks a document against the allow-list of docs/http-protocol.md: elements speak, p, s, break,
// emphasis, prosody, sub, say-as with their attributes and value ranges; root speak in the SSML
// namespace or none; no DOCTYPE, processing instruction, CDATA is text, foreign namespace or
// unknown attribute. Returns an empty string when good, else one short sentence.
std::string Check(std::string_view document);

// Cuts a checked document into documents of at most `bytes_max` bytes each: between paragraphs and
// sentences, else at the end of a sentence in text, else at a comma, else at a space, else between
// characters; never inside an element's tag, an entity or a UTF-8 sequence. Open elements are
// closed and opened again. Words, their order and all breaks are kept. A document that fits comes
// back alone and unchanged. Nothing comes back when it cannot be done (bytes_max below 200, more
// than kSegmentsMax segments, or the document is not good).
std::vector<std::string> Split(std::string_view document, size_t bytes_max);

// The words to speak, elements removed (sub gives its alias): for providers without SSML.
std::string ToText(std::string_view document);

}  // namespace debrief::ssml

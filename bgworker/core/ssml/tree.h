// tree.h: an SSML document as a tree, made only of what the allow-list lets in.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace debrief::ssml {

struct Node {
  std::string name;  // empty: text
  std::string text;  // as characters, not escaped
  std::vector<std::pair<std::string, std::string>> attributes;
  std::vector<std::unique_ptr<Node>> children;

  bool IsText() const { return name.empty(); }
  std::string Attribute(std::string_view key) const;
};

// The allow-list of docs/http-protocol.md.
bool IsKnownElement(std::string_view element);
bool IsGoodAttribute(std::string_view element, std::string_view attribute, std::string_view value);
// Whether the element may stand in those that are open, outermost first.
bool MayStandIn(std::string_view element, const std::vector<Node*>& open);

// The tree, or nothing and why not.
std::unique_ptr<Node> ParseDocument(std::string_view document, std::string* problem);
// The same, to look at. The last tree is kept: a document that is checked is split next, and then
// turned into text.
std::shared_ptr<const Node> ReadDocument(std::string_view document, std::string* problem);

// "<name a=\"v\">" with values escaped.
std::string OpenTag(const Node& node);
std::string CloseTag(const Node& node);
// The whole element or text, as XML.
std::string Serialize(const Node& node);

// Cuts text after each word with the white space that follows it, and after a CJK sentence mark.
std::vector<std::string_view> Words(std::string_view text);
// Whether a sentence ends with this word.
bool EndsSentence(std::string_view word);
bool EndsClause(std::string_view word);

}  // namespace debrief::ssml

// split.cpp: cuts a document into documents that fit.
//
// The tree is flattened to atoms: words, breaks, and elements that cannot be cut (sub, say-as),
// each with the chain of elements it stands in and how good a place to cut the end of it is. Atoms
// are then packed, and a full piece is cut back to its best place.

#include <algorithm>

#include "bgworker/core/ssml/ssml.h"
#include "bgworker/core/ssml/tree.h"

namespace debrief::ssml {
namespace {

constexpr size_t kPieceBytesMin = 200;

enum Cut { kNowhere = 0, kCharacter, kSpace, kClause, kSentence };

struct Atom {
  std::vector<const Node*> chain;
  std::string xml;
  Cut cut = kNowhere;  // how good a place the end of it is
};

std::vector<std::string> Characters(std::string_view word, size_t bytes_max) {
  std::vector<std::string> pieces;
  std::string piece;
  for (size_t at = 0; at < word.size();) {
    size_t next = at + 1;
    while (next < word.size() && (static_cast<unsigned char>(word[next]) & 0xC0) == 0x80) next++;
    const std::string xml = Escape(word.substr(at, next - at));
    if (piece.size() + xml.size() > bytes_max) pieces.push_back(std::exchange(piece, {}));
    piece += xml;
    at = next;
  }
  if (!piece.empty()) pieces.push_back(piece);
  return pieces;
}

// Cuts after the commas of scripts that set no space behind them.
std::vector<std::string_view> WideClauses(std::string_view word) {
  std::vector<std::string_view> clauses;
  size_t begin = 0;
  for (size_t at = 0; at < word.size(); at++) {
    for (const std::string_view mark : {"，", "、", "；", "："}) {
      if (!word.substr(at).starts_with(mark) || at + mark.size() == word.size()) continue;
      clauses.push_back(word.substr(begin, at + mark.size() - begin));
      begin = at + mark.size();
    }
  }
  clauses.push_back(word.substr(begin));
  return clauses;
}

class Flattener {
 public:
  explicit Flattener(size_t word_bytes_max) : word_bytes_max_(word_bytes_max) {}

  void Add(const Node& node) {
    if (node.IsText()) return AddText(node.text);
    if (node.name == "break" || node.name == "sub" || node.name == "say-as") {
      atoms.push_back({.chain = chain_, .xml = Serialize(node), .cut = kSpace});
      return;
    }
    chain_.push_back(&node);
    for (const auto& child : node.children) Add(*child);
    chain_.pop_back();
    if ((node.name == "s" || node.name == "p") && !atoms.empty()) atoms.back().cut = kSentence;
  }

  std::vector<Atom> atoms;

 private:
  void AddText(std::string_view text) {
    for (std::string_view word : Words(text)) {
      const Cut cut = EndsSentence(word) ? kSentence : EndsClause(word) ? kClause : kSpace;
      std::string xml = Escape(word);
      if (xml.size() <= word_bytes_max_) {
        atoms.push_back({.chain = chain_, .xml = std::move(xml), .cut = cut});
        continue;
      }
      for (std::string_view clause : WideClauses(word)) {
        for (std::string& piece : Characters(clause, word_bytes_max_)) {
          atoms.push_back({.chain = chain_, .xml = std::move(piece), .cut = kCharacter});
        }
        atoms.back().cut = kClause;
      }
      atoms.back().cut = cut;
    }
  }

  size_t word_bytes_max_;
  std::vector<const Node*> chain_;
};

// Writes atoms into one document, opening and closing what they stand in.
class Piece {
 public:
  // The size the document would have with the atom, closed.
  size_t BytesWith(const Atom& atom) const {
    Piece with = *this;
    with.Append(atom);
    return with.Closed().size();
  }

  void Append(const Atom& atom) {
    size_t common = 0;
    while (common < open_.size() && common < atom.chain.size() &&
           open_[common] == atom.chain[common]) {
      common++;
    }
    while (open_.size() > common) {
      xml_ += CloseTag(*open_.back());
      open_.pop_back();
    }
    for (size_t i = common; i < atom.chain.size(); i++) {
      open_.push_back(atom.chain[i]);
      xml_ += OpenTag(*atom.chain[i]);
    }
    xml_ += atom.xml;
  }

  std::string Closed() const {
    std::string xml = xml_;
    for (size_t i = open_.size(); i > 0; i--) xml += CloseTag(*open_[i - 1]);
    return xml;
  }

 private:
  std::string xml_;
  std::vector<const Node*> open_;
};

std::string Render(const std::vector<Atom>& atoms, size_t begin, size_t end) {
  Piece piece;
  for (size_t i = begin; i < end; i++) piece.Append(atoms[i]);
  return piece.Closed();
}

// The end of the longest run from `begin` that fits; `begin` when not even one atom does.
size_t LongestRun(const std::vector<Atom>& atoms, size_t begin, size_t bytes_max) {
  Piece piece;
  size_t end = begin;
  while (end < atoms.size() && piece.BytesWith(atoms[end]) <= bytes_max) piece.Append(atoms[end++]);
  return end;
}

// The last of the best places to cut at or before `end`.
size_t BestCut(const std::vector<Atom>& atoms, size_t begin, size_t end) {
  size_t best = end;
  Cut best_cut = kNowhere;
  for (size_t i = begin; i < end; i++) {
    if (atoms[i].cut >= best_cut) {
      best_cut = atoms[i].cut;
      best = i + 1;
    }
  }
  return best;
}

}  // namespace

std::vector<std::string> Split(std::string_view document, size_t bytes_max) {
  std::string problem;
  const std::shared_ptr<const Node> root = ReadDocument(document, &problem);
  if (root == nullptr || bytes_max < kPieceBytesMin) return {};
  if (document.size() <= bytes_max) return {std::string(document)};

  Flattener flattener(bytes_max / 4);
  flattener.Add(*root);
  const std::vector<Atom>& atoms = flattener.atoms;
  std::vector<std::string> pieces;
  for (size_t begin = 0; begin < atoms.size();) {
    size_t end = LongestRun(atoms, begin, bytes_max);
    if (end == begin || pieces.size() == kSegmentsMax) return {};
    if (end < atoms.size()) end = BestCut(atoms, begin, end);
    pieces.push_back(Render(atoms, begin, end));
    begin = end;
  }
  return pieces;
}

}  // namespace debrief::ssml

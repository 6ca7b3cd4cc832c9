// repair.cpp: a reader of tags that refuses nothing. It builds a tree of what the allow-list knows.

#include "bgworker/core/ssml/repair.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include "bgworker/core/ssml/entities.h"
#include "bgworker/core/ssml/ssml.h"
#include "bgworker/core/ssml/tree.h"
#include "bgworker/core/text/ascii.h"
#include "bgworker/core/text/number.h"
#include "bgworker/core/text/utf8.h"

namespace debrief::ssml {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr double kBreakMsMax = 10'000;
constexpr size_t kRepairBytesMax = 4 * kDocumentBytesMax;

std::string_view Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// "12s", "1.5 sec" and "2" in milliseconds that are allowed; empty when there is no number.
std::string BreakTime(std::string_view value) {
  std::string_view unit;
  const std::optional<double> number = number::Leading(Trimmed(value), &unit);
  if (!number || !(*number >= 0)) return {};
  const double ms = Trimmed(unit).starts_with("m") ? *number : *number * 1'000;
  return std::to_string(std::llround(std::min(ms, kBreakMsMax))) + "ms";
}

// A tag without its brackets: "/s", "break time='1s'/".
struct Tag {
  std::string name;  // lower case, without a prefix
  std::vector<std::pair<std::string, std::string>> attributes;
  bool closes = false;
  bool is_empty = false;
};

void ReadAttributes(std::string_view text, Tag* tag) {
  while (true) {
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos) return;
    const std::string_view before = Trimmed(text.substr(0, equals));
    const size_t space = before.find_last_of(kSpace);
    const std::string_view name = before.substr(space == std::string_view::npos ? 0 : space + 1);
    text = text.substr(std::min(text.find_first_not_of(kSpace, equals + 1), text.size()));
    const bool is_quoted = text.starts_with('"') || text.starts_with('\'');
    const size_t begin = is_quoted ? 1 : 0;
    const size_t end =
        std::min(is_quoted ? text.find(text[0], begin) : text.find_first_of(kSpace), text.size());
    tag->attributes.emplace_back(name, Unescape(text.substr(begin, end - begin)));
    text.remove_prefix(std::min(end + begin, text.size()));
  }
}

Tag ReadTag(std::string_view text) {
  Tag tag;
  tag.closes = text.starts_with('/');
  if (tag.closes) text.remove_prefix(1);
  tag.is_empty = text.ends_with('/');
  if (tag.is_empty) text.remove_suffix(1);
  const size_t end = std::min(text.find_first_of(kSpace), text.size());
  tag.name = ascii::Lower(text.substr(0, end));
  if (const size_t colon = tag.name.rfind(':'); colon != std::string::npos) {
    tag.name.erase(0, colon + 1);
  }
  if (tag.name == "paragraph") tag.name = "p";
  if (tag.name == "sentence") tag.name = "s";
  ReadAttributes(text.substr(end), &tag);
  return tag;
}

// Where the tag that begins at `at` ends; npos when what stands there is no tag.
size_t EndOfTag(std::string_view text, size_t at) {
  const size_t name = at + (text.substr(at + 1, 1) == "/" ? 2 : 1);
  if (name >= text.size()) return std::string_view::npos;
  const char first = text[name];
  if (!ascii::IsLetterOrDigit(first) || ascii::IsDigit(first)) return std::string_view::npos;
  char quote = 0;
  for (size_t i = name; i < text.size(); i++) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (text[i - 1] == '=' && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == '>') {
      return i;
    } else if (c == '<') {
      return std::string_view::npos;
    }
  }
  return std::string_view::npos;
}

class Repairer {
 public:
  explicit Repairer(bool has_root) : is_inside_(!has_root) {
    root_.name = "speak";
    open_ = {&root_};
  }

  void AddText(std::string_view text) {
    if (!is_inside_ || text.empty()) return;
    auto& children = open_.back()->children;
    if (children.empty() || !children.back()->IsText()) {
      children.push_back(std::make_unique<Node>());
    }
    children.back()->text += text;
  }

  void AddTag(const Tag& tag) {
    if (tag.name == "speak") return AddSpeak(tag);
    if (!is_inside_) return;
    if (tag.closes) return Close(tag.name);
    auto node = std::make_unique<Node>();
    node->name = tag.name;
    AddAttributes(tag, node.get());
    if (!IsUseful(*node)) {
      if (tag.is_empty || tag.name == "br" || tag.name == "p" || tag.name == "s") AddText(" ");
      return;
    }
    const bool stays_open = !tag.is_empty && tag.name != "break";
    Node* const raw = node.get();
    open_.back()->children.push_back(std::move(node));
    if (stays_open) open_.push_back(raw);
  }

  const Node& root() const { return root_; }

 private:
  // What stands between two documents is not spoken.
  void AddSpeak(const Tag& tag) {
    if (!tag.closes && root_.attributes.empty()) AddAttributes(tag, &root_);
    open_.resize(1);
    is_inside_ = !tag.closes;
    if (!root_.children.empty()) AddText(" ");
  }

  bool IsUseful(const Node& node) const {
    if (!IsKnownElement(node.name) || !MayStandIn(node.name, open_)) return false;
    if (open_.size() >= static_cast<size_t>(kDepthMax)) return false;
    if (node.name == "sub") return !IsBlank(node.Attribute("alias"));
    if (node.name == "say-as") return !node.Attribute("interpret-as").empty();
    return node.name != "prosody" || !node.attributes.empty();
  }

  void Close(std::string_view name) {
    for (size_t i = open_.size() - 1; i > 0; i--) {
      if (open_[i]->name == name) return open_.resize(i);
    }
  }

  static void AddAttributes(const Tag& tag, Node* node) {
    for (const auto& [name, written] : tag.attributes) {
      const bool is_time = node->name == "break" && name == "time";
      const bool is_good = IsGoodAttribute(node->name, name, written);
      const std::string value = is_time && !is_good ? BreakTime(written) : written;
      const bool is_new = node->Attribute(name).empty();
      if (is_new && IsGoodAttribute(node->name, name, value)) {
        node->attributes.emplace_back(name, value);
      }
    }
  }

  Node root_;
  std::vector<Node*> open_;  // the root first
  bool is_inside_;
};

// Lines that begin with ``` left out.
std::string WithoutFences(std::string_view text) {
  std::string without;
  for (size_t at = text.find("```"); at != std::string_view::npos; at = text.find("```")) {
    without += text.substr(0, at);
    const size_t word = text.find_first_of(" \t\r\n<", at + 3);
    text.remove_prefix(std::min(word, text.size()));
  }
  return without.append(text);
}

bool StartsSpeak(std::string_view text) {
  const std::string lower = ascii::Lower(text);
  return lower.find("<speak") != std::string::npos || lower.find(":speak") != std::string::npos;
}

// Behind what is no text at `at`: a comment, CDATA (whose text is added), an instruction.
size_t PassMarkup(std::string_view text, size_t at, Repairer* repairer) {
  struct Markup {
    std::string_view begin, end;
  };
  constexpr Markup kCdata = {"<![CDATA[", "]]>"};
  for (const Markup& markup : {Markup{"<!--", "-->"}, kCdata, Markup{"<?", ">"}}) {
    if (!text.substr(at).starts_with(markup.begin)) continue;
    const size_t begin = at + markup.begin.size();
    const size_t end = std::min(text.find(markup.end, begin), text.size());
    if (markup.begin == kCdata.begin) repairer->AddText(text.substr(begin, end - begin));
    return std::min(end + markup.end.size(), text.size());
  }
  return at;
}

}  // namespace

std::optional<std::string> Repair(std::string_view text) {
  if (text.size() > kRepairBytesMax || !utf8::IsValid(text)) return std::nullopt;
  if (text.find("<!DOCTYPE") != std::string_view::npos) return std::nullopt;
  const bool has_root = StartsSpeak(text);
  const std::string unfenced = has_root ? std::string(text) : WithoutFences(text);
  text = unfenced;
  Repairer repairer(has_root);
  for (size_t at = 0; at < text.size();) {
    const size_t mark = std::min(text.find('<', at), text.size());
    repairer.AddText(Unescape(text.substr(at, mark - at)));
    if (mark == text.size()) break;
    at = PassMarkup(text, mark, &repairer);
    if (at != mark) continue;
    const size_t end = EndOfTag(text, mark);
    if (end == std::string_view::npos) {
      repairer.AddText("<");
      at = mark + 1;
    } else {
      repairer.AddTag(ReadTag(text.substr(mark + 1, end - mark - 1)));
      at = end + 1;
    }
  }
  std::string document = Serialize(repairer.root());
  return Check(document).empty() ? std::optional(std::move(document)) : std::nullopt;
}

}  // namespace debrief::ssml

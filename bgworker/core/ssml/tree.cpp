// tree.cpp: builds the tree while the document is read; the allow-list stops it at the first thing
// that is unknown.

#include "bgworker/core/ssml/tree.h"

#include <algorithm>

#include "bgworker/core/ssml/ssml.h"
#include "bgworker/core/text/ascii.h"
#include "bgworker/core/text/number.h"
#include "bgworker/core/text/utf8.h"
#include "bgworker/core/text/xml.h"

namespace debrief::ssml {
namespace {

constexpr std::string_view kNamespace = "http://www.w3.org/2001/10/synthesis";
constexpr std::string_view kXmlNamespace = "http://www.w3.org/XML/1998/namespace";
constexpr double kBreakSecondsMax = 10;
constexpr size_t kAliasBytesMax = 1'000;
constexpr size_t kValueBytesMax = 32;

struct Allowed {
  std::string_view element;
  std::vector<std::string_view> attributes;
};

const std::vector<Allowed>& AllowList() {
  static const std::vector<Allowed> list = {{"speak", {"version", "xml:lang"}},
                                            {"p", {}},
                                            {"s", {}},
                                            {"break", {"time", "strength"}},
                                            {"emphasis", {"level"}},
                                            {"prosody", {"rate", "pitch", "volume"}},
                                            {"sub", {"alias"}},
                                            {"say-as", {"interpret-as", "format"}}};
  return list;
}

bool OneOf(std::string_view value, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), value) != words.end();
}

// A number at the head of `value`; the rest is its unit.
std::optional<double> Number(std::string_view value, std::string_view* unit) {
  size_t end = 0;
  while (end < value.size() && (ascii::IsDigit(value[end]) || value[end] == '.' ||
                                (end == 0 && (value[0] == '+' || value[0] == '-')))) {
    end++;
  }
  if (end == 0 || std::count(value.begin(), value.begin() + static_cast<long>(end), '.') > 1 ||
      !ascii::IsDigit(value[end - 1])) {
    return std::nullopt;
  }
  *unit = value.substr(end);
  return number::Leading(value.substr(0, end));
}

bool IsBreakTime(std::string_view value) {
  std::string_view unit;
  const std::optional<double> number = Number(value, &unit);
  if (!number || *number < 0) return false;
  return (unit == "s" && *number <= kBreakSecondsMax) ||
         (unit == "ms" && *number <= kBreakSecondsMax * 1000);
}

bool IsProsodyValue(std::string_view value) {
  if (OneOf(value, {"x-slow", "slow", "medium", "fast", "x-fast", "x-low", "low", "high", "x-high",
                    "silent", "x-soft", "soft", "loud", "x-loud", "default"})) {
    return true;
  }
  std::string_view unit;
  return value.size() <= kValueBytesMax && Number(value, &unit) &&
         OneOf(unit, {"", "%", "st", "Hz", "dB"});
}

bool IsWord(std::string_view value) {
  if (value.empty() || value.size() > kValueBytesMax) return false;
  return std::all_of(value.begin(), value.end(), [](char c) {
    return ascii::IsLetterOrDigit(c) || c == ':' || c == '_' || c == '-';
  });
}

bool IsGoodValue(std::string_view element, std::string_view attribute, std::string_view value) {
  if (element == "break" && attribute == "time") return IsBreakTime(value);
  if (element == "break") {
    return OneOf(value, {"none", "x-weak", "weak", "medium", "strong", "x-strong"});
  }
  if (element == "emphasis") return OneOf(value, {"strong", "moderate", "none", "reduced"});
  if (element == "prosody") return IsProsodyValue(value);
  if (element == "sub") return value.size() <= kAliasBytesMax;
  if (attribute == "version") return OneOf(value, {"1.0", "1.1"});
  return IsWord(value);
}

// "namespace|local" as expat gives it; the local name when the namespace is one of ours.
std::optional<std::string> LocalName(std::string_view qualified, bool attribute) {
  const size_t separator = qualified.rfind(xml::kSeparator);
  if (separator == std::string_view::npos) return std::string(qualified);
  const std::string_view space = qualified.substr(0, separator);
  const std::string local(qualified.substr(separator + 1));
  if (attribute && space == kXmlNamespace) return "xml:" + local;
  if (!attribute && space == kNamespace) return local;
  return std::nullopt;
}

const Allowed* FindAllowed(std::string_view element) {
  for (const Allowed& allowed : AllowList()) {
    if (allowed.element == element) return &allowed;
  }
  return nullptr;
}

bool HasAttribute(const Allowed& allowed, std::string_view attribute) {
  return std::find(allowed.attributes.begin(), allowed.attributes.end(), attribute) !=
         allowed.attributes.end();
}

class Builder final : public xml::Handler {
 public:
  std::string OnStart(std::string_view qualified, const xml::Attributes& attributes) override {
    const std::optional<std::string> name = LocalName(qualified, false);
    const Allowed* allowed = name ? FindAllowed(*name) : nullptr;
    if (allowed == nullptr) return "an element is not on the allow-list";
    if (!MayStandIn(*name, open_)) return "<" + *name + "> stands in the wrong place";
    auto node = std::make_unique<Node>();
    node->name = *name;
    if (std::string problem = AddAttributes(*allowed, attributes, node.get()); !problem.empty()) {
      return problem;
    }
    Node* raw = node.get();
    if (open_.empty()) {
      root = std::move(node);
    } else {
      open_.back()->children.push_back(std::move(node));
    }
    open_.push_back(raw);
    return {};
  }

  std::string OnText(std::string_view text) override {
    if (open_.empty()) return {};
    Node* parent = open_.back();
    if (parent->name == "break") return "<break> is not empty";
    if (parent->children.empty() || !parent->children.back()->IsText()) {
      parent->children.push_back(std::make_unique<Node>());
    }
    parent->children.back()->text += text;
    return {};
  }

  void OnEnd() override { open_.pop_back(); }

  std::unique_ptr<Node> root;

 private:
  static std::string AddAttributes(const Allowed& allowed, const xml::Attributes& attributes,
                                   Node* node) {
    for (const auto& [qualified, value] : attributes) {
      const std::optional<std::string> key = LocalName(qualified, true);
      if (!key || !HasAttribute(allowed, *key)) {
        return "<" + node->name + "> has an attribute that is not on the allow-list";
      }
      if (!IsGoodValue(node->name, *key, value)) {
        return "<" + node->name + "> has a bad value in " + *key;
      }
      node->attributes.emplace_back(*key, value);
    }
    return {};
  }

  std::vector<Node*> open_;
};

}  // namespace

bool IsKnownElement(std::string_view element) { return FindAllowed(element) != nullptr; }

bool IsGoodAttribute(std::string_view element, std::string_view attribute, std::string_view value) {
  const Allowed* allowed = FindAllowed(element);
  return allowed != nullptr && HasAttribute(*allowed, attribute) &&
         IsGoodValue(element, attribute, value);
}

bool MayStandIn(std::string_view element, const std::vector<Node*>& open) {
  if ((element == "speak") != open.empty()) return false;
  for (const Node* ancestor : open) {
    if (OneOf(ancestor->name, {"break", "sub", "say-as"})) return false;
    if (OneOf(element, {"p", "s"}) && ancestor->name == "s") return false;
    if (element == "p" && ancestor->name == "p") return false;
  }
  return true;
}

std::string Node::Attribute(std::string_view key) const {
  for (const auto& [name_of, value] : attributes) {
    if (name_of == key) return value;
  }
  return {};
}

std::unique_ptr<Node> ParseDocument(std::string_view document, std::string* problem) {
  if (!utf8::IsValid(document)) {
    *problem = "it is not valid UTF-8";
    return nullptr;
  }
  Builder builder;
  *problem = xml::Read(document,
                       {.depth_max = kDepthMax, .namespaces = true, .refuses_instructions = true},
                       &builder);
  if (!problem->empty()) return nullptr;
  return std::move(builder.root);
}

std::shared_ptr<const Node> ReadDocument(std::string_view document, std::string* problem) {
  struct Tree {
    std::string document;
    std::shared_ptr<const Node> root;
  };
  static Tree* const last = new Tree;  // never deleted: see services/kinds.cpp
  if (last->root == nullptr || last->document != document) {
    std::shared_ptr<const Node> root = ParseDocument(document, problem);
    if (root == nullptr) return nullptr;
    *last = {.document = std::string(document), .root = std::move(root)};
  }
  problem->clear();
  return last->root;
}

std::string OpenTag(const Node& node) {
  std::string tag = "<" + node.name;
  if (node.name == "speak") tag += " xmlns=\"" + std::string(kNamespace) + "\"";
  for (const auto& [key, value] : node.attributes) tag += " " + key + "=\"" + Escape(value) + "\"";
  return tag + (node.name == "break" ? "/>" : ">");
}

std::string CloseTag(const Node& node) {
  return node.name == "break" ? std::string() : "</" + node.name + ">";
}

std::string Serialize(const Node& node) {
  if (node.IsText()) return Escape(node.text);
  std::string xml = OpenTag(node);
  for (const auto& child : node.children) xml += Serialize(*child);
  return xml + CloseTag(node);
}

}  // namespace debrief::ssml

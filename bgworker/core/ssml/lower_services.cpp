// lower_services.cpp: elements and values that a service does not know are taken off, those that
// mean another thing there are converted.

#include "bgworker/core/ssml/lower_services.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <string>

#include "bgworker/core/ssml/ssml.h"
#include "bgworker/core/text/number.h"

namespace debrief::ssml {
namespace {

constexpr double kPercent = 100;
constexpr double kSemitones = 12;  // of an octave
constexpr double kDecibels = 20;   // of a factor of ten

// What stands for an element: itself, or its children. `keep` may change the element.
using Keep = std::function<bool(Node* element, const Node& parent)>;

void Lower(Node* parent, const Keep& keep) {
  std::vector<bool> stays;  // all are judged before any is moved
  for (auto& child : parent->children)
    stays.push_back(child->IsText() || keep(child.get(), *parent));
  std::vector<std::unique_ptr<Node>> lowered;
  for (size_t i = 0; i < stays.size(); i++) {
    std::unique_ptr<Node>& child = parent->children[i];
    Lower(child.get(), keep);
    if (stays[i]) {
      lowered.push_back(std::move(child));
      continue;
    }
    if (child->name == "break") {
      child->children.push_back(std::make_unique<Node>());
      child->children.back()->text = " ";
    }
    for (auto& inner : child->children) lowered.push_back(std::move(inner));
  }
  parent->children = std::move(lowered);
}

bool OneOf(std::string_view value, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), value) != words.end();
}

// A value of <prosody> that begins with a number.
struct Amount {
  double number = 0;
  std::string_view unit;
  bool is_change = false;  // it has a sign
};

std::optional<Amount> AmountOf(std::string_view value) {
  Amount amount{.is_change = value.starts_with('+') || value.starts_with('-')};
  const std::optional<double> number = number::Leading(value, &amount.unit);
  if (!number || !std::isfinite(*number)) return std::nullopt;
  amount.number = *number;
  return amount;
}

// "90%", "-10%" and "0.9" mean the same; nothing where the unit says no factor.
std::optional<double> FactorOf(const Amount& amount) {
  if (amount.unit == "%") {
    return (amount.is_change ? kPercent + amount.number : amount.number) / kPercent;
  }
  if (amount.unit == "st") return std::exp2(amount.number / kSemitones);
  if (amount.unit == "dB") return std::pow(10, amount.number / kDecibels);
  if (amount.unit.empty() && !amount.is_change) return amount.number;
  return std::nullopt;
}

std::string Rounded(double value) {
  return number::General(std::round(value * 1e3) / 1e3 + 0.0, 6);
}

std::string Signed(double value) {
  const std::string rounded = Rounded(value);
  return rounded.starts_with('-') ? rounded : "+" + rounded;
}

void ConvertAttributes(
    Node* node, const std::function<std::string(std::string_view, std::string_view)>& convert) {
  for (auto& [name, value] : node->attributes) value = convert(name, value);
  std::erase_if(node->attributes, [](const auto& attribute) { return attribute.second.empty(); });
}

std::string AzureValue(std::string_view name, std::string_view value) {
  constexpr double kSlowest = 0.5, kFastest = 2;
  const std::optional<Amount> amount = AmountOf(value);
  if (!amount) return std::string(value);
  // A bare number is a loudness from 0 to 100, as in SSML 1.0.
  if (name == "volume" && amount->unit.empty()) return std::string(value);
  const std::optional<double> factor = FactorOf(*amount);
  if (name == "rate") {
    return factor ? Rounded(std::clamp(*factor, kSlowest, kFastest)) : std::string();
  }
  if (name == "volume") {
    return factor ? Rounded(std::clamp(*factor * kPercent, 0.0, kPercent)) : std::string();
  }
  if (amount->unit == "Hz") return std::string(value);
  if (amount->unit == "st" && amount->is_change) return std::string(value);
  if (amount->unit == "%") return Signed((*factor - 1) * kPercent) + "%";
  return {};
}

std::string PollyValue(std::string_view name, std::string_view value) {
  constexpr double kRateMin = 20, kRateMax = 200;
  constexpr double kLower = -33.3, kHigher = 50;
  const std::optional<Amount> amount = AmountOf(value);
  if (!amount) return name == "rate" && value == "default" ? "" : std::string(value);
  const std::optional<double> factor = FactorOf(*amount);
  if (name == "volume") {
    // A bare number is a loudness from 0 to 100, as in SSML 1.0.
    const bool is_level = amount->unit.empty() && !amount->is_change;
    if (!factor) return {};
    if (*factor <= 0) return "silent";
    return Signed(kDecibels * std::log10(is_level ? *factor / kPercent : *factor)) + "dB";
  }
  if (!factor || amount->unit == "dB") return {};
  if (name == "rate") {
    return Rounded(std::clamp(*factor * kPercent, kRateMin, kRateMax)) + "%";
  }
  if (amount->unit.empty()) return {};
  return Signed(std::clamp((*factor - 1) * kPercent, kLower, kHigher)) + "%";
}

bool IsBlankText(const Node& node) { return node.IsText() && IsBlank(node.text); }

// Whether what is in the element begins and ends where sentences do.
bool HoldsSentences(const Node& element, const Node& parent) {
  const bool in_sentence = parent.name == "s";
  if (!in_sentence && parent.name != "speak" && parent.name != "p") return false;
  return std::all_of(parent.children.begin(), parent.children.end(), [&](const auto& sibling) {
    if (sibling.get() == &element || IsBlankText(*sibling) || sibling->name == "break") return true;
    return !in_sentence && OneOf(sibling->name, {"p", "s", "prosody"});
  });
}

bool IsPollySayAs(std::string_view kind) {
  return OneOf(kind, {"characters", "spell-out", "cardinal", "number", "ordinal", "digits",
                      "fraction", "unit", "date", "time", "address", "expletive", "telephone"});
}

}  // namespace

void LowerForAzure(Node* root, bool is_hd) {
  Lower(root, [is_hd](Node* element, const Node&) {
    if (is_hd && OneOf(element->name, {"break", "prosody", "emphasis"})) return false;
    if (element->name != "prosody") return true;
    ConvertAttributes(element, AzureValue);
    return !element->attributes.empty();
  });
}

void LowerForPolly(Node* root, std::string_view engine) {
  const bool is_standard = engine == "standard", is_generative = engine == "generative";
  Lower(root, [=](Node* element, const Node& parent) {
    if (element->name == "say-as") return IsPollySayAs(element->Attribute("interpret-as"));
    if (element->name != "prosody") return true;
    if (is_generative && !HoldsSentences(*element, parent)) return false;
    ConvertAttributes(element, [is_standard](std::string_view name, std::string_view value) {
      return name == "pitch" && !is_standard ? std::string() : PollyValue(name, value);
    });
    return !element->attributes.empty();
  });
}

}  // namespace debrief::ssml

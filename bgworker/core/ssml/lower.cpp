// lower.cpp: the tree with elements taken out, or written as plain text.

#include "bgworker/core/ssml/lower.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <memory>

#include "bgworker/core/ssml/ssml.h"
#include "bgworker/core/ssml/tree.h"

namespace debrief::ssml {
namespace {

using Children = std::vector<std::unique_ptr<Node>>;

constexpr int64_t kHeardPauseMsMin = 200;

// How long a strength lasts is the voice's own affair in SSML; these are usual lengths.
struct Strength {
  std::string_view name;
  int64_t duration_ms;
};
constexpr int64_t kMediumMs = 400;
constexpr std::array<Strength, 6> kStrengths = {{{"none", 0},
                                                 {"x-weak", 50},
                                                 {"weak", 150},
                                                 {"medium", kMediumMs},
                                                 {"strong", 700},
                                                 {"x-strong", 1'200}}};

// A break's time such as "1.5s" or "+250ms", as the allow-list lets it through.
int64_t TimeMs(std::string_view time) {
  if (time.starts_with('+')) time.remove_prefix(1);
  double number = 0;
  // Not strtod(): it asks the locale what a decimal point is.
  std::from_chars(time.data(), time.data() + time.size(), number);
  return std::llround(time.ends_with("ms") ? number : number * 1'000);
}

int64_t BreakMs(const Node& node) {
  const std::string time = node.Attribute("time");
  if (!time.empty()) return TimeMs(time);
  const std::string strength = node.Attribute("strength");
  for (const Strength& known : kStrengths) {
    if (known.name == strength) return known.duration_ms;
  }
  return kMediumMs;  // SSML's default for a break without a length
}

// Whether the element's words are others than those before and after it.
bool StandsApart(const Node& node) { return node.name == "p" || node.name == "s"; }

class Keeper {
 public:
  Keeper(const std::vector<std::string_view>& elements, int64_t break_ms_max)
      : elements_(elements), break_ms_max_(std::max<int64_t>(break_ms_max, 0)) {}

  void LowerChildren(Node* node) {
    Children kept;
    for (auto& child : node->children) Keep(std::move(child), &kept);
    node->children = std::move(kept);
  }

  bool has_changed() const { return has_changed_; }

 private:
  void Keep(std::unique_ptr<Node> node, Children* kept) {
    if (!node->IsText() && !IsKept(node->name)) return Unwrap(std::move(node), kept);
    if (node->name == "break") Shorten(node.get());
    LowerChildren(node.get());
    kept->push_back(std::move(node));
  }

  void Unwrap(std::unique_ptr<Node> node, Children* kept) {
    has_changed_ = true;
    if (node->name == "sub") return AddText(node->Attribute("alias"), kept);
    if (node->name == "break") return AddText(" ", kept);
    if (StandsApart(*node)) AddText(" ", kept);
    for (auto& child : node->children) Keep(std::move(child), kept);
    if (StandsApart(*node)) AddText(" ", kept);
  }

  bool IsKept(std::string_view name) const {
    return elements_.empty() ||
           std::find(elements_.begin(), elements_.end(), name) != elements_.end();
  }

  void Shorten(Node* node) {
    if (BreakMs(*node) <= break_ms_max_) return;
    node->attributes = {{"time", std::to_string(break_ms_max_) + "ms"}};
    has_changed_ = true;
  }

  static void AddText(std::string text, Children* kept) {
    kept->push_back(std::make_unique<Node>());
    kept->back()->text = std::move(text);
  }

  const std::vector<std::string_view>& elements_;
  int64_t break_ms_max_;
  bool has_changed_ = false;
};

bool IsAsciiSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// White space collapsed, and the mark that would open a tag replaced.
std::string CleanWords(std::string_view text, char opener) {
  std::string words;
  for (char c : text) {
    if (IsAsciiSpace(c)) {
      if (!words.empty() && words.back() != ' ') words += ' ';
    } else if (c == opener) {
      words += c == '<' ? "‹" : "(";
    } else {
      words += c;
    }
  }
  if (words.ends_with(' ')) words.pop_back();
  return words;
}

// Writes a tree as runs.
class RunWriter {
 public:
  // `mark` gives the text of a pause of so many milliseconds, or none.
  RunWriter(std::function<std::string(int64_t)> mark, char opener)
      : mark_(std::move(mark)), opener_(opener) {}

  void Add(const Node& node) {
    if (node.IsText()) {
      words_ += node.text;
    } else if (node.name == "sub") {
      words_ += node.Attribute("alias");
    } else if (node.name == "break") {
      AddPause(BreakMs(node));
    } else {
      if (StandsApart(node)) words_ += ' ';
      for (const auto& child : node.children) Add(*child);
      if (StandsApart(node)) words_ += ' ';
    }
  }

  std::vector<Run> Finish() {
    EndWords();
    const bool speaks = std::any_of(runs_.begin(), runs_.end(), [](const Run& run) {
      return !run.is_pause && !IsBlank(run.text);
    });
    return speaks ? std::move(runs_) : std::vector<Run>();
  }

 private:
  void AddPause(int64_t duration_ms) {
    words_ += ' ';
    std::string mark = mark_(duration_ms);
    if (mark.empty()) return;
    EndWords();
    runs_.push_back({.text = std::move(mark), .is_pause = true});
  }

  void EndWords() {
    std::string words = CleanWords(words_, opener_);
    words_.clear();
    if (!words.empty()) runs_.push_back({.text = std::move(words)});
  }

  std::function<std::string(int64_t)> mark_;
  char opener_;
  std::string words_;
  std::vector<Run> runs_;
};

// "1.5" for 1500: always with a point, whatever the locale.
std::string Seconds(int64_t duration_ms) {
  std::string decimals = std::to_string(1'000 + duration_ms % 1'000).substr(1);
  while (decimals.ends_with('0')) decimals.pop_back();
  return std::to_string(duration_ms / 1'000) + (decimals.empty() ? "" : "." + decimals);
}

std::vector<Run> Runs(std::string_view document, RunWriter writer) {
  std::string problem;
  const std::unique_ptr<Node> root = ParseDocument(document, &problem);
  if (root == nullptr) return {};
  writer.Add(*root);
  return writer.Finish();
}

}  // namespace

std::optional<std::string> KeepElements(std::string_view document,
                                        const std::vector<std::string_view>& elements,
                                        int64_t break_ms_max) {
  std::string problem;
  if (elements.empty() && document.find("break") == std::string_view::npos) {
    return ReadDocument(document, &problem) != nullptr ? std::optional(std::string(document))
                                                       : std::nullopt;
  }
  const std::unique_ptr<Node> root = ParseDocument(document, &problem);
  if (root == nullptr) return std::nullopt;
  Keeper keeper(elements, break_ms_max);
  keeper.LowerChildren(root.get());
  if (!keeper.has_changed()) return std::string(document);
  std::string lowered = Serialize(*root);
  if (lowered.size() > kDocumentBytesMax) return std::nullopt;
  return lowered;
}

std::vector<Run> WordsAndBreaks(std::string_view document, int64_t break_ms_max) {
  const auto tag = [break_ms_max](int64_t duration_ms) {
    const int64_t capped_ms = std::min(duration_ms, break_ms_max);
    return capped_ms <= 0 ? std::string() : "<break time=\"" + Seconds(capped_ms) + "s\"/>";
  };
  return Runs(document, RunWriter(tag, '<'));
}

std::vector<Run> WordsAndPauses(std::string_view document, std::string_view pause) {
  const auto word = [pause](int64_t duration_ms) {
    return std::string(duration_ms < kHeardPauseMsMin ? std::string_view() : pause);
  };
  const bool is_tag = pause.starts_with('<') || pause.starts_with('[');
  return Runs(document, RunWriter(word, is_tag ? pause.front() : '\0'));
}

}  // namespace debrief::ssml

// ssml.cpp: text to SSML and back; tree.cpp checks a document, split.cpp cuts it.

#include "bgworker/core/ssml/ssml.h"

#include <algorithm>
#include <array>

#include "bgworker/core/ssml/tree.h"
#include "bgworker/core/text/ascii.h"
#include "bgworker/core/text/utf8.h"

namespace debrief::ssml {
namespace {

// XML 1.0 forbids these, escaped or not.
bool IsForbidden(uint32_t value) {
  return (value < 0x20 && value != '\t' && value != '\n' && value != '\r') || value == 0xFFFE ||
         value == 0xFFFF;
}

bool IsSpace(uint32_t value) {
  return value == ' ' || (value >= 0x09 && value <= 0x0D) || value == 0x85 || value == 0xA0 ||
         value == 0x1680 || (value >= 0x2000 && value <= 0x200A) || value == 0x2028 ||
         value == 0x2029 || value == 0x202F || value == 0x205F || value == 0x3000;
}

bool IsAsciiSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// White space, controls, and characters that leave no trace. The same list: debrief._is_blank() in
// sql/40_trigger_functions.sql.
struct Range {
  uint32_t first, last;
};
constexpr std::array<Range, 20> kBlank = {
    {{0x00, 0x20},     {0x7F, 0xA0},     {0xAD, 0xAD},     {0x34F, 0x34F},   {0x61C, 0x61C},
     {0x115F, 0x1160}, {0x1680, 0x1680}, {0x17B4, 0x17B5}, {0x180B, 0x180F}, {0x2000, 0x200F},
     {0x2028, 0x202F}, {0x205F, 0x206F}, {0x2800, 0x2800}, {0x3000, 0x3000}, {0x3164, 0x3164},
     {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE0FFF}}};

bool IsBlankCharacter(uint32_t value) {
  return std::any_of(kBlank.begin(), kBlank.end(), [value](const Range& range) {
    return value >= range.first && value <= range.last;
  });
}

std::string_view Entity(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&apos;";
    default:
      return {};
  }
}

// Of scripts that set no space behind a sentence: what ends one, and what closes with it.
bool IsWideEnd(uint32_t value) { return value == 0x3002 || value == 0xFF01 || value == 0xFF1F; }
bool IsWideCloser(uint32_t value) {
  return value == 0x300D || value == 0x300F || value == 0x3011 || value == 0x3009 ||
         value == 0x300B || value == 0xFF09 || value == 0x2019 || value == 0x201D;
}

constexpr std::array<std::string_view, 14> kAbbreviations = {
    "mr.", "mrs.", "ms.",  "dr.",  "prof.",   "st.",  "no.",
    "vs.", "e.g.", "i.e.", "etc.", "approx.", "fig.", "cf."};

std::string_view WithoutClosers(std::string_view word) {
  for (bool again = true; again;) {
    again = false;
    for (std::string_view closer : {" ", "\t", "\n", "\r", "\"", "'", ")", "]", "”", "’", "»", "」",
                                    "』", "】", "〉", "》", "）"}) {
      if (word.ends_with(closer)) {
        word.remove_suffix(closer.size());
        again = true;
      }
    }
  }
  return word;
}

bool EndsWithAny(std::string_view word, std::initializer_list<std::string_view> marks) {
  return std::any_of(marks.begin(), marks.end(),
                     [&](std::string_view mark) { return word.ends_with(mark); });
}

// The sentences of one paragraph, white space collapsed.
std::vector<std::string> Sentences(std::string_view paragraph) {
  std::vector<std::string> sentences;
  std::string sentence;
  for (std::string_view word : Words(paragraph)) {
    const bool ends = EndsSentence(word);
    while (!word.empty() && IsAsciiSpace(word.back())) word.remove_suffix(1);
    if (!word.empty()) {
      if (!sentence.empty()) sentence += ' ';
      sentence += word;
    }
    if (ends && !sentence.empty()) sentences.push_back(std::exchange(sentence, {}));
  }
  if (!sentence.empty()) sentences.push_back(sentence);
  return sentences;
}

std::vector<std::string_view> Paragraphs(std::string_view text) {
  std::vector<std::string_view> paragraphs;
  while (!text.empty()) {
    const size_t end = std::min(text.find("\n\n"), text.size());
    if (!IsBlank(text.substr(0, end))) paragraphs.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return paragraphs;
}

void AppendText(const Node& node, std::string* text) {
  if (node.IsText()) {
    *text += node.text;
  } else if (node.name == "sub") {
    *text += node.Attribute("alias");
  } else {
    if (node.name == "break" || node.name == "p" || node.name == "s") *text += ' ';
    for (const auto& child : node.children) AppendText(*child, text);
    if (node.name == "p" || node.name == "s") *text += ' ';
  }
}

}  // namespace

std::string Escape(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size() + 16);
  for (size_t at = 0; at < text.size();) {
    const utf8::CodePoint point = utf8::Decode(text, at);
    if (point.bytes == 0) {
      at++;  // not UTF-8: left out
      continue;
    }
    const std::string_view entity = point.bytes == 1 ? Entity(text[at]) : std::string_view();
    if (!entity.empty()) {
      escaped += entity;
    } else if (!IsForbidden(point.value)) {
      escaped += text.substr(at, point.bytes);
    }
    at += point.bytes;
  }
  return escaped;
}

bool IsBlank(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const utf8::CodePoint point = utf8::Decode(text, at);
    if (point.bytes == 0) {
      at++;
      continue;
    }
    if (!IsBlankCharacter(point.value)) return false;
    at += point.bytes;
  }
  return true;
}

std::vector<std::string_view> Words(std::string_view text) {
  std::vector<std::string_view> words;
  size_t begin = 0;
  bool is_wide_end = false;
  for (size_t at = 0; at < text.size();) {
    const utf8::CodePoint point = utf8::Decode(text, at);
    const size_t next = at + std::max<size_t>(point.bytes, 1);
    const uint32_t next_value = next < text.size() ? utf8::Decode(text, next).value : 0;
    is_wide_end = IsWideEnd(point.value) || (is_wide_end && IsWideCloser(point.value));
    const bool wide_ends = is_wide_end && !IsWideEnd(next_value) && !IsWideCloser(next_value);
    const bool space_ends = IsSpace(point.value) && !IsSpace(next_value);
    if (wide_ends || space_ends) {
      words.push_back(text.substr(begin, next - begin));
      begin = next;
    }
    at = next;
  }
  if (begin < text.size()) words.push_back(text.substr(begin));
  return words;
}

bool EndsSentence(std::string_view word) {
  word = WithoutClosers(word);
  if (!EndsWithAny(word, {".", "?", "!", "…", "。", "！", "？", "।", "؟", "۔"})) return false;
  const std::string lower = ascii::Lower(word);
  const bool initial = lower.size() == 2 && lower[1] == '.' && lower[0] >= 'a' && lower[0] <= 'z';
  return !initial &&
         std::find(kAbbreviations.begin(), kAbbreviations.end(), lower) == kAbbreviations.end();
}

bool EndsClause(std::string_view word) {
  return EndsWithAny(WithoutClosers(word), {",", ";", ":", "，", "、", "；", "،", "؛"});
}

std::string FromText(std::string_view text, std::string_view language) {
  std::string document =
      "<speak xmlns=\"http://www.w3.org/2001/10/synthesis\" version=\"1.1\" xml:lang=\"" +
      Escape(language) + "\">";
  const std::vector<std::string_view> paragraphs = Paragraphs(text);
  for (std::string_view paragraph : paragraphs) {
    if (paragraphs.size() > 1) document += "<p>";
    for (const std::string& sentence : Sentences(paragraph)) {
      document += "<s>" + Escape(sentence) + "</s>";
    }
    if (paragraphs.size() > 1) document += "</p>";
  }
  return document + "</speak>";
}

std::string Check(std::string_view document) {
  std::string problem;
  ReadDocument(document, &problem);
  return problem;
}

std::string ToText(std::string_view document) {
  std::string problem;
  const std::shared_ptr<const Node> root = ReadDocument(document, &problem);
  if (root == nullptr) return {};
  std::string text;
  AppendText(*root, &text);
  std::string collapsed;
  for (std::string_view word : Words(text)) {
    while (!word.empty() && IsAsciiSpace(word.back())) word.remove_suffix(1);
    if (word.empty()) continue;
    if (!collapsed.empty()) collapsed += ' ';
    collapsed += word;
  }
  return collapsed;
}

}  // namespace debrief::ssml

// entities.cpp: see entities.h.

#include "bgworker/core/ssml/entities.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

namespace debrief::ssml {
namespace {

constexpr size_t kEntityBytesMax = 12;

struct Entity {
  std::string_view name, text;
};
constexpr std::array<Entity, 31> kEntities = {
    {{"amp", "&"},   {"lt", "<"},     {"gt", ">"},     {"quot", "\""},  {"apos", "'"},
     {"nbsp", " "},  {"ensp", " "},   {"emsp", " "},   {"thinsp", " "}, {"shy", ""},
     {"ndash", "–"}, {"mdash", "—"},  {"hellip", "…"}, {"lsquo", "‘"},  {"rsquo", "’"},
     {"ldquo", "“"}, {"rdquo", "”"},  {"bdquo", "„"},  {"laquo", "«"},  {"raquo", "»"},
     {"deg", "°"},   {"euro", "€"},   {"auml", "ä"},   {"ouml", "ö"},   {"uuml", "ü"},
     {"szlig", "ß"}, {"eacute", "é"}, {"egrave", "è"}, {"agrave", "à"}, {"ccedil", "ç"},
     {"ntilde", "ñ"}}};

void AppendUtf8(uint32_t value, std::string* text) {
  if (value < 0x80) {
    *text += static_cast<char>(value);
    return;
  }
  const int more = value < 0x800 ? 1 : value < 0x10000 ? 2 : 3;
  constexpr std::array<unsigned, 4> kLead = {0, 0xC0, 0xE0, 0xF0};
  *text += static_cast<char>(kLead[static_cast<size_t>(more)] | value >> (6 * more));
  for (int i = more - 1; i >= 0; i--) *text += static_cast<char>(0x80 | (value >> (6 * i) & 0x3F));
}

// "#38" or "#x26".
std::optional<uint32_t> Number(std::string_view name) {
  if (!name.starts_with('#')) return std::nullopt;
  const bool is_hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
  name.remove_prefix(is_hex ? 2 : 1);
  uint32_t value = 0;
  const char* const end = name.data() + name.size();
  if (std::from_chars(name.data(), end, value, is_hex ? 16 : 10).ptr != end) return std::nullopt;
  const bool is_character = value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
  return is_character && !name.empty() ? std::optional(value) : std::nullopt;
}

}  // namespace

std::string Unescape(std::string_view text) {
  std::string plain;
  for (size_t at = 0; at < text.size(); at++) {
    const std::string_view head = text.substr(at, kEntityBytesMax + 1);
    const size_t bytes = head.starts_with('&') ? head.find(';') : std::string_view::npos;
    if (bytes == std::string_view::npos) {
      plain += text[at];
      continue;
    }
    const size_t end = at + bytes;
    const std::string_view name = text.substr(at + 1, end - at - 1);
    const auto known = std::find_if(kEntities.begin(), kEntities.end(),
                                    [&](const Entity& entity) { return entity.name == name; });
    const std::optional<uint32_t> number = Number(name);
    if (number) {
      AppendUtf8(*number, &plain);
    } else if (known != kEntities.end()) {
      plain += known->text;
    } else {
      plain += '&';
      continue;
    }
    at = end;
  }
  return plain;
}

}  // namespace debrief::ssml

// speech_plan_fuzz.cpp: any document, good or made of any text, fitted to any limits: words and
// their order stay, every piece is within the limit, and SSML stays good SSML.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "bgworker/core/ssml/speech_plan.h"
#include "bgworker/core/ssml/ssml.h"
#include "bgworker/core/text/utf8.h"

namespace {

using debrief::SpeechLimits;
using Form = SpeechLimits::Form;

constexpr size_t kDocumentBytesMax = 8'000;  // for speed

bool IsInsideCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// What is spoken: neither white space nor, where `tags_too`, anything between < and >.
std::string Spoken(std::string_view text, bool tags_too) {
  std::string spoken;
  bool in_tag = false;
  for (size_t at = 0; at < text.size();) {
    size_t next = at + 1;
    while (next < text.size() && IsInsideCharacter(text[next])) next++;
    const std::string_view character = text.substr(at, next - at);
    in_tag = in_tag || (tags_too && character == "<");
    if (!in_tag && !debrief::ssml::IsBlank(character)) spoken += character;
    if (in_tag && character == ">") in_tag = false;
    at = next;
  }
  return spoken;
}

SpeechLimits LimitsFrom(const uint8_t* data) {
  SpeechLimits limits;
  limits.form = static_cast<Form>(data[0] % 4);
  limits.unit = data[0] & 4 ? SpeechLimits::Unit::kBytes : SpeechLimits::Unit::kCharacters;
  if (data[0] & 8) limits.elements = {"s", "break"};
  if (data[0] & 16) limits.elements = {"prosody", "sub"};
  limits.pause = "<pause>";
  limits.break_ms_max = data[1] * 40;
  limits.input_max = data[2] * 8;
  return limits;
}

bool Fits(const std::string& piece, const SpeechLimits& limits) {
  const bool in_bytes = limits.unit == SpeechLimits::Unit::kBytes;
  const auto inside = std::count_if(piece.begin(), piece.end(), IsInsideCharacter);
  const auto bytes = static_cast<int64_t>(piece.size());
  return !piece.empty() && (in_bytes ? bytes : bytes - inside) <= limits.input_max;
}

// What is left of an input that is taken apart: all of it, in smaller pieces.
void CheckRefined(const std::string& input, const SpeechLimits& limits, bool tags) {
  const std::vector<std::string> pieces = debrief::speech::Refine(input, limits);
  if (pieces.empty()) return;
  const bool is_ssml = limits.form == Form::kSsml;
  const auto spoken_of = [&](const std::string& text) {
    return Spoken(is_ssml ? debrief::ssml::ToText(text) : text, tags);
  };
  std::string spoken;
  for (const std::string& piece : pieces) {
    if (piece.size() >= input.size() || !debrief::utf8::IsValid(piece)) std::abort();
    spoken += spoken_of(piece);
  }
  if (spoken != spoken_of(input)) std::abort();
}

void CheckPlan(const std::string& document, const SpeechLimits& limits) {
  const std::vector<std::string> pieces = debrief::speech::Plan(document, limits);
  if (pieces.empty()) return;
  const bool tags = limits.form == Form::kTextWithBreaks || limits.form == Form::kTextWithPauses;
  std::string expected = debrief::ssml::ToText(document);
  for (size_t at = 0; tags && (at = expected.find('<', at)) != std::string::npos;) {
    expected.replace(at, 1, "‹");
  }
  std::string spoken;
  for (const std::string& piece : pieces) {
    const bool is_ssml = limits.form == Form::kSsml;
    if (!Fits(piece, limits) || !debrief::utf8::IsValid(piece)) std::abort();
    if (is_ssml && !debrief::ssml::Check(piece).empty()) std::abort();
    spoken += Spoken(is_ssml ? debrief::ssml::ToText(piece) : piece, tags);
    CheckRefined(piece, limits, tags);
  }
  if (spoken != Spoken(expected, tags)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3 || size > kDocumentBytesMax) return 0;
  const SpeechLimits limits = LimitsFrom(data);
  const std::string text(reinterpret_cast<const char*>(data + 3), size - 3);
  CheckPlan(text, limits);
  CheckPlan("<speak>" + text + "</speak>", limits);
  CheckPlan(debrief::ssml::FromText(text, "en-US"), limits);
  return 0;
}

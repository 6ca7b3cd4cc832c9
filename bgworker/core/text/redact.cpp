// redact.cpp: CleanDetail() of classify.h: words that came from outside, made harmless.
//
// Redaction guesses, and errs on the side of taking out too much. What it is sure of is the key
// that was sent, wherever it stands.

#include "bgworker/core/services/classify.h"
#include "bgworker/core/ssml/ssml.h"
#include "bgworker/core/text/ascii.h"

namespace debrief {
namespace {

constexpr size_t kDetailBytesMax = 500;
constexpr size_t kTextBytesMax = 64 * 1024;  // more is not even looked at
constexpr size_t kSecretBytesMin = 32;
constexpr std::string_view kRedacted = "[redacted]";

size_t SequenceBytes(char lead) {
  const unsigned char byte = static_cast<unsigned char>(lead);
  return byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
}

// ASCII and C1 controls, and Unicode's own line ends.
bool IsControl(std::string_view character) {
  const unsigned char first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7f;
  if (character.size() == 2)
    return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
  return character == "\u2028" || character == "\u2029";
}

std::string OneLine(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const std::string_view character = text.substr(at, SequenceBytes(text[at]));
    if (!ssml::IsValidUtf8(character)) {
      line += '?';
      at++;
      continue;
    }
    if (IsControl(character)) {
      line += ' ';
    } else {
      line += character;
    }
    at += character.size();
  }
  return line;
}

std::string Without(std::string_view text, std::string_view key) {
  std::string clean;
  for (size_t at = 0; at < text.size();) {
    const size_t found = key.empty() ? std::string_view::npos : text.find(key, at);
    clean += text.substr(at, found - at);
    if (found == std::string_view::npos) break;
    clean += kRedacted;
    at = found + key.size();
  }
  return clean;
}

bool IsTokenByte(char c) {
  return ascii::IsLetterOrDigit(c) || std::string_view("_-.+/~%").find(c) != std::string_view::npos;
}

bool EndsValue(char c) {
  return std::string_view(" \"'\\&,;<>()[]{}").find(c) != std::string_view::npos;
}

bool NamesSecret(const std::string& lower) {
  for (const std::string_view name :
       {"key", "token", "authorization", "secret", "password", "signature"}) {
    if (lower.find(name) != std::string::npos) return true;
  }
  return lower == "sig";
}

// Goes through the text once, token by token, and remembers what the last one announced.
class Redactor {
 public:
  std::string Run(std::string_view text) {
    for (size_t at = 0; at < text.size();) {
      const size_t begin = at;
      if (value_follows_ && !EndsValue(text[at])) {
        while (at < text.size() && !EndsValue(text[at])) at++;
        clean_ += kRedacted;
        Forget();
      } else if (IsTokenByte(text[at])) {
        while (at < text.size() && IsTokenByte(text[at])) at++;
        TakeToken(text.substr(begin, at - begin));
      } else {
        TakeSeparator(text[at++]);
      }
    }
    return std::move(clean_);
  }

 private:
  void TakeToken(std::string_view token) {
    clean_ += secrets_mentioned_ && token.size() >= kSecretBytesMin ? kRedacted : token;
    const std::string lower = ascii::Lower(token);
    Forget();
    bearer_ = lower == "bearer";
    name_ = NamesSecret(lower);
    secrets_mentioned_ = secrets_mentioned_ || name_ || bearer_;
  }

  void TakeSeparator(char c) {
    clean_ += c;
    if ((c == '=' && name_) || (c == ' ' && bearer_)) {
      value_follows_ = true;
    } else if (c != ' ' && c != '"' && c != '\'' && c != '\\') {
      Forget();
    }
  }

  void Forget() { name_ = bearer_ = value_follows_ = false; }

  std::string clean_;
  bool name_ = false;           // the last token was "api_key" or the like
  bool bearer_ = false;         // the last token was "Bearer"
  bool value_follows_ = false;  // what comes next is a secret, however short
  bool secrets_mentioned_ = false;
};

}  // namespace

std::string CleanDetail(std::string_view text, std::string_view key) {
  const std::string line = Without(OneLine(text.substr(0, kTextBytesMax)), key);
  std::string clean = Redactor().Run(line);
  if (clean.size() <= kDetailBytesMax) return clean;
  size_t cut = kDetailBytesMax;
  while (cut > 0 && (static_cast<unsigned char>(clean[cut]) & 0xC0) == 0x80) cut--;
  clean.resize(cut);
  return clean;
}

}  // namespace debrief

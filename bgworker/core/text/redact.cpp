// redact.cpp: see redact.h. Redaction guesses, and rather removes too much. The key that was sent
// is certain to be removed, wherever it stands.

#include "bgworker/core/text/redact.h"

#include <cstdint>

#include "bgworker/core/text/ascii.h"
#include "bgworker/core/text/utf8.h"

namespace debrief {
namespace {

constexpr size_t kDetailBytesMax = 500;
constexpr size_t kTextBytesMax = 64 * 1024;  // more is not even looked at
constexpr size_t kSecretBytesMin = 32;
constexpr std::string_view kRedacted = "[redacted]";

// ASCII and C1 controls, and Unicode's own line ends.
bool IsControl(uint32_t value) {
  return value < 0x20 || (value >= 0x7f && value < 0xA0) || value == 0x2028 || value == 0x2029;
}

std::string OneLine(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const utf8::CodePoint point = utf8::Decode(text, at);
    if (point.bytes == 0) {
      line += '?';
    } else if (IsControl(point.value)) {
      line += ' ';
    } else {
      line += text.substr(at, point.bytes);
    }
    at += point.bytes == 0 ? 1 : point.bytes;
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

// Also of its parts after the first colon: of "id:secret:session", which signs, secret and session
// are each as secret as the whole. The id names the key and stays.
std::string WithoutKey(std::string_view text, std::string_view key) {
  constexpr size_t kPartBytesMin = 8;
  std::string clean = Without(text, key);
  for (size_t colon = key.find(':'); colon != std::string_view::npos;) {
    const size_t begin = colon + 1;
    colon = key.find(':', begin);
    const std::string_view part = key.substr(begin, colon - begin);
    if (part.size() >= kPartBytesMin) clean = Without(clean, part);
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
        AddToken(text.substr(begin, at - begin));
      } else {
        AddSeparator(text[at++]);
      }
    }
    return std::move(clean_);
  }

 private:
  void AddToken(std::string_view token) {
    clean_ += secrets_mentioned_ && token.size() >= kSecretBytesMin ? kRedacted : token;
    const std::string lower = ascii::Lower(token);
    Forget();
    bearer_ = lower == "bearer";
    name_ = NamesSecret(lower);
    secrets_mentioned_ = secrets_mentioned_ || name_ || bearer_;
  }

  void AddSeparator(char c) {
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
  const std::string line = WithoutKey(OneLine(text.substr(0, kTextBytesMax)), key);
  return std::string(utf8::Cut(Redactor().Run(line), kDetailBytesMax));
}

}  // namespace debrief

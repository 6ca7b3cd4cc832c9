// base64.cpp: see base64.h.

#include "bgworker/core/text/base64.h"

#include <openssl/evp.h>

#include <algorithm>

#include "bgworker/core/text/ascii.h"

namespace debrief::base64 {
namespace {

constexpr size_t kIn = 3;
constexpr size_t kOut = 4;

bool IsInAlphabet(char c) { return ascii::IsLetterOrDigit(c) || c == '+' || c == '/'; }

}  // namespace

std::string Encode(std::string_view bytes) {
  std::string text((bytes.size() + kIn - 1) / kIn * kOut + 1, '\0');  // libcrypto adds a zero
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(length));
  return text;
}

// libcrypto's reader passes over white space at the ends, and counts padding as bytes.
std::optional<std::string> Decode(std::string_view text) {
  if (text.size() % kOut != 0) return std::nullopt;
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  const std::string_view digits = text.substr(0, text.size() - padding);
  if (!std::all_of(digits.begin(), digits.end(), IsInAlphabet)) return std::nullopt;
  std::string bytes(text.size() / kOut * kIn, '\0');
  if (bytes.empty()) return bytes;
  if (EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size())) < 0) {
    return std::nullopt;
  }
  bytes.resize(bytes.size() - padding);
  return bytes;
}

std::string EncodeUrl(std::string_view bytes) {
  std::string text = Encode(bytes);
  text.erase(std::find(text.begin(), text.end(), '='), text.end());
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

}  // namespace debrief::base64

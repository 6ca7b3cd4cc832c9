// sha256.h: SHA-256 by libcrypto, as lower-case hex.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace debrief {

std::string Sha256Hex(std::string_view bytes);

// HMAC (RFC 2104) by it, as bytes.
std::string HmacSha256(std::string_view key, std::string_view text);

// The same, piece by piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void Restart() noexcept;
  void Add(std::string_view bytes) noexcept;
  // Of what was added since the last restart. Ends it: Add() must not follow.
  std::string Hex();

 private:
  void* context_;  // EVP_MD_CTX
};

}  // namespace debrief

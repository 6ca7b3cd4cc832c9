// sha256.cpp: see sha256.h.

#include "bgworker/core/text/sha256.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <new>

#include "bgworker/core/text/hex.h"

namespace debrief {
namespace {

// Fetched once: EVP_sha256() is looked up in the library's providers at each use.
const EVP_MD* Algorithm() {
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return sha256;
}

EVP_MD_CTX* Context(void* context) { return static_cast<EVP_MD_CTX*>(context); }

std::string ToHex(const unsigned char* digest, unsigned int length) {
  return hex::Encode({reinterpret_cast<const char*>(digest), length});
}

}  // namespace

std::string Sha256Hex(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest, &length, Algorithm(), nullptr) != 1) {
    throw std::bad_alloc();  // the only way it fails
  }
  return ToHex(digest, length);
}

std::string HmacSha256(std::string_view key, std::string_view text) {
  unsigned char code[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), code,
           &length) == nullptr) {
    throw std::bad_alloc();  // the only way it fails
  }
  return std::string(reinterpret_cast<const char*>(code), length);
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  if (context_ == nullptr) throw std::bad_alloc();
  Restart();
}

Sha256::~Sha256() { EVP_MD_CTX_free(Context(context_)); }

void Sha256::Restart() noexcept { EVP_DigestInit_ex(Context(context_), Algorithm(), nullptr); }

void Sha256::Add(std::string_view bytes) noexcept {
  EVP_DigestUpdate(Context(context_), bytes.data(), bytes.size());
}

std::string Sha256::Hex() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_DigestFinal_ex(Context(context_), digest, &length);
  return ToHex(digest, length);
}

}  // namespace debrief

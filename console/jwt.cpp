#include "console/jwt.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <algorithm>
#include <optional>

#include "bgworker/core/text/ascii.h"
#include "bgworker/core/text/base64.h"
#include "bgworker/core/text/json.h"

namespace debrief::console {
namespace {

constexpr size_t kTokenBytesMax = 8 * 1024;
constexpr size_t kSecretBytesMin = 32;
constexpr size_t kNumberBytes = 32;  // each half of an ES256 signature

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::optional<std::string> DecodeUrl(std::string_view text) {
  std::string standard;
  for (const char c : text) {
    if (!ascii::IsLetterOrDigit(c) && c != '-' && c != '_') return std::nullopt;
    standard += c == '-' ? '+' : c == '_' ? '/' : c;
  }
  while (standard.size() % 4 != 0) standard += '=';
  const auto decoded = base64::Decode(standard);
  // One text for one value: no bits that say nothing.
  if (!decoded || base64::EncodeUrl(*decoded) != text) return std::nullopt;
  return decoded;
}

std::optional<json::Value> DecodeObject(std::string_view text) {
  const auto decoded = DecodeUrl(text);
  std::string error;
  auto value = decoded ? json::Parse(*decoded, &error) : std::nullopt;
  return value && value->IsObject() ? value : std::nullopt;
}

std::string Sha256Mac(const std::string& secret, std::string_view text) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), Bytes(text), text.size(), mac,
       &size);
  return {reinterpret_cast<const char*>(mac), size};
}

// Two numbers side by side, as OpenSSL wants them: in DER.
std::string DerOfNumbers(std::string_view numbers) {
  if (numbers.size() != 2 * kNumberBytes) return "";
  ECDSA_SIG* const signature = ECDSA_SIG_new();
  BIGNUM* const r = BN_bin2bn(Bytes(numbers), kNumberBytes, nullptr);
  BIGNUM* const s = BN_bin2bn(Bytes(numbers.substr(kNumberBytes)), kNumberBytes, nullptr);
  ECDSA_SIG_set0(signature, r, s);
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature, &der);
  std::string text(reinterpret_cast<const char*>(der), static_cast<size_t>(std::max(size, 0)));
  OPENSSL_free(der);
  ECDSA_SIG_free(signature);
  return text;
}

bool HasAudience(const json::Value& claims, const std::string& audience) {
  const auto found = claims.Find("aud");
  if (!found) return false;
  if (found->IsString()) return found->String() == audience;
  if (!found->IsArray()) return false;
  for (size_t i = 0; i < found->Size(); i++) {
    if (found->At(i).IsString() && found->At(i).String() == audience) return true;
  }
  return false;
}

}  // namespace

std::variant<std::shared_ptr<const JwtVerifier>, std::string> JwtVerifier::Make(
    std::string algorithm, std::string key, std::string audience) {
  std::shared_ptr<JwtVerifier> verifier(new JwtVerifier);
  verifier->audience_ = std::move(audience);
  verifier->algorithm_ = std::move(algorithm);
  if (verifier->algorithm_ == "HS256") {
    while (key.ends_with('\n') || key.ends_with('\r')) key.pop_back();
    if (key.size() < kSecretBytesMin) {
      return "the secret of HS256 must have at least 32 bytes, not " + std::to_string(key.size());
    }
    if (key.find("-----BEGIN") != std::string::npos) {
      return "a PEM key is no secret for HS256: everybody may have the public one";
    }
    verifier->secret_ = std::move(key);
    return verifier;
  }
  BIO* const bio = BIO_new_mem_buf(key.data(), static_cast<int>(key.size()));
  EVP_PKEY* const parsed = PEM_read_bio_PUBKEY(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  if (parsed == nullptr) return "it is no public key in PEM (-----BEGIN PUBLIC KEY-----)";
  verifier->key_ = std::shared_ptr<void>(
      parsed, [](void* owned) { EVP_PKEY_free(static_cast<EVP_PKEY*>(owned)); });
  constexpr int kRsaBitsMin = 2048;
  constexpr int kCurveBits = 256;
  if (verifier->algorithm_ == "RS256") {
    if (EVP_PKEY_base_id(parsed) != EVP_PKEY_RSA || EVP_PKEY_bits(parsed) < kRsaBitsMin) {
      return "RS256 needs an RSA key of 2048 bits or more";
    }
  } else if (EVP_PKEY_base_id(parsed) != EVP_PKEY_EC || EVP_PKEY_bits(parsed) != kCurveBits) {
    return "ES256 needs a key on curve P-256";
  }
  return verifier;
}

bool JwtVerifier::IsSigned(std::string_view text, std::string_view signature) const {
  if (algorithm_ == "HS256") {
    const std::string mac = Sha256Mac(secret_, text);
    return mac.size() == signature.size() &&
           CRYPTO_memcmp(mac.data(), signature.data(), mac.size()) == 0;
  }
  const std::string wanted =
      algorithm_ == "ES256" ? DerOfNumbers(signature) : std::string(signature);
  if (wanted.empty()) return false;
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  const bool is_good =
      EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr,
                           static_cast<EVP_PKEY*>(key_.get())) == 1 &&
      EVP_DigestVerify(context, Bytes(wanted), wanted.size(), Bytes(text), text.size()) == 1;
  EVP_MD_CTX_free(context);
  return is_good;
}

std::variant<Claims, std::string> JwtVerifier::Verify(std::string_view token, int64_t now_s) const {
  const std::string not_one = "The token is not a JSON Web Token.";
  if (token.size() > kTokenBytesMax) return not_one;
  const size_t first = token.find('.');
  const size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos) return not_one;
  const auto header = DecodeObject(token.substr(0, first));
  const auto signature = DecodeUrl(token.substr(second + 1));
  if (!header || !signature) return not_one;
  if (json::TextOf(header->Find("alg")) != algorithm_ || header->Find("crit")) {
    return "The token is not signed with " + algorithm_ + ".";
  }
  if (!IsSigned(token.substr(0, second), *signature)) return "The token's signature is wrong.";

  const std::string_view payload = token.substr(first + 1, second - first - 1);
  const auto claims = DecodeObject(payload);
  if (!claims) return not_one;
  const auto expires = claims->Find("exp");
  if (!expires || !expires->IsNumber()) return "The token has no time of expiry (exp).";
  constexpr double kTimeMax = 1e12;
  if (expires->Number() <= static_cast<double>(now_s)) return "The token has expired.";
  constexpr int64_t kClockDifference = 30;
  const auto begins = claims->Find("nbf");
  if (begins &&
      (!begins->IsNumber() || begins->Number() > static_cast<double>(now_s + kClockDifference))) {
    return "The token is not valid yet (nbf).";
  }
  if (!audience_.empty() && !HasAudience(*claims, audience_)) {
    return "The token is for another audience (aud).";
  }
  Claims good{*DecodeUrl(payload), json::TextOf(claims->Find("role")),
              json::TextOf(claims->Find("sub")),
              static_cast<int64_t>(std::min(expires->Number(), kTimeMax))};
  // SET ROLE none is the console's own role.
  if (good.role.empty() || ascii::Lower(good.role) == "none") return "The token names no role.";
  return good;
}

}  // namespace debrief::console

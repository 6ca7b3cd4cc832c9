// console_jwt_fuzz.cpp: any token. None is good unless it is signed: the fuzzer knows no key. What
// is signed with the secret may hold any claims: no role comes without a time of expiry.
#include <openssl/hmac.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "bgworker/core/text/base64.h"
#include "console/jwt.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace debrief;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::string secret(32, 's');
  static const auto made = console::JwtVerifier::Make("HS256", secret, "app");
  const auto& verifier = std::get<0>(made);
  constexpr int64_t kNow = 1'800'000'000;
  verifier->Verify(text, kNow);

  const std::string part = base64::EncodeUrl(R"({"alg":"HS256"})") + "." + base64::EncodeUrl(text);
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int bytes = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(part.data()), part.size(), mac, &bytes);
  const auto verified = verifier->Verify(
      part + "." + base64::EncodeUrl({reinterpret_cast<const char*>(mac), bytes}), kNow);
  if (const auto* const claims = std::get_if<console::Claims>(&verified)) {
    if (claims->role.empty() || claims->expires_s < kNow || claims->json != text) std::abort();
  }
  return 0;
}

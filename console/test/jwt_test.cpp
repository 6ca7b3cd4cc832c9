#include "console/jwt.h"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "bgworker/core/text/base64.h"

namespace debrief::console {
namespace {

using Key = std::shared_ptr<EVP_PKEY>;
const std::string kSecret(32, 's');
constexpr int64_t kNow = 1'800'000'000;

std::string Hs256(const std::string& text, const std::string& secret) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &size);
  return {reinterpret_cast<const char*>(mac), size};
}

std::string Signed(const std::string& text, const Key& key) {
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key.get());
  size_t size = 512;
  std::string signature(size, '\0');
  EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                 reinterpret_cast<const unsigned char*>(text.data()), text.size());
  EVP_MD_CTX_free(context);
  signature.resize(size);
  if (EVP_PKEY_base_id(key.get()) != EVP_PKEY_EC) return signature;
  const auto* der = reinterpret_cast<const unsigned char*>(signature.data());
  ECDSA_SIG* const numbers = d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(size));
  std::string both(64, '\0');
  auto* const bytes = reinterpret_cast<unsigned char*>(both.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(numbers), bytes, 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(numbers), bytes + 32, 32);
  ECDSA_SIG_free(numbers);
  return both;
}

std::string Pem(const Key& key) {
  BIO* const bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(bio, key.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<size_t>(size));
  BIO_free(bio);
  return text;
}

Key RsaKey() { return {EVP_RSA_gen(2048), &EVP_PKEY_free}; }
Key EcKey() { return {EVP_EC_gen("P-256"), &EVP_PKEY_free}; }

std::string Unsigned(const std::string& algorithm, const std::string& claims) {
  return base64::EncodeUrl("{\"alg\":\"" + algorithm + "\"}") + "." + base64::EncodeUrl(claims);
}

std::string HsToken(const std::string& claims, const std::string& secret = kSecret) {
  const std::string text = Unsigned("HS256", claims);
  return text + "." + base64::EncodeUrl(Hs256(text, secret));
}

std::string ClaimsText(const std::string& more = "") {
  return R"({"role":"authenticated","sub":"u","aud":"app","exp":)" + std::to_string(kNow + 60) +
         more + "}";
}

std::shared_ptr<const JwtVerifier> Verifier(const std::string& algorithm, const std::string& key,
                                            const std::string& audience = "app") {
  auto made = JwtVerifier::Make(algorithm, key, audience);
  if (const auto* const problem = std::get_if<std::string>(&made)) {
    ADD_FAILURE() << *problem;
    return nullptr;
  }
  return std::get<0>(made);
}

std::string WhyNot(const std::shared_ptr<const JwtVerifier>& verifier, const std::string& token) {
  const auto verified = verifier->Verify(token, kNow);
  const auto* const why = std::get_if<std::string>(&verified);
  return why == nullptr ? "" : *why;
}

TEST(Jwt, EachAlgorithmWithItsKey) {
  const auto verified = Verifier("HS256", kSecret)->Verify(HsToken(ClaimsText()), kNow);
  const auto* const claims = std::get_if<Claims>(&verified);
  ASSERT_NE(claims, nullptr);
  EXPECT_EQ(claims->role, "authenticated");
  EXPECT_EQ(claims->sub, "u");
  EXPECT_EQ(claims->json, ClaimsText());
  for (const auto& [algorithm, key] : {std::pair("RS256", RsaKey()), std::pair("ES256", EcKey())}) {
    const std::string text = Unsigned(algorithm, ClaimsText());
    const std::string token = text + "." + base64::EncodeUrl(Signed(text, key));
    EXPECT_EQ(WhyNot(Verifier(algorithm, Pem(key)), token), "") << algorithm;
    EXPECT_NE(WhyNot(Verifier("HS256", kSecret), token), "") << algorithm;
  }
}

TEST(Jwt, TheAlgorithmIsTheConfigurations) {
  const auto hs = Verifier("HS256", kSecret);
  EXPECT_NE(WhyNot(hs, Unsigned("none", ClaimsText()) + "."), "");
  EXPECT_NE(WhyNot(hs, Unsigned("None", ClaimsText()) + "."), "");
  EXPECT_NE(WhyNot(hs, Unsigned("HS256", ClaimsText()) + "."), "");
  const Key key = RsaKey();
  const auto rs = Verifier("RS256", Pem(key));
  // The public key, which everybody may have, as the secret of HS256.
  EXPECT_NE(WhyNot(rs, HsToken(ClaimsText(), Pem(key))), "");
  const std::string claims = Unsigned("RS256", ClaimsText());
  EXPECT_NE(WhyNot(rs, claims + "." + base64::EncodeUrl(Hs256(claims, Pem(key)))), "");
}

TEST(Jwt, ARoleThatIsNoneIsNoRole) {
  const auto verifier = Verifier("HS256", kSecret);
  for (const char* role : {R"("none")", R"("NONE")", R"("")", "null", "7"}) {
    const std::string claims = std::string(R"({"aud":"app","exp":9999999999,"role":)") + role + "}";
    EXPECT_EQ(WhyNot(verifier, HsToken(claims)), "The token names no role.") << role;
  }
}

TEST(Jwt, TimesAndAudience) {
  const auto verifier = Verifier("HS256", kSecret);
  const auto with = [&](const std::string& claims) { return WhyNot(verifier, HsToken(claims)); };
  const std::string now = std::to_string(kNow);
  EXPECT_NE(with(R"({"role":"r","aud":"app","exp":)" + now + "}"), "");
  EXPECT_NE(with(R"({"role":"r","aud":"app"})"), "");
  EXPECT_NE(with(R"({"role":"r","aud":"app","exp":"9999999999"})"), "");
  EXPECT_NE(with(ClaimsText(",\"nbf\":" + std::to_string(kNow + 60))), "");
  EXPECT_EQ(with(ClaimsText(",\"nbf\":" + now)), "");
  EXPECT_NE(with(R"({"role":"r","aud":"other","exp":9999999999})"), "");
  EXPECT_NE(with(R"({"role":"r","exp":9999999999})"), "");
  EXPECT_EQ(with(R"({"role":"r","aud":["other","app"],"exp":9999999999})"), "");
  EXPECT_NE(with(R"({"aud":"app","exp":9999999999})"), "") << "no role";
  EXPECT_NE(with(R"({"role":"none","aud":"app","exp":9999999999})"), "");
}

TEST(Jwt, WhatIsNoToken) {
  const auto verifier = Verifier("HS256", kSecret);
  const std::string good = HsToken(ClaimsText());
  EXPECT_EQ(WhyNot(verifier, good), "");
  for (const std::string& token :
       {std::string(), std::string("a"), std::string("a.b"), std::string(".."), good + ".x",
        good + "=", good + "A", " " + good, good.substr(0, good.size() - 1),
        std::string(9000, 'a')}) {
    EXPECT_NE(WhyNot(verifier, token), "") << token;
  }
}

TEST(Jwt, KeysThatWillNotDo) {
  const auto refused = [](const std::string& algorithm, const std::string& key) {
    const auto made = JwtVerifier::Make(algorithm, key, "");
    return std::holds_alternative<std::string>(made);
  };
  EXPECT_TRUE(refused("HS256", std::string(31, 's') + "\n"));
  EXPECT_TRUE(refused("HS256", Pem(RsaKey())));
  EXPECT_TRUE(refused("RS256", "secret"));
  EXPECT_TRUE(refused("RS256", Pem(EcKey())));
  EXPECT_TRUE(refused("ES256", Pem(RsaKey())));
  EXPECT_TRUE(refused("RS256", Pem({EVP_RSA_gen(1024), &EVP_PKEY_free})));
}

}  // namespace
}  // namespace debrief::console

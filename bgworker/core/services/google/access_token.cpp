// access_token.cpp: see access_token.h. RFC 7523: a JWT signed with RS256 as an authorization
// grant.

#include "bgworker/core/services/google/access_token.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <memory>

#include "bgworker/core/services/classify.h"
#include "bgworker/core/services/google/errors.h"
#include "bgworker/core/text/base64.h"
#include "bgworker/core/text/json.h"

namespace debrief::google {
namespace {

constexpr std::string_view kTokenUrl = "https://oauth2.googleapis.com/token";
constexpr char kScope[] = "https://www.googleapis.com/auth/cloud-platform";
constexpr int64_t kLifeSeconds = 3'600;
constexpr int64_t kMarginMs = 300'000;
constexpr int64_t kAnswerBytesMax = 64 * 1024;
constexpr int64_t kTimeoutMs = 30'000;
constexpr size_t kTokenBytesMax = 4'096;

struct Account {
  std::string email, private_key, token_url;
};

Failure BadKey(std::string_view why) {
  return Failure{.failure_class = FailureClass::kAuth,
                 .code = "no_key",
                 .message = "The provider's key is not set up.",
                 .detail = "the service account's key " + std::string(why)};
}

std::string Member(const json::Value& object, std::string_view name) {
  const std::optional<json::Value> value = object.Find(name);
  return value && value->IsString() ? std::string(value->String()) : std::string();
}

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Key ReadPrivateKey(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  // No passphrase: libcrypto would ask for one at the terminal.
  auto no_passphrase = [](char*, int, int, void*) { return -1; };
  return {memory == nullptr
              ? nullptr
              : PEM_read_bio_PrivateKey(memory.get(), nullptr, no_passphrase, nullptr),
          EVP_PKEY_free};
}

// RSASSA-PKCS1-v1_5 with SHA-256; empty when it cannot be done.
std::string SignRs256(EVP_PKEY* key, std::string_view text) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  size_t length = 0;
  if (context == nullptr ||
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &length, bytes, text.size()) != 1) {
    return {};
  }
  std::string signature(length, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length,
                     bytes, text.size()) != 1) {
    return {};
  }
  signature.resize(length);
  return signature;
}

std::string Claims(const Account& account, int64_t now_s) {
  json::Writer writer;
  writer.StartObject().Key("iss").String(account.email).Key("scope").String(kScope);
  writer.Key("aud").String(account.token_url).Key("iat").Int(now_s);
  writer.Key("exp").Int(now_s + kLifeSeconds).EndObject();
  return writer.Take();
}

}  // namespace

bool IsServiceAccount(std::string_view key) { return key.starts_with('{'); }

std::variant<Request, Failure> TokenRequest(std::string_view key, std::string_view token_url,
                                            int64_t unix_ms) {
  std::string problem;
  const std::optional<json::Value> document = json::Parse(key, &problem);
  if (!document || !document->IsObject()) return BadKey("is not a JSON object");
  Account account{.email = Member(*document, "client_email"),
                  .private_key = Member(*document, "private_key"),
                  .token_url = std::string(token_url)};
  if (account.token_url.empty()) account.token_url = kTokenUrl;
  if (account.email.empty()) return BadKey("has no client_email");
  const Key private_key = ReadPrivateKey(account.private_key);
  if (private_key == nullptr) return BadKey("has no usable private_key");
  if (EVP_PKEY_base_id(private_key.get()) != EVP_PKEY_RSA) return BadKey("is no RSA key");

  const std::string signed_text = base64::EncodeUrl(R"({"alg":"RS256","typ":"JWT"})") + "." +
                                  base64::EncodeUrl(Claims(account, unix_ms / 1000));
  const std::string signature = SignRs256(private_key.get(), signed_text);
  if (signature.empty()) return BadKey("cannot sign");
  Request request;
  request.url = account.token_url;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body =
      "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" + signed_text +
      "." + base64::EncodeUrl(signature);
  request.response_bytes_max = kAnswerBytesMax;
  request.timeout_ms = kTimeoutMs;
  return request;
}

std::variant<AccessToken, Failure> ReadToken(const Response& response, std::string_view key,
                                             int64_t unix_ms) {
  if (std::optional<Failure> failure = google::Classify(response, key)) {
    return std::move(*failure);
  }
  std::string problem;
  const std::optional<json::Value> document = json::Parse(response.body, &problem);
  if (!document || !document->IsObject()) return BadAnswer("the token's answer is not JSON");
  AccessToken token{.token = Member(*document, "access_token")};
  const std::optional<json::Value> expires = document->Find("expires_in");
  const bool printable = std::all_of(token.token.begin(), token.token.end(),
                                     [](char c) { return c > 0x20 && c < 0x7f; });
  if (token.token.empty() || token.token.size() > kTokenBytesMax || !printable) {
    return BadAnswer("the answer has no usable access_token");
  }
  if (!expires || !expires->IsNumber()) return BadAnswer("the answer has no expires_in");
  const double life_s = std::clamp(expires->Number(), 0.0, static_cast<double>(kLifeSeconds));
  token.good_until_unix_ms = unix_ms + static_cast<int64_t>(life_s * 1000) - kMarginMs;
  return token;
}

}  // namespace debrief::google

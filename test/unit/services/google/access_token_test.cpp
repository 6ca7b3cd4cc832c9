// access_token_test.cpp: the signed request for a token, and what may come back.
#include "bgworker/core/services/google/access_token.h"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>

#include "bgworker/core/text/base64.h"
#include "bgworker/core/text/json.h"

namespace debrief {
namespace {

constexpr int64_t kNowMs = 1'790'000'000'123;

class GoogleTokenTest : public testing::Test {
 protected:
  GoogleTokenTest() : key_(EVP_RSA_gen(2048)) {}
  ~GoogleTokenTest() override { EVP_PKEY_free(key_); }

  static std::string Pem(EVP_PKEY* key) {
    BIO* memory = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(memory, key, nullptr, nullptr, 0, nullptr, nullptr);
    char* data = nullptr;
    const long length = BIO_get_mem_data(memory, &data);
    std::string pem(data, static_cast<size_t>(length));
    BIO_free(memory);
    return pem;
  }
  std::string Account(const std::string& pem) const {
    json::Writer writer;
    writer.StartObject().Key("type").String("service_account");
    writer.Key("client_email").String("speaker@project.example").Key("private_key").String(pem);
    writer.Key("token_uri").String("https://evil.example/token").EndObject();
    return writer.Take();
  }
  std::string Account() const { return Account(Pem(key_)); }

  EVP_PKEY* key_;
};

std::string FromUrl(std::string text) {
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  while (text.size() % 4 != 0) text += '=';
  return base64::Decode(text).value_or("not base64");
}

std::string Assertion(const Request& request) {
  const std::string mark = "&assertion=";
  return request.body.substr(request.body.find(mark) + mark.size());
}

TEST_F(GoogleTokenTest, AsksGoogleWhateverTheKeyFileSays) {
  const auto request = std::get<Request>(google::TokenRequest(Account(), "", kNowMs));
  EXPECT_EQ(request.url, "https://oauth2.googleapis.com/token");
  EXPECT_TRUE(request.body.starts_with(
      "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="));
  EXPECT_EQ(request.headers[0].second, "application/x-www-form-urlencoded");
}

TEST_F(GoogleTokenTest, ClaimsAnHourForTheCloudPlatform) {
  const auto request =
      std::get<Request>(google::TokenRequest(Account(), "http://127.0.0.1:9/token", kNowMs));
  EXPECT_EQ(request.url, "http://127.0.0.1:9/token");
  const std::string jwt = Assertion(request);
  const size_t dot = jwt.find('.');
  EXPECT_EQ(FromUrl(jwt.substr(0, dot)), R"({"alg":"RS256","typ":"JWT"})");
  EXPECT_EQ(
      FromUrl(jwt.substr(dot + 1, jwt.rfind('.') - dot - 1)),
      R"({"iss":"speaker@project.example","scope":"https://www.googleapis.com/auth/cloud-platform",)"
      R"("aud":"http://127.0.0.1:9/token","iat":1790000000,"exp":1790003600})");
}

TEST_F(GoogleTokenTest, SignsWithTheAccountsKey) {
  const std::string jwt = Assertion(std::get<Request>(google::TokenRequest(Account(), "", kNowMs)));
  const std::string text = jwt.substr(0, jwt.rfind('.'));
  const std::string signature = FromUrl(jwt.substr(jwt.rfind('.') + 1));
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key_);
  EXPECT_EQ(EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()),
                             signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                             text.size()),
            1);
  EVP_MD_CTX_free(context);
}

TEST_F(GoogleTokenTest, SaysWhatIsWrongWithAKey) {
  EVP_PKEY* elliptic = EVP_EC_gen("P-256");
  const std::pair<std::string, const char*> cases[] = {
      {"{", "JSON"},
      {"{}", "client_email"},
      {R"({"client_email":"a@b"})", "private_key"},
      {Account("-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----\n"),
       "private_key"},
      {Account(Pem(elliptic)), "RSA"}};
  EVP_PKEY_free(elliptic);
  for (const auto& [key, words] : cases) {
    const auto made = google::TokenRequest(key, "", kNowMs);
    const Failure* failure = std::get_if<Failure>(&made);
    ASSERT_NE(failure, nullptr) << words;
    EXPECT_EQ(failure->failure_class, FailureClass::kAuth);
    EXPECT_NE(failure->detail.find(words), std::string::npos) << failure->detail;
  }
}

Response Answer(int status, std::string body) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

TEST(GoogleToken, TellsAServiceAccountFromAnApiKey) {
  EXPECT_TRUE(google::IsServiceAccount("{\"type\":\"service_account\"}"));
  EXPECT_FALSE(google::IsServiceAccount("AIza..."));
  EXPECT_FALSE(google::IsServiceAccount(""));
}

TEST(GoogleToken, IsGoodUntilFiveMinutesBeforeItsEnd) {
  const auto read = google::ReadToken(
      Answer(200, R"({"access_token":"ya29.x","expires_in":3599,"token_type":"Bearer"})"), "",
      kNowMs);
  const auto token = std::get<google::AccessToken>(read);
  EXPECT_EQ(token.token, "ya29.x");
  EXPECT_EQ(token.good_until_unix_ms, kNowMs + 3'599'000 - 300'000);
}

TEST(GoogleToken, BelievesNoLifeBeyondAnHour) {
  const auto read =
      google::ReadToken(Answer(200, R"({"access_token":"t","expires_in":1e99})"), "", kNowMs);
  EXPECT_EQ(std::get<google::AccessToken>(read).good_until_unix_ms, kNowMs + 3'300'000);
}

TEST(GoogleToken, RefusesAnswersThatHoldNoUsableToken) {
  const std::string bodies[] = {
      "",
      "[]",
      "{}",
      R"({"access_token":5,"expires_in":1})",
      R"({"access_token":"","expires_in":1})",
      R"({"access_token":"a\r\nb","expires_in":1})",
      R"({"access_token":"t"})",
      R"({"access_token":"t","expires_in":"1"})",
      R"({"access_token":")" + std::string(5'000, 'x') + R"(","expires_in":1})"};
  for (const std::string& body : bodies) {
    const auto read = google::ReadToken(Answer(200, body), "", kNowMs);
    ASSERT_TRUE(std::holds_alternative<Failure>(read)) << body;
    EXPECT_EQ(std::get<Failure>(read).code, "bad_answer");
  }
}

TEST(GoogleToken, TakesARefusedGrantForABadKey) {
  const auto read = google::ReadToken(
      Answer(400, R"({"error":"invalid_grant","error_description":"Invalid JWT"})"), "", kNowMs);
  EXPECT_EQ(std::get<Failure>(read).failure_class, FailureClass::kAuth);
  // A clock that is wrong, an account that is deleted: only the words tell them apart.
  EXPECT_EQ(std::get<Failure>(read).detail, "Invalid JWT");
}

}  // namespace
}  // namespace debrief

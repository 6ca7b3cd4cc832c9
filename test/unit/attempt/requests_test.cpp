// requests_test.cpp: access tokens between requests: an exchange that has begun goes on with the
// one that there is, while another is asked for.
#include "bgworker/core/attempt/requests.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "bgworker/core/text/json.h"
#include "test/unit/http/loopback_server.h"

namespace debrief {
namespace {

std::string NewAccount() {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_RSA_gen(2048), EVP_PKEY_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_PrivateKey(memory.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* pem = nullptr;
  const long bytes = BIO_get_mem_data(memory.get(), &pem);
  json::Writer writer;
  writer.StartObject().Key("client_email").String("speaker@project.example");
  writer.Key("private_key").String({pem, static_cast<size_t>(bytes)}).EndObject();
  return writer.Take();
}

class RequestsTest : public testing::Test {
 protected:
  RequestsTest() : http_(HttpClient::Create(&error_)), requests_(http_.get()) {
    http_->SetOutbound(Outbound::Parse("127.0.0.1", &error_));
    server_ = {.name = "google", .kind = "gemini", .key = NewAccount()};
    server_.options["token_url"] = tokens_.Url("/token");
  }
  // The token with which the server may be called, once it may.
  void Prepare(std::string* token) {
    requests_.Prepare(
        server_, [token](const CallContext& call_context) { *token = call_context.access_token; },
        [](const Failure& failure) { ADD_FAILURE() << failure.detail; });
  }
  std::string Prepared() {
    std::string token;
    Prepare(&token);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (token.empty() && std::chrono::steady_clock::now() < deadline) requests_.Run();
    return token;
  }

  std::string error_;
  std::atomic<int> asked_{0};
  LoopbackServer tokens_{[this](LoopbackConnection& connection) {
    while (connection.Read()) {
      connection.Answer(
          200, R"({"access_token":"token-)" + std::to_string(++asked_) + R"(","expires_in":3600})");
    }
  }};
  std::unique_ptr<HttpClient> http_;
  Requests requests_;
  ServerConfig server_;
};

TEST_F(RequestsTest, AsksForATokenOnce) {
  EXPECT_EQ(Prepared(), "token-1");
  EXPECT_EQ(Prepared(), "token-1");
}

TEST_F(RequestsTest, GoesOnWithTheTokenThereIsWhileAnotherIsAskedFor) {
  ASSERT_EQ(Prepared(), "token-1");
  EXPECT_TRUE(requests_.ForgetToken(server_)) << "another row was refused with it";
  EXPECT_EQ(requests_.Now(server_).access_token, "token-1") << "before it is asked for";
  std::string next;
  Prepare(&next);
  EXPECT_EQ(requests_.Now(server_).access_token, "token-1") << "while it is asked for";
  EXPECT_EQ(next, "") << "who begins waits for the new one";
  EXPECT_TRUE(requests_.ForgetToken(server_))
      << "who was refused too waits for it, and does not fail";
  EXPECT_EQ(Prepared(), "token-2");
  EXPECT_EQ(next, "token-2");
  EXPECT_EQ(requests_.Now(server_).access_token, "token-2");
}

}  // namespace
}  // namespace debrief

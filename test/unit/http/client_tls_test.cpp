// client_tls_test.cpp: no byte of a request goes to a server whose certificate is not proven.
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <atomic>
#include <csignal>
#include <memory>

#include "bgworker/core/http/client.h"
#include "test/unit/http/http_driver.h"
#include "test/unit/http/loopback_server.h"
#include "test/unit/services/scratch_directory.h"

namespace debrief {
namespace {

using Transport = Response::Transport;

// A certificate for 127.0.0.1 that nobody but itself vouches for.
class SelfSigned {
 public:
  SelfSigned() : key_(EVP_EC_gen("P-256")), certificate_(X509_new()) {
    ASN1_INTEGER_set(X509_get_serialNumber(certificate_), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate_), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate_), 3600);
    X509_set_pubkey(certificate_, key_);
    X509_NAME* name = X509_get_subject_name(certificate_);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("127.0.0.1"), -1, -1, 0);
    X509_set_issuer_name(certificate_, name);
    X509_sign(certificate_, key_, EVP_sha256());
  }
  ~SelfSigned() {
    X509_free(certificate_);
    EVP_PKEY_free(key_);
  }
  void Use(SSL_CTX* context) const {
    SSL_CTX_use_certificate(context, certificate_);
    SSL_CTX_use_PrivateKey(context, key_);
  }
  std::string Pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_X509(memory.get(), certificate_);
    char* text = nullptr;
    const long bytes = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<size_t>(bytes)};
  }

 private:
  EVP_PKEY* key_;
  X509* certificate_;
};

class HttpClientTls : public testing::Test {
 protected:
  HttpClientTls() : context_(SSL_CTX_new(TLS_server_method())) {
    std::signal(SIGPIPE, SIG_IGN);  // as in a background worker
    certificate_.Use(context_);
  }
  ~HttpClientTls() override { SSL_CTX_free(context_); }

  void Serve(LoopbackConnection& connection) {
    SSL* tls = SSL_new(context_);
    SSL_set_fd(tls, connection.fd());
    char byte = 0;
    if (SSL_accept(tls) == 1 && SSL_read(tls, &byte, 1) == 1) ++bytes_seen_;
    SSL_free(tls);
    ERR_clear_error();
  }
  // Answers every request of the connection.
  void Answer(LoopbackConnection& connection) {
    SSL* tls = SSL_new(context_);
    SSL_set_fd(tls, connection.fd());
    char bytes[4096];
    constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    if (SSL_accept(tls) == 1) {
      while (SSL_read(tls, bytes, sizeof bytes) > 0) {
        ++requests_seen_;
        SSL_write(tls, kAnswer.data(), static_cast<int>(kAnswer.size()));
      }
    }
    SSL_free(tls);
    ERR_clear_error();
  }

  SelfSigned certificate_;
  SSL_CTX* context_;
  std::atomic<int> bytes_seen_{0}, requests_seen_{0};
};

TEST_F(HttpClientTls, DoesNotSpeakToASelfSignedServer) {
  Response response;
  {
    LoopbackServer server([this](LoopbackConnection& connection) { Serve(connection); });
    response = HttpDriver().Fetch(Post(server.Url("/", "https"), "secret"));
  }
  EXPECT_EQ(response.transport, Transport::kUnreachable);
  EXPECT_NE(response.transport_error.find("certificate"), std::string::npos)
      << response.transport_error;
  EXPECT_EQ(bytes_seen_, 0);
}

TEST_F(HttpClientTls, SpeaksToAServerThatTheFileOfAuthoritiesNames) {
  ScratchDirectory scratch;
  const std::string authorities = scratch.Make("ca.pem", certificate_.Pem());
  HttpDriver driver;
  driver.client().SetCaFile(authorities);
  Response response;
  {
    LoopbackServer server([this](LoopbackConnection& connection) { Serve(connection); });
    response = driver.Fetch(Post(server.Url("/", "https"), "secret"));
  }
  EXPECT_GE(bytes_seen_, 1) << response.transport_error;
}

TEST_F(HttpClientTls, UsesNoWarmConnectionToAHostThatIsListedNoMore) {
  ScratchDirectory scratch;
  HttpDriver driver;
  driver.client().SetCaFile(scratch.Make("ca.pem", certificate_.Pem()));
  LoopbackServer server([this](LoopbackConnection& connection) { Answer(connection); });
  const std::string url = server.Url("/", "https");
  ASSERT_EQ(driver.Fetch(Get(url)).body, "ok");
  ASSERT_EQ(driver.Fetch(Get(url)).body, "ok");
  ASSERT_EQ(server.accepted(), 1) << "the connection stays warm";
  driver.client().SetOutbound({});
  const Response response = driver.Fetch(Get(url));
  EXPECT_EQ(response.transport, Transport::kForbidden) << response.transport_error;
  EXPECT_EQ(requests_seen_, 2);
}

TEST_F(HttpClientTls, DoesNotSpeakTlsBeforeVersion12) {
  SSL_CTX_set_min_proto_version(context_, TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context_, TLS1_1_VERSION);
  SSL_CTX_set_cipher_list(context_, "DEFAULT:@SECLEVEL=0");
  LoopbackServer server([this](LoopbackConnection& connection) { Serve(connection); });
  const Response response = HttpDriver().Fetch(Get(server.Url("/", "https")));
  EXPECT_EQ(response.transport, Transport::kUnreachable);
  EXPECT_NE(response.transport_error.find("version"), std::string::npos)
      << response.transport_error;
}

TEST_F(HttpClientTls, CannotReachAServerWithoutTls) {
  LoopbackServer server([](LoopbackConnection& connection) {
    connection.Send("HTTP/1.1 400 Bad Request\r\n\r\n");
    connection.WaitForHangUp();
  });
  const Response response = HttpDriver().Fetch(Get(server.Url("/", "https")));
  EXPECT_EQ(response.transport, Transport::kUnreachable) << response.transport_error;
}

TEST_F(HttpClientTls, SaysThatAHandshakeTimedOut) {
  LoopbackServer server([](LoopbackConnection& connection) { connection.WaitForHangUp(); });
  Request request = Get(server.Url("/", "https"));
  request.connect_timeout_ms = 150;
  const Response response = HttpDriver().Fetch(request);
  EXPECT_EQ(response.transport, Transport::kUnreachable);
  EXPECT_NE(response.transport_error.find("ms while agreeing on TLS"), std::string::npos)
      << response.transport_error;
}

}  // namespace
}  // namespace debrief

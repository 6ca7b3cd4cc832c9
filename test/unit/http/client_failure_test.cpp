// client_failure_test.cpp: what can go wrong on the way, and what the client makes of it.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bgworker/core/http/client.h"
#include "test/unit/http/http_driver.h"
#include "test/unit/http/loopback_server.h"

namespace debrief {
namespace {

using Transport = Response::Transport;

// Reads one request, sends these bytes and hangs up.
LoopbackServer::Script Once(std::string bytes) {
  return [bytes](LoopbackConnection& connection) {
    if (connection.Read()) connection.Send(bytes);
  };
}

void ExpectFailure(const Response& response, Transport transport, std::string_view words) {
  EXPECT_EQ(response.transport, transport) << response.transport_error;
  EXPECT_NE(response.transport_error.find(words), std::string::npos) << response.transport_error;
  EXPECT_EQ(response.status, 0);
  EXPECT_TRUE(response.body.empty());
}

TEST(HttpClientFailure, CannotReachAPortThatRefuses) {
  LoopbackServer server(AlwaysAnswer(""));
  server.StopListening();
  ExpectFailure(HttpDriver().Fetch(Post(server.Url("/?key=secret"), "x")), Transport::kUnreachable,
                "connect");
}

TEST(HttpClientFailure, CannotReachANameThatDoesNotResolve) {
  ExpectFailure(HttpDriver().Fetch(Get("http://nonexistent.invalid/")), Transport::kUnreachable,
                "resolve");
}

TEST(HttpClientFailure, CannotReachAServerThatNeverAcceptsTheConnection) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(bind(listener, generic, size), 0);
  ASSERT_EQ(listen(listener, 0), 0);
  getsockname(listener, generic, &size);
  // Linux keeps one connection beyond the backlog of 0; those after it are not answered.
  const int waiting = socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_EQ(connect(waiting, generic, size), 0);
  Request request = Get("http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)));
  request.connect_timeout_ms = 200;
  ExpectFailure(HttpDriver().Fetch(request), Transport::kUnreachable, "ms while connecting");
  request.connect_timeout_ms = 10'000;
  request.timeout_ms = 200;
  ExpectFailure(HttpDriver().Fetch(request), Transport::kUnreachable, "ms while connecting");
  close(waiting);
  close(listener);
}

TEST(HttpClientFailure, TimesOutWhileAServerThinks) {
  LoopbackServer server([](LoopbackConnection& connection) { connection.WaitForHangUp(); });
  Request request = Post(server.Url(), "x");
  request.timeout_ms = 150;
  ExpectFailure(HttpDriver().Fetch(request), Transport::kTimeout,
                "ms while waiting for the first byte");
}

TEST(HttpClientFailure, TimesOutWhileAServerStopsReading) {
  LoopbackServer idle([](LoopbackConnection& connection) { connection.WaitWithoutReading(); });
  Request request = Post(idle.Url(), std::string(64 << 20, 'x'));
  request.timeout_ms = 300;
  ExpectFailure(HttpDriver().Fetch(request), Transport::kTimeout, "ms while sending the request");
}

TEST(HttpClientFailure, TimesOutInTheMiddleOfAnAnswer) {
  LoopbackServer server([](LoopbackConnection& connection) {
    connection.Read();
    connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    connection.WaitForHangUp();
  });
  Request request = Get(server.Url());
  request.timeout_ms = 150;
  ExpectFailure(HttpDriver().Fetch(request), Transport::kTimeout, "while receiving the answer");
}

TEST(HttpClientFailure, BreaksOnAResetInTheBody) {
  LoopbackServer server([](LoopbackConnection& connection) {
    connection.Read();
    connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    connection.Reset();
  });
  ExpectFailure(HttpDriver().Fetch(Get(server.Url())), Transport::kBroken, "receiving the answer");
}

TEST(HttpClientFailure, BreaksOnATruncatedBody) {
  LoopbackServer server(Once("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"));
  ExpectFailure(HttpDriver().Fetch(Get(server.Url())), Transport::kBroken, "receiving the answer");
}

TEST(HttpClientFailure, MissesNoBodyWhereTheStatusSuffices) {
  for (const int64_t bytes_max : {1'000, 4}) {  // one runs into its timeout, one into its limit
    LoopbackServer server([](LoopbackConnection& connection) {
      connection.Read();
      connection.Send("HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\nhalf of it");
      connection.WaitForHangUp();
    });
    Request request = Get(server.Url());
    request.status_suffices = true;
    request.response_bytes_max = bytes_max;
    request.timeout_ms = 200;
    const Response response = HttpDriver().Fetch(std::move(request));
    EXPECT_EQ(response.transport, Transport::kOk) << bytes_max;
    EXPECT_EQ(response.status, 202) << bytes_max;
  }
  LoopbackServer headless(Once("HTTP/1.1 200 OK\r\n"));
  Request request = Get(headless.Url());
  request.status_suffices = true;
  EXPECT_EQ(HttpDriver().Fetch(std::move(request)).transport, Transport::kBroken);
}

TEST(HttpClientFailure, BreaksOnHeadersThatDoNotEnd) {
  for (const char* head : {"HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n",
                           "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 O",
                           "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"}) {
    LoopbackServer server(Once(head));
    EXPECT_EQ(HttpDriver().Fetch(Get(server.Url())).transport, Transport::kBroken) << head;
  }
}

TEST(HttpClientFailure, BreaksOnATruncatedChunk) {
  LoopbackServer server(Once("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf"));
  ExpectFailure(HttpDriver().Fetch(Get(server.Url())), Transport::kBroken, "receiving the answer");
}

TEST(HttpClientFailure, BreaksOnABadChunkLength) {
  LoopbackServer server(Once("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhalf"));
  ExpectFailure(HttpDriver().Fetch(Get(server.Url())), Transport::kBroken, "receiving the answer");
}

TEST(HttpClientFailure, BreaksOnAnAnswerThatIsNotHttp) {
  LoopbackServer server(Once("220 mail.example.com ESMTP\r\n"));
  ExpectFailure(HttpDriver().Fetch(Get(server.Url())), Transport::kBroken, "HTTP/0.9");
}

TEST(HttpClientFailure, BreaksWhenANewConnectionEndsWithoutAnAnswerAndAsksOnlyOnce) {
  LoopbackServer server(Once(""));
  ExpectFailure(HttpDriver().Fetch(Post(server.Url(), "x")), Transport::kBroken,
                "waiting for the first byte");
  EXPECT_EQ(server.accepted(), 1);
}

TEST(HttpClientFailure, TakesABodyOfExactlyTheLimit) {
  LoopbackServer server(AlwaysAnswer(std::string(5000, 'x')));
  Request request = Get(server.Url());
  request.response_bytes_max = 5000;
  EXPECT_EQ(HttpDriver().Fetch(request).body.size(), 5000u);
}

TEST(HttpClientFailure, RefusesABodyOfOneByteTooMuchThatWasNotAnnounced) {
  LoopbackServer server(
      Once("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nvideo\r\n0\r\n\r\n"));
  Request request = Get(server.Url());
  request.response_bytes_max = 5;
  EXPECT_EQ(HttpDriver().Fetch(request).body, "video");
  request.response_bytes_max = 4;
  ExpectFailure(HttpDriver().Fetch(request), Transport::kTooLarge, "body is too large");
}

TEST(HttpClientFailure, RefusesABodyThatIsAnnouncedTooLarge) {
  // Only the first byte ever comes: the announcement alone must do.
  LoopbackServer server([](LoopbackConnection& connection) {
    connection.Read();
    connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 5001\r\n\r\nx");
    connection.WaitForHangUp();
  });
  Request request = Get(server.Url());
  request.response_bytes_max = 5000;
  ExpectFailure(HttpDriver().Fetch(request), Transport::kTooLarge, "body is too large");
}

TEST(HttpClientFailure, StopsABodyThatNeverEnds) {
  LoopbackServer server([](LoopbackConnection& connection) {
    connection.Read();
    connection.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (connection.Send("100\r\n" + std::string(256, 'x') + "\r\n")) {
    }
  });
  Request request = Get(server.Url());
  request.response_bytes_max = 1 << 20;
  ExpectFailure(HttpDriver().Fetch(request), Transport::kTooLarge, "body is too large");
}

TEST(HttpClientFailure, StopsHeadersThatNeverEnd) {
  LoopbackServer server([](LoopbackConnection& connection) {
    connection.Read();
    connection.Send("HTTP/1.1 200 OK\r\n");
    while (connection.Send("X-More: of the same\r\n")) {
    }
  });
  ExpectFailure(HttpDriver().Fetch(Get(server.Url())), Transport::kTooLarge,
                "headers are too large");
}

TEST(HttpClientFailure, StopsAHeaderLineThatNeverEnds) {
  LoopbackServer server([](LoopbackConnection& connection) {
    connection.Read();
    connection.Send("HTTP/1.1 200 OK\r\nX-Long: ");
    while (connection.Send(std::string(1024, 'x'))) {
    }
  });
  ExpectFailure(HttpDriver().Fetch(Get(server.Url())), Transport::kTooLarge,
                "headers are too large");
}

TEST(HttpClientFailure, RefusesControlBytesBeforeAnyConnection) {
  LoopbackServer server(AlwaysAnswer(""));
  HttpDriver driver;
  for (const char* bad : {"a\r\nX-Injected: 1", "a\nb", "a\x7f", "a\tb"}) {
    Request in_value = Post(server.Url(), "x");
    in_value.headers = {{"X-Title", bad}};
    ExpectFailure(driver.Fetch(in_value), Transport::kRefused, "control byte");
    Request in_name = Post(server.Url(), "x");
    in_name.headers = {{bad, "value"}};
    ExpectFailure(driver.Fetch(in_name), Transport::kRefused, "bad header name");
    ExpectFailure(driver.Fetch(Get(server.Url("/") + bad)), Transport::kRefused, "control byte");
    Request in_form = Post(server.Url(), "");
    in_form.form = {{.name = bad, .content_type = "", .text = "x", .file = {}}};
    ExpectFailure(driver.Fetch(in_form), Transport::kRefused, "control byte");
    in_form.form = {{.name = "part", .content_type = bad, .text = "x", .file = {}}};
    ExpectFailure(driver.Fetch(in_form), Transport::kRefused, "control byte");
  }
  EXPECT_EQ(server.accepted(), 0);
}

TEST(HttpClientFailure, RefusesAZeroByteInAHeaderOrUrl) {
  Request request = Get("http://127.0.0.1:1/");
  request.headers = {{"X-Title", std::string("a\0b", 3)}};
  ExpectFailure(HttpDriver().Fetch(request), Transport::kRefused, "control byte");
  ExpectFailure(HttpDriver().Fetch(Get(std::string("http://a/\0b", 11))), Transport::kRefused,
                "control byte");
}

TEST(HttpClientFailure, RefusesOtherSchemesAndBadUrls) {
  HttpDriver driver;
  for (const char* url : {"", "127.0.0.1", "file:///etc/passwd", "ftp://127.0.0.1/", "http://",
                          "http://a b/", "http://127.0.0.1:99999/"}) {
    EXPECT_EQ(driver.Fetch(Get(url)).transport, Transport::kRefused) << url;
  }
}

TEST(HttpClientFailure, RefusesARequestWithoutATimeLimit) {
  Request request = Get("http://127.0.0.1:1/");
  request.timeout_ms = 0;  // libcurl would wait for ever
  ExpectFailure(HttpDriver().Fetch(request), Transport::kRefused, "time limit");
}

TEST(HttpClientFailure, KeepsTheQueryOfAUrlOutOfItsWords) {
  LoopbackServer server(Once(""));
  const Response response = HttpDriver().Fetch(Get(server.Url("/speak?key=secret")));
  EXPECT_EQ(response.transport_error.find("secret"), std::string::npos);
  EXPECT_FALSE(response.transport_error.empty());
}

}  // namespace
}  // namespace debrief

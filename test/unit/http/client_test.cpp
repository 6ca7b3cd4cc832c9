// client_test.cpp: requests and answers arrive as they were meant; connections are kept.
#include "bgworker/core/http/client.h"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <future>
#include <set>

#include "test/unit/http/http_driver.h"
#include "test/unit/http/loopback_server.h"

namespace debrief {
namespace {

using Transport = Response::Transport;

std::string EveryByte(size_t bytes) {
  std::string text(bytes, '\0');
  for (size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>(i * 7 + i / 256);
  return text;
}

// Answers every request with what came in: head or body.
LoopbackServer::Script Echo(std::string LoopbackConnection::Received::*part) {
  return [part](LoopbackConnection& connection) {
    while (const auto received = connection.Read()) connection.Answer(200, (*received).*part);
  };
}
const auto kHead = &LoopbackConnection::Received::head;
const auto kBody = &LoopbackConnection::Received::body;

TEST(HttpClient, PostsAndReturnsABodyOfAnyBytes) {
  LoopbackServer server(Echo(kBody));
  HttpDriver driver;
  for (const size_t bytes : {0, 1, 1000, 65'535, 65'536, 900'000}) {
    const Response response = driver.Fetch(Post(server.Url(), EveryByte(bytes)));
    EXPECT_EQ(response.transport, Transport::kOk) << response.transport_error;
    EXPECT_EQ(response.status, 200);
    EXPECT_TRUE(response.body == EveryByte(bytes)) << bytes;
  }
}

TEST(HttpClient, ReturnsAChunkedAnswerWhole) {
  LoopbackServer server([](LoopbackConnection& connection) {
    connection.Read();
    connection.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    connection.Send("2\r\nde\r\n0\r\n\r\n");
  });
  EXPECT_EQ(HttpDriver().Fetch(Get(server.Url())).body, "abcde");
}

TEST(HttpClient, GetsWithoutABodyAfterAPostOnTheSameHandle) {
  LoopbackServer server(Echo(kHead));
  HttpDriver driver;
  driver.Fetch(Post(server.Url(), "something"));
  const std::string head = driver.Fetch(Get(server.Url("/health?deep=1"))).body;
  EXPECT_TRUE(head.starts_with("GET /health?deep=1 HTTP/1.1\r\n")) << head;
  EXPECT_EQ(head.find("Content-Length"), std::string::npos) << head;
}

// A POST that ended well leaves its options on the handle for the next one.
TEST(HttpClient, SendsEachRequestAsItIsAfterAnyOtherOnTheSameHandle) {
  using Method = Request::Method;
  LoopbackServer server([](LoopbackConnection& connection) {
    while (const auto received = connection.Read()) {
      const std::string method = received->head.substr(0, received->head.find(' '));
      connection.Answer(200, method == "HEAD" ? "" : method + " " + received->body);
    }
  });
  HttpDriver driver;
  Request pieces = Post(server.Url("/pieces"), "");
  pieces.pieces = {{.text = "in "}, {.text = "pieces"}};
  const std::pair<Method, const char*> others[] = {{Method::kPut, "PUT put"},
                                                   {Method::kGet, "GET "},
                                                   {Method::kDelete, "DELETE "},
                                                   {Method::kHead, ""}};
  for (const auto& [method, answer] : others) {
    EXPECT_EQ(driver.Fetch(Post(server.Url(), "first")).body, "POST first");
    EXPECT_EQ(driver.Fetch(Post(server.Url(), "next")).body, "POST next");
    Request other = Get(server.Url("/other"));
    other.method = method;
    if (method == Method::kPut) other.body = "put";
    EXPECT_EQ(driver.Fetch(other).body, answer);
    EXPECT_EQ(driver.Fetch(Post(server.Url(), "")).body, "POST ");
    EXPECT_EQ(driver.Fetch(pieces).body, "POST in pieces");
  }
}

TEST(HttpClient, SendsTheRequestsHeadersAndNoneOfTheLastRequests) {
  LoopbackServer server(Echo(kHead));
  HttpDriver driver;
  Request first = Post(server.Url(), "x");
  first.headers = {{"Authorization", "Bearer secret"}, {"X-Empty", ""}, {"X-Tone", "a: b;c"}};
  const std::string head = driver.Fetch(first).body;
  EXPECT_NE(head.find("\r\nAuthorization: Bearer secret\r\n"), std::string::npos) << head;
  EXPECT_NE(head.find("\r\nX-Empty:\r\n"), std::string::npos) << head;
  EXPECT_NE(head.find("\r\nX-Tone: a: b;c\r\n"), std::string::npos) << head;
  const std::string next = driver.Fetch(Post(server.Url(), "x")).body;
  EXPECT_EQ(next.find("secret"), std::string::npos) << next;
}

TEST(HttpClient, NamesItselfUnlessTheRequestNamesAnother) {
  LoopbackServer server(Echo(kHead));
  HttpDriver driver;
  EXPECT_NE(driver.Fetch(Get(server.Url())).body.find("\r\nUser-Agent: pg_debrief/1.0\r\n"),
            std::string::npos);
  Request request = Get(server.Url());
  request.headers = {{"User-Agent", "other"}};
  const std::string head = driver.Fetch(request).body;
  EXPECT_NE(head.find("\r\nUser-Agent: other\r\n"), std::string::npos) << head;
  EXPECT_EQ(head.find("pg_debrief"), std::string::npos) << head;
}

TEST(HttpClient, AsksForNoEncodingAndNoLeaveToSendALargeBody) {
  LoopbackServer server(Echo(kHead));
  const std::string head = HttpDriver().Fetch(Post(server.Url(), std::string(3 << 20, 'x'))).body;
  EXPECT_EQ(head.find("Expect"), std::string::npos) << head;
  EXPECT_EQ(head.find("Accept-Encoding"), std::string::npos) << head;
}

TEST(HttpClient, KeepsOneConnectionForRequestsOneAfterAnother) {
  LoopbackServer server(AlwaysAnswer("ok"));
  HttpDriver driver;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(driver.Fetch(Post(server.Url(), "x")).body, "ok");
  EXPECT_EQ(server.accepted(), 1);
}

TEST(HttpClient, KeepsAsManyConnectionsWarmAsWereBusyAtOnce) {
  std::atomic<int> waiting{0};
  constexpr int kBusy = 100;
  LoopbackServer server([&](LoopbackConnection& connection) {
    while (connection.Read()) {
      // Holds every answer back until all requests of the burst are here.
      const int burst = (waiting++ / kBusy + 1) * kBusy;
      while (waiting < burst) std::this_thread::yield();
      connection.Answer(200, "ok");
    }
  });
  HttpDriver driver;
  for (int burst = 0; burst < 2; ++burst) {
    for (int i = 0; i < kBusy; ++i) driver.client().Start(Post(server.Url(), "x"));
    driver.RunUntil([&] { return driver.client().in_flight() == 0; });
  }
  EXPECT_EQ(driver.finished().size(), 2u * kBusy);
  EXPECT_EQ(server.accepted(), kBusy);
}

TEST(HttpClient, FinishesTwoHundredTransfersAtOnce) {
  LoopbackServer server(Echo(kBody));
  HttpDriver driver;
  std::map<HttpClient::Id, std::string> sent;
  for (int i = 0; i < 200; ++i) {
    const std::string body = "body " + std::to_string(i);
    sent[driver.client().Start(Post(server.Url(), body))] = body;
  }
  EXPECT_EQ(driver.client().in_flight(), 200u);
  driver.RunUntil([&] { return driver.finished().size() == sent.size(); });
  for (const auto& [id, body] : sent) EXPECT_EQ(driver.finished()[id].body, body);
  EXPECT_EQ(driver.client().in_flight(), 0u);
}

TEST(HttpClient, ReturnsARedirectInsteadOfFollowingIt) {
  LoopbackServer other(AlwaysAnswer("followed"));
  LoopbackServer server([&](LoopbackConnection& connection) {
    connection.Read();
    connection.Answer(302, "", "Location: " + other.Url() + "\r\n");
  });
  const Response response = HttpDriver().Fetch(Get(server.Url()));
  EXPECT_EQ(response.transport, Transport::kOk);
  EXPECT_EQ(response.status, 302);
  EXPECT_EQ(other.accepted(), 0);
}

TEST(HttpClient, IgnoresTheProxyOfTheEnvironment) {
  LoopbackServer proxy(AlwaysAnswer("proxy"));
  LoopbackServer server(AlwaysAnswer("server"));
  setenv("http_proxy", proxy.Url().c_str(), 1);
  setenv("ALL_PROXY", proxy.Url().c_str(), 1);
  EXPECT_EQ(HttpDriver().Fetch(Get(server.Url())).body, "server");
  unsetenv("http_proxy");
  unsetenv("ALL_PROXY");
}

TEST(HttpClient, AbortsOneTransferAndGoesOnWithOthers) {
  std::promise<void> reached, left;
  LoopbackServer server([&](LoopbackConnection& connection) {
    const auto received = connection.Read();
    if (received && received->body != "hang") return connection.Answer(200, "ok");
    reached.set_value();
    connection.WaitForHangUp();
    left.set_value();
  });
  HttpDriver driver;
  const HttpClient::Id hanging = driver.client().Start(Post(server.Url(), "hang"));
  std::future<void> is_reached = reached.get_future(), is_left = left.get_future();
  const auto ready = [](std::future<void>& f) {
    return f.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  };
  driver.RunUntil([&] { return ready(is_reached); });
  driver.client().Abort(hanging);
  driver.client().Abort(12'345);
  EXPECT_EQ(driver.client().in_flight(), 0u);
  EXPECT_EQ(driver.Fetch(Post(server.Url(), "go on")).body, "ok");
  driver.RunUntil([&] { return ready(is_left); });
  EXPECT_FALSE(driver.finished().contains(hanging));
}

TEST(HttpClient, ForgetsAnAbortedTransferThatHadFinished) {
  HttpDriver driver;
  driver.client().Abort(driver.client().Start(Get("gopher://127.0.0.1/")));
  driver.client().Run();
  EXPECT_TRUE(driver.client().TakeFinished().empty());
}

TEST(HttpClient, AsksForNoRunWhileNothingIsInFlight) {
  LoopbackServer silent([](LoopbackConnection& connection) { connection.WaitForHangUp(); });
  LoopbackServer server(AlwaysAnswer("ok"));
  HttpDriver driver;
  EXPECT_EQ(driver.client().TimeoutMs(), -1);
  driver.Fetch(Get(server.Url()));
  EXPECT_EQ(driver.client().TimeoutMs(), -1);
  Request request = Get(silent.Url());
  request.timeout_ms = 50;
  driver.Fetch(request);
  driver.Fetch(Get("nonsense"));
  EXPECT_EQ(driver.client().TimeoutMs(), -1);
}

TEST(HttpClient, IsNotWokenByAServerThatClosesAnIdleConnection) {
  std::promise<void> answered, closed;
  LoopbackServer server([&](LoopbackConnection& connection) {
    connection.Read();
    connection.Answer(200, "ok");
    answered.get_future().wait();
    connection.Reset();
    closed.set_value();
  });
  HttpDriver driver;
  driver.Fetch(Get(server.Url()));
  answered.set_value();
  closed.get_future().wait();
  pollfd descriptor{.fd = driver.client().poll_fd(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(poll(&descriptor, 1, 0), 0);
}

TEST(HttpClient, NeverUsesAnIdTwice) {
  LoopbackServer server(AlwaysAnswer("ok"));
  HttpDriver driver;
  std::set<HttpClient::Id> ids;
  for (int i = 0; i < 20; ++i) {
    ids.insert(driver.client().Start(Get(i % 2 ? server.Url() : "nonsense")));
    driver.RunUntil([&] { return driver.client().in_flight() == 0; });
  }
  EXPECT_EQ(ids.size(), 20u);
}

TEST(HttpClient, TellsWhenTheFirstByteCame) {
  LoopbackServer server(AlwaysAnswer("ok"));
  const Response::Phases phases = HttpDriver().Fetch(Post(server.Url(), "x")).phases;
  EXPECT_GT(phases.connect_us, 0);
  EXPECT_GE(phases.first_byte_us, phases.connect_us);
  EXPECT_GE(phases.total_us, phases.first_byte_us);
}

TEST(HttpClient, KeepsOnlyPrintableBytesOfTheVersionHeader) {
  LoopbackServer server([](LoopbackConnection& connection) {
    connection.Read();
    connection.Answer(200, "", "debrief-version: a\tb\xC3\xA9" + std::string(300, 'v') + "\r\n");
  });
  EXPECT_EQ(HttpDriver().Fetch(Get(server.Url())).version_header, "ab" + std::string(198, 'v'));
}

TEST(HttpClient, LeavesTheSignalMaskAsItWas) {
  sigset_t mine, after;
  sigemptyset(&mine);
  sigaddset(&mine, SIGUSR2);
  pthread_sigmask(SIG_SETMASK, &mine, nullptr);
  LoopbackServer server(AlwaysAnswer("ok"));
  HttpDriver().Fetch(Get(server.Url()));
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  EXPECT_TRUE(sigismember(&after, SIGUSR2));
  EXPECT_FALSE(sigismember(&after, SIGTERM));
}

}  // namespace
}  // namespace debrief

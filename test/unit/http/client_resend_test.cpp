// client_resend_test.cpp: a kept connection that died unnoticed is nobody's failure, and a
// request is sent at most twice because of one.
//
// Two functions of the C library are replaced in this program, so that a connection can die
// exactly while a body is sent, and a thread's signal mask be seen when it starts.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <latch>

#include "bgworker/core/http/client.h"
#include "bgworker/core/text/sha256.h"
#include "test/unit/http/http_driver.h"
#include "test/unit/http/loopback_server.h"

namespace {

std::atomic<size_t> fail_send_of_bytes{0};  // 0: none
std::atomic<int> failed_sends{0};
std::atomic<int> open_threads{0};  // started while SIGTERM was not blocked
std::atomic<int> started_threads{0};

}  // namespace

extern "C" ssize_t send(int fd, const void* bytes, size_t size, int flags) {
  using Send = ssize_t (*)(int, const void*, size_t, int);
  static const Send real = reinterpret_cast<Send>(dlsym(RTLD_NEXT, "send"));
  if (size != fail_send_of_bytes || size == 0) return real(fd, bytes, size, flags);
  fail_send_of_bytes = 0;
  ++failed_sends;
  errno = EPIPE;
  return -1;
}

extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                              void* (*main)(void*), void* argument) noexcept {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const Create real = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  ++started_threads;
  if (sigismember(&mask, SIGTERM) == 0) ++open_threads;
  return real(thread, attributes, main, argument);
}

namespace debrief {
namespace {

using Transport = Response::Transport;

// Answers the first request of a connection, and hangs up on the next as soon as it is read.
void AnswerOnce(LoopbackConnection& connection) {
  if (!connection.Read()) return;
  connection.Answer(200, "warm");
  connection.Read();
}

TEST(HttpClientResend, HidesAWarmConnectionThatDiedBeforeTheAnswer) {
  LoopbackServer server(AnswerOnce);
  HttpDriver driver;
  for (int i = 0; i < 10; ++i) {
    const Response response = driver.Fetch(Post(server.Url(), "x"));
    EXPECT_EQ(response.transport, Transport::kOk) << response.transport_error;
    EXPECT_EQ(response.body, "warm");
  }
  EXPECT_EQ(server.accepted(), 10);
}

TEST(HttpClientResend, HidesAWarmConnectionThatWasReset) {
  LoopbackServer server([](LoopbackConnection& connection) {
    AnswerOnce(connection);
    connection.Reset();
  });
  HttpDriver driver;
  driver.Fetch(Post(server.Url(), "x"));
  EXPECT_EQ(driver.Fetch(Post(server.Url(), "x")).transport, Transport::kOk);
}

TEST(HttpClientResend, SendsARequestAtMostTwiceHoweverManyConnectionsAreStale) {
  constexpr int kWarm = 8;
  std::latch all_here(kWarm);
  std::atomic<int> seen{0};
  LoopbackServer server([&](LoopbackConnection& connection) {
    if (!connection.Read()) return;
    ++seen;
    if (connection.number() < kWarm) all_here.arrive_and_wait();
    connection.Answer(200, "ok");
    if (connection.Read()) ++seen;
  });
  HttpDriver driver;
  for (int i = 0; i < kWarm; ++i) driver.client().Start(Post(server.Url(), "x"));
  driver.RunUntil([&] { return driver.finished().size() == kWarm; });
  EXPECT_EQ(seen, kWarm);
  EXPECT_EQ(driver.Fetch(Post(server.Url(), "x")).transport, Transport::kOk);
  EXPECT_EQ(seen, kWarm + 2);
}

// libcurl sends a body in pieces of 64 kB; the last one has a size of its own.
constexpr size_t kLastBytes = 4321;
constexpr size_t kBodyBytes = 4 * 64 * 1024 + kLastBytes;

TEST(HttpClientResend, HidesAWarmConnectionThatDiedWhileABodyWasSent) {
  LoopbackServer server([](LoopbackConnection& connection) {
    while (const auto received = connection.Read()) {
      connection.Answer(200, std::to_string(received->body.size()));
    }
  });
  HttpDriver driver;
  driver.Fetch(Post(server.Url(), "x"));
  failed_sends = 0;
  fail_send_of_bytes = kLastBytes;
  const Response response = driver.Fetch(Post(server.Url(), std::string(kBodyBytes, 'x')));
  EXPECT_EQ(failed_sends, 1);
  EXPECT_EQ(response.transport, Transport::kOk) << response.transport_error;
  EXPECT_EQ(response.body, std::to_string(kBodyBytes));
  EXPECT_EQ(server.accepted(), 2);
}

TEST(HttpClientResend, SendsAStreamedBodyFromItsBeginningAgain) {
  std::atomic<int> whole{0};
  LoopbackServer server([&](LoopbackConnection& connection) {
    const auto first = connection.Read();
    if (!first) return;
    connection.Answer(200, first->body);
    const auto second = connection.Read();
    if (second && second->body == "text and more") ++whole;
  });
  HttpDriver driver;
  driver.Fetch(Post(server.Url(), "x"));
  Request request = Post(server.Url(), "");
  request.pieces = {{.text = "text "}, {.text = "and more"}};
  request.digest_sent = true;
  const Response response = driver.Fetch(request);
  EXPECT_EQ(whole, 1) << "a warm connection took it and died";
  EXPECT_EQ(response.transport, Transport::kOk) << response.transport_error;
  EXPECT_EQ(response.body, "text and more");
  EXPECT_EQ(response.sent_sha256, Sha256Hex("text and more")) << "of what was sent once";
}

TEST(HttpClientResend, RemembersThatTheFirstTryMayHaveReachedTheServer) {
  LoopbackServer server(AlwaysAnswer("warm"));
  HttpDriver driver;
  driver.Fetch(Post(server.Url(), "x"));
  server.StopListening();
  failed_sends = 0;
  fail_send_of_bytes = kLastBytes;
  const Response response = driver.Fetch(Post(server.Url(), std::string(kBodyBytes, 'x')));
  EXPECT_EQ(failed_sends, 1);
  EXPECT_EQ(response.transport, Transport::kBroken) << response.transport_error;
}

TEST(HttpClientResend, DoesNotCallAServerUnreachableThatMayHaveSeenTheRequest) {
  std::atomic<LoopbackServer*> self{nullptr};
  LoopbackServer server([&](LoopbackConnection& connection) {
    if (!connection.Read()) return;
    connection.Answer(200, "warm");
    if (connection.Read()) self.load()->StopListening();
  });
  self = &server;
  HttpDriver driver;
  driver.Fetch(Post(server.Url(), "x"));
  const Response response = driver.Fetch(Post(server.Url(), "x"));
  EXPECT_EQ(response.transport, Transport::kBroken) << response.transport_error;
}

TEST(HttpClientResend, DoesNotSendAgainOnceAnAnswerHasBegun) {
  LoopbackServer server([](LoopbackConnection& connection) {
    AnswerOnce(connection);
    connection.Send("HTTP/1.1 200 OK\r\n");
  });
  HttpDriver driver;
  driver.Fetch(Post(server.Url(), "x"));
  EXPECT_EQ(driver.Fetch(Post(server.Url(), "x")).transport, Transport::kBroken);
  EXPECT_EQ(server.accepted(), 1);
}

TEST(HttpClientResolver, RunsItsThreadsWithSignalsBlocked) {
  HttpDriver driver;
  started_threads = open_threads = 0;
  driver.Fetch(Get("http://nonexistent.invalid/"));
  EXPECT_GE(started_threads, 1);
  EXPECT_EQ(open_threads, 0);
}

}  // namespace
}  // namespace debrief

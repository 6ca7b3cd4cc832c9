// loopback_server.h: an HTTP server on a loopback port whose behaviour a test writes as a script.
//
// The script is a function that runs once per connection, on a thread of its own, and speaks raw
// bytes: answers, silence, resets, lies about lengths. When it returns, the connection is closed.
// Destroying the server wakes every script that still reads or waits.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace debrief {

class LoopbackConnection {
 public:
  struct Received {
    std::string head;  // up to and with the empty line
    std::string body;
  };

  LoopbackConnection(int fd, int number) : fd_(fd), number_(number) {}
  LoopbackConnection(const LoopbackConnection&) = delete;
  LoopbackConnection& operator=(const LoopbackConnection&) = delete;

  int fd() const { return fd_; }
  int number() const { return number_; }  // the first connection of a server is 0
  // One request, or nothing when the client hung up.
  std::optional<Received> Read();
  // The same in two steps, for bodies that are too big to keep.
  std::optional<std::string> ReadHead();
  bool ReadBody(int64_t bytes, const std::function<void(std::string_view)>& sink);
  static int64_t ContentLength(std::string_view head);

  bool Send(std::string_view bytes);
  void Answer(int status, std::string_view body, std::string_view more_headers = "");
  // Ends the connection with a TCP reset.
  void Reset();
  void WaitForHangUp();
  // The same, but lets what arrives pile up until the client cannot send any more.
  void WaitWithoutReading();

 private:
  friend class LoopbackServer;
  bool Receive();
  void CloseNow();

  std::mutex closing_;  // a descriptor must not be shut down after its number is used again
  int fd_;
  const int number_;
  std::string buffer_;
};

class LoopbackServer {
 public:
  using Script = std::function<void(LoopbackConnection&)>;
  explicit LoopbackServer(Script script);
  ~LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  std::string Url(std::string_view path = "/", std::string_view scheme = "http") const;
  int accepted() const { return accepted_; }
  // From now on the port refuses connections.
  void StopListening();

 private:
  void Accept();

  const Script script_;
  int listener_;
  int port_ = 0;
  std::atomic<int> accepted_{0};
  std::list<LoopbackConnection> connections_;
  std::list<std::thread> scripts_;
  std::thread acceptor_;
};

// The script of a server that answers every request with 200 and this body.
LoopbackServer::Script AlwaysAnswer(std::string body);

}  // namespace debrief

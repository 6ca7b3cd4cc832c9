// client_cost.cpp: the calls of a feedback through the real HTTP client, for test/cost/run. Prints
// how many feedback they were.
//
// The server is in the same thread, between two turns of the client: what meets what on the wire is
// the same in each run, and so is the number of instructions.

#include <arpa/inet.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "bgworker/core/http/client.h"

namespace debrief {
namespace {

constexpr int kGroups = 50;
constexpr int kFeedbackPerGroup = 20;
constexpr size_t kSoundBytes = 1'600;
constexpr size_t kJsonBytes = 250;
constexpr int kTurnsMax = 1'000;

[[noreturn]] void Die(const char* what) {
  std::perror(what);
  std::exit(1);
}

class Server {
 public:
  Server() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)), epoll_(epoll_create1(0)) {
    sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(listener_, SOMAXCONN) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      Die("client_cost");
    }
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    Watch(listener_);
  }

  const std::string& url() const { return url_; }

  // Answers what has come.
  void Serve() {
    epoll_event events[64];
    for (int count; (count = epoll_wait(epoll_, events, std::size(events), 0)) > 0;) {
      for (int i = 0; i < count; i++) {
        if (events[i].data.fd == listener_) {
          Accept();
        } else {
          Read(events[i].data.fd);
        }
      }
    }
  }

 private:
  void Watch(int fd) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) Die("client_cost: epoll");
  }

  void Accept() {
    for (int fd; (fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) Watch(fd);
  }

  void Read(int fd) {
    char bytes[8'192];
    const ssize_t count = read(fd, bytes, sizeof bytes);
    if (count <= 0) Die("client_cost: a connection ended");
    std::string& request = received_[fd].append(bytes, static_cast<size_t>(count));
    const size_t head = request.find("\r\n\r\n");
    if (head == std::string::npos || request.size() < head + 4 + kJsonBytes) return;
    const bool is_ssml = request.starts_with("POST /v1/ssml ");
    request.clear();
    const std::string body(is_ssml ? kJsonBytes : kSoundBytes, 'x');
    const std::string answer =
        "HTTP/1.1 200 OK\r\nServer: stub\r\nDate: Thu, 26 Nov 2026 12:00:00 GMT\r\nContent-Type: " +
        std::string(is_ssml ? "application/json" : "audio/wav") +
        "\r\nConnection: keep-alive\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\n\r\n" + body;
    if (write(fd, answer.data(), answer.size()) != static_cast<ssize_t>(answer.size())) {
      Die("client_cost: write");
    }
  }

  int listener_, epoll_;
  std::string url_;
  std::map<int, std::string> received_;
};

Request NewRequest(const std::string& url) {
  Request request;
  request.url = url;
  request.headers = {{"Debrief-Protocol", "1"},
                     {"Debrief-Correlation-Id", "8f14e45f-ceea-467f-a1d2-3c4b5a697887"},
                     {"Idempotency-Key", "ssml-123456-0123456789abcdef0123456789abcdef"},
                     {"traceparent", "00-8f14e45fceea467fa1d23c4b5a697887-0123456789abcdef-01"},
                     {"Authorization", "Bearer 0123456789abcdef"},
                     {"Content-Type", "application/json"}};
  request.body = std::string(kJsonBytes, 'x');
  return request;
}

void Call(HttpClient* client, Server* server) {
  size_t wanted = 0;
  for (int row = 0; row < kFeedbackPerGroup; row++) {
    for (const char* path : {"/v1/ssml", "/v1/speech"}) {
      client->Start(NewRequest(server->url() + path));
      wanted++;
    }
  }
  for (int turn = 0; wanted > 0 && turn < kTurnsMax; turn++) {
    client->Run();
    server->Serve();
    for (const HttpClient::Finished& done : client->TakeFinished()) {
      if (done.response.status != kStatusOk) {
        std::fprintf(stderr, "client_cost: %s\n", done.response.transport_error.c_str());
        std::exit(1);
      }
      wanted--;
    }
  }
  if (wanted > 0) Die("client_cost: an answer did not come");
}

}  // namespace
}  // namespace debrief

int main() {
  std::string error;
  const auto client = debrief::HttpClient::Create(&error);
  if (client == nullptr) debrief::Die(error.c_str());
  client->SetOutbound(debrief::Outbound::Parse("127.0.0.1", &error));
  debrief::MemoryBudget memory;
  client->SetMemory(&memory);
  debrief::Server server;
  for (int group = 0; group < debrief::kGroups; group++) debrief::Call(client.get(), &server);
  std::printf("%d\n", debrief::kGroups * debrief::kFeedbackPerGroup);
}

// stream_readers.cpp: reads a stream of the console for each of many analyses, at as little cost as
// a reader can have.
//
//   stream_readers PORT        analyses' ids on the first line of standard input
//
// Prints "ready" when every stream has sent its state, and the number of changes when the input
// ends.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::string_view kState = "event: state\n";
constexpr std::string_view kRows = "event: rows\n";

[[noreturn]] void Fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

struct Stream {
  int fd;
  std::string tail;  // the beginning of a line that may be one of ours
};

int64_t Count(std::string_view text, std::string_view line) {
  int64_t found = 0;
  for (size_t at = text.find(line); at != text.npos; at = text.find(line, at + line.size()))
    found++;
  return found;
}

int Connect(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0)
    Fail("connect");
  return fd;
}

class Readers {
 public:
  explicit Readers(int port) : port_(port) { Watch(STDIN_FILENO, -1); }

  void Open(const std::string& analysis) {
    const int fd = Connect(port_);
    const std::string request =
        "GET /api/events?topic=analysis:" + analysis + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    if (write(fd, request.data(), request.size()) != static_cast<ssize_t>(request.size()))
      Fail("write");
    Watch(fd, static_cast<int>(streams_.size()));
    streams_.push_back({.fd = fd, .tail = {}});
  }
  void ReadUntilInputEnds() {
    bool is_ready = false;
    for (;;) {
      std::array<epoll_event, 256> events;
      const int got = epoll_wait(epoll_, events.data(), events.size(), -1);
      for (int i = 0; i < got; i++) {
        if (events[i].data.fd < 0) return;
        Read(streams_[events[i].data.fd]);
      }
      if (!is_ready && states_ >= static_cast<int64_t>(streams_.size())) {
        is_ready = true;
        std::puts("ready");
        std::fflush(stdout);
      }
    }
  }
  int64_t changes() const { return changes_; }

 private:
  void Watch(int fd, int data) const {
    epoll_event event = {.events = EPOLLIN, .data = {.fd = data}};
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) Fail("epoll_ctl");
  }
  void Read(Stream& stream) {
    static std::array<char, 1 << 16> buffer;
    const ssize_t got = read(stream.fd, buffer.data(), buffer.size());
    if (got <= 0) Fail("a stream ended");
    const std::string text = stream.tail + std::string(buffer.data(), static_cast<size_t>(got));
    states_ += Count(text, kState);
    changes_ += Count(text, kRows);
    const size_t line = text.rfind('\n') + 1;
    stream.tail = text.substr(line, kState.size());
  }

  const int port_;
  const int epoll_ = epoll_create1(0);
  std::vector<Stream> streams_;
  int64_t states_ = 0;
  int64_t changes_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: stream_readers PORT\n");
    return 2;
  }
  Readers readers(std::atoi(argv[1]));
  std::string line;
  std::getline(std::cin, line);
  std::istringstream analyses(line);
  for (std::string analysis; analyses >> analysis;) readers.Open(analysis);
  readers.ReadUntilInputEnds();
  std::printf("%lld\n", static_cast<long long>(readers.changes()));
}

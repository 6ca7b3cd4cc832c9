// wire_stub.cpp: a provider that writes down when each request arrived and was answered.
//
//   wire_stub PORT SOUND_FILE DELAY_MS
//
// Speaks as much of the http kind's protocol as a measurement needs: SSML for /v1/ssml, the sound
// for all else, each DELAY_MS after its request. At SIGTERM it prints a line a request: stage, row,
// arrival and answer in microseconds of CLOCK_MONOTONIC, the clock that wire_client uses.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace {

constexpr int kEvents = 256;
constexpr size_t kReadBytes = 64 * 1024;
constexpr std::string_view kSsml = R"({"segments":["<speak>Well done.</speak>"],"version":"stub"})";

volatile std::sig_atomic_t stop = 0;

int64_t NowUs() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000LL + now.tv_nsec / 1000;
}

struct Served {
  std::string key;  // the Idempotency-Key: stage-row-hash
  int64_t arrived_us, answered_us;
};

struct Connection {
  std::string received;
  std::string unsent;
  int64_t arrived_us = 0;
};

std::string_view Between(std::string_view text, std::string_view before, std::string_view after) {
  const size_t begin = text.find(before);
  if (begin == std::string_view::npos) return {};
  const size_t from = begin + before.size();
  return text.substr(from, text.find(after, from) - from);
}

class Stub {
 public:
  Stub(int port, std::string sound, int64_t delay_us);
  void Serve();
  void Print() const;

 private:
  void Accept();
  void Read(int fd);
  void Answer(int fd, int64_t arrived_us, std::string key, bool ssml);
  void Send(int fd);
  int TimeoutMs() const;

  struct Due {
    int fd;
    int64_t arrived_us;
    std::string key;
    bool ssml;
  };

  int listener_, epoll_;
  std::string sound_;
  int64_t delay_us_;
  std::unordered_map<int, Connection> connections_;
  std::multimap<int64_t, Due> due_;
  std::vector<Served> served_;
};

Stub::Stub(int port, std::string sound, int64_t delay_us)
    : listener_(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)),
      epoll_(epoll_create1(0)),
      sound_(std::move(sound)),
      delay_us_(delay_us) {
  const int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
      listen(listener_, SOMAXCONN) != 0) {
    std::perror("wire_stub");
    std::exit(1);
  }
  epoll_event event{.events = EPOLLIN, .data = {.fd = listener_}};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event);
}

void Stub::Accept() {
  for (int fd; (fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    connections_[fd] = {};
  }
}

void Stub::Read(int fd) {
  Connection& connection = connections_[fd];
  char bytes[kReadBytes];
  const ssize_t count = read(fd, bytes, sizeof(bytes));
  if (count <= 0) {
    close(fd);
    connections_.erase(fd);
    return;
  }
  if (connection.received.empty()) connection.arrived_us = NowUs();
  connection.received.append(bytes, static_cast<size_t>(count));
  const size_t head = connection.received.find("\r\n\r\n");
  if (head == std::string::npos) return;
  const size_t body = static_cast<size_t>(
      std::atol(std::string(Between(connection.received, "Content-Length: ", "\r\n")).c_str()));
  if (connection.received.size() < head + 4 + body) return;
  std::string key(Between(connection.received, "Idempotency-Key: ", "\r\n"));
  const bool ssml = connection.received.find("/v1/ssml") < head;
  connection.received.clear();
  if (delay_us_ == 0) return Answer(fd, connection.arrived_us, std::move(key), ssml);
  due_.emplace(NowUs() + delay_us_, Due{fd, connection.arrived_us, std::move(key), ssml});
}

void Stub::Answer(int fd, int64_t arrived_us, std::string key, bool ssml) {
  const auto found = connections_.find(fd);
  if (found == connections_.end()) return;
  const std::string_view body = ssml ? kSsml : sound_;
  found->second.unsent = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                         std::to_string(body.size()) + "\r\n\r\n";
  found->second.unsent += body;
  Send(fd);
  served_.push_back({std::move(key), arrived_us, NowUs()});
}

void Stub::Send(int fd) {
  std::string& unsent = connections_[fd].unsent;
  const ssize_t sent = write(fd, unsent.data(), unsent.size());
  if (sent > 0) unsent.erase(0, static_cast<size_t>(sent));
  epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
  if (!unsent.empty()) event.events |= EPOLLOUT;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event);
}

int Stub::TimeoutMs() const {
  if (due_.empty()) return -1;
  return static_cast<int>(std::max<int64_t>(0, (due_.begin()->first - NowUs() + 999) / 1000));
}

void Stub::Serve() {
  while (!stop) {
    epoll_event events[kEvents];
    const int count = epoll_wait(epoll_, events, kEvents, TimeoutMs());
    for (int i = 0; i < count; i++) {
      const int fd = events[i].data.fd;
      if (fd == listener_) {
        Accept();
      } else if ((events[i].events & EPOLLOUT) != 0) {
        Send(fd);
      } else {
        Read(fd);
      }
    }
    while (!due_.empty() && due_.begin()->first <= NowUs()) {
      Due due = std::move(due_.begin()->second);
      due_.erase(due_.begin());
      Answer(due.fd, due.arrived_us, std::move(due.key), due.ssml);
    }
  }
}

void Stub::Print() const {
  for (const Served& call : served_) {
    const size_t dash = call.key.find('-');
    std::printf("%s %s %lld %lld\n", call.key.substr(0, dash).c_str(),
                call.key.substr(dash + 1, call.key.find('-', dash + 1) - dash - 1).c_str(),
                static_cast<long long>(call.arrived_us), static_cast<long long>(call.answered_us));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: wire_stub PORT SOUND_FILE DELAY_MS\n");
    return 2;
  }
  std::ifstream file(argv[2], std::ios::binary);
  std::string sound{std::istreambuf_iterator<char>(file), {}};
  std::signal(SIGTERM, [](int) { stop = 1; });
  std::signal(SIGPIPE, SIG_IGN);
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  Stub stub(std::atoi(argv[1]), std::move(sound), std::atol(argv[3]) * 1000);
  stub.Serve();
  stub.Print();
}

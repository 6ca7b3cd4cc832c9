// loopback_server.cpp: see loopback_server.h.
#include "test/unit/http/loopback_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace debrief {
namespace {

constexpr size_t kReadBytes = 64 * 1024;
constexpr int kBacklog = 512;
constexpr std::string_view kEmptyLine = "\r\n\r\n";

}  // namespace

bool LoopbackConnection::Receive() {
  char bytes[kReadBytes];
  const ssize_t got = recv(fd_, bytes, sizeof bytes, 0);
  if (got <= 0) return false;
  buffer_.append(bytes, static_cast<size_t>(got));
  return true;
}

std::optional<std::string> LoopbackConnection::ReadHead() {
  size_t end = 0;
  while ((end = buffer_.find(kEmptyLine)) == std::string::npos) {
    if (!Receive()) return std::nullopt;
  }
  std::string head = buffer_.substr(0, end + kEmptyLine.size());
  buffer_.erase(0, head.size());
  return head;
}

bool LoopbackConnection::ReadBody(int64_t bytes,
                                  const std::function<void(std::string_view)>& sink) {
  while (bytes > 0) {
    if (buffer_.empty() && !Receive()) return false;
    const size_t piece = std::min(buffer_.size(), static_cast<size_t>(bytes));
    sink(std::string_view(buffer_).substr(0, piece));
    buffer_.erase(0, piece);
    bytes -= static_cast<int64_t>(piece);
  }
  return true;
}

std::optional<LoopbackConnection::Received> LoopbackConnection::Read() {
  std::optional<std::string> head = ReadHead();
  if (!head) return std::nullopt;
  Received received{.head = std::move(*head), .body = {}};
  const bool whole = ReadBody(ContentLength(received.head),
                              [&](std::string_view piece) { received.body += piece; });
  if (!whole) return std::nullopt;
  return received;
}

int64_t LoopbackConnection::ContentLength(std::string_view head) {
  constexpr std::string_view kName = "\r\nContent-Length: ";
  const size_t at = head.find(kName);
  return at == std::string_view::npos ? 0 : std::atoll(head.data() + at + kName.size());
}

bool LoopbackConnection::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

void LoopbackConnection::Answer(int status, std::string_view body, std::string_view more_headers) {
  Send("HTTP/1.1 " + std::to_string(status) +
       " Scripted\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
       std::string(more_headers) + "\r\n" + std::string(body));
}

void LoopbackConnection::Reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  CloseNow();
}

void LoopbackConnection::WaitForHangUp() {
  while (Receive()) buffer_.clear();
}

void LoopbackConnection::WaitWithoutReading() {
  pollfd descriptor{.fd = fd_, .events = POLLRDHUP, .revents = 0};
  while (poll(&descriptor, 1, -1) < 0 && errno == EINTR) {
  }
}

void LoopbackConnection::CloseNow() {
  const std::lock_guard<std::mutex> lock(closing_);
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

LoopbackServer::LoopbackServer(Script script)
    : script_(std::move(script)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, generic, size) != 0 || listen(listener_, kBacklog) != 0 ||
      getsockname(listener_, generic, &size) != 0) {
    throw std::runtime_error("no loopback port");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

LoopbackServer::~LoopbackServer() {
  StopListening();
  for (LoopbackConnection& connection : connections_) {
    const std::lock_guard<std::mutex> lock(connection.closing_);
    if (connection.fd_ >= 0) shutdown(connection.fd_, SHUT_RDWR);
  }
  for (std::thread& script : scripts_) script.join();
}

void LoopbackServer::StopListening() {
  shutdown(listener_, SHUT_RDWR);
  if (acceptor_.joinable()) acceptor_.join();
  if (listener_ >= 0) close(listener_);
  listener_ = -1;
}

void LoopbackServer::Accept() {
  while (true) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    LoopbackConnection& connection = connections_.emplace_back(fd, accepted_++);
    scripts_.emplace_back([this, &connection] {
      script_(connection);
      connection.CloseNow();
    });
  }
}

std::string LoopbackServer::Url(std::string_view path, std::string_view scheme) const {
  return std::string(scheme) + "://127.0.0.1:" + std::to_string(port_) + std::string(path);
}

LoopbackServer::Script AlwaysAnswer(std::string body) {
  return [body = std::move(body)](LoopbackConnection& connection) {
    while (connection.Read()) connection.Answer(200, body);
  };
}

}  // namespace debrief

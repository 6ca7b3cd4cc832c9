#include "console/http_server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace debrief::console {
namespace {

constexpr size_t kBodyBytesMax = 64 * 1024;
constexpr size_t kWaitingMax = 10'000;
constexpr size_t kConnectionMemory = 16 * 1024;

std::string ClientOf(MHD_Connection* connection) {
  const auto* const info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  char text[INET6_ADDRSTRLEN] = "";
  if (info == nullptr || info->client_addr == nullptr) return text;
  const sockaddr* const address = info->client_addr;
  if (address->sa_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text, sizeof text);
  } else if (address->sa_family == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, text,
              sizeof text);
  }
  return text;
}

MHD_Result AddHeader(void* request, MHD_ValueKind, const char* name, const char* value) {
  static_cast<Request*>(request)->AddHeader(name, value == nullptr ? "" : value);
  return MHD_YES;
}

// A socket that listens there; -1, with errno: MHD_start_daemon() would not say why it could not.
// Without SO_REUSEPORT, by which a second console would share the port unnoticed.
int ListenOn(const sockaddr_storage& address) {
  const int listener = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) return -1;
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const bool is_v6 = address.ss_family == AF_INET6;
  if (is_v6) setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  const socklen_t length = is_v6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), length) == 0 &&
      listen(listener, SOMAXCONN) == 0)
    return listener;
  const int why = errno;
  close(listener);
  errno = why;
  return -1;
}

}  // namespace

// One request and its answer. The connection's thread and a handler's have it in turn.
struct HttpServer::Exchange {
  HttpServer* server = nullptr;
  MHD_Connection* connection = nullptr;
  Request request;
  bool has_begun = false;
  bool is_too_long = false;
  bool is_answered = false;
  Response response;
};

void Stream::Append(Text text) {
  const std::lock_guard lock(mutex_);
  if (has_ended_) return;
  largest_bytes_ = std::max(largest_bytes_, text->size());
  if (waiting_bytes_ > kWaitingMax + largest_bytes_) {
    has_ended_ = true;
    waiting_.clear();
  } else {
    waiting_bytes_ += text->size();
    waiting_.push_back(std::move(text));
    has_news_ = true;
  }
  Wake();
}

void Stream::Ping() {
  static const Text ping = std::make_shared<const std::string>(": ping\n\n");
  const std::lock_guard lock(mutex_);
  if (std::exchange(has_news_, false) || has_ended_ || !waiting_.empty()) return;
  waiting_bytes_ += ping->size();
  waiting_.push_back(ping);
  Wake();
}

void Stream::End() {
  const std::lock_guard lock(mutex_);
  has_ended_ = true;
  Wake();
}

bool Stream::HasEnded() const {
  const std::lock_guard lock(mutex_);
  return has_ended_;
}

void Stream::Wake() {
  if (connection_ != nullptr) MHD_resume_connection(std::exchange(connection_, nullptr));
}

ssize_t Stream::Pull(void* stream, uint64_t, char* buffer, size_t size) {
  auto* const self = static_cast<std::shared_ptr<Stream>*>(stream)->get();
  const std::lock_guard lock(self->mutex_);
  if (self->waiting_.empty()) {
    if (self->has_ended_) return MHD_CONTENT_READER_END_OF_STREAM;
    self->connection_ = self->own_;
    MHD_suspend_connection(self->own_);
    return 0;
  }
  size_t given = 0;
  auto text = self->waiting_.begin();
  while (given < size && text != self->waiting_.end()) {
    const size_t count = (*text)->copy(buffer + given, size - given, self->taken_);
    given += count;
    self->taken_ += count;
    if (self->taken_ < (*text)->size()) break;
    self->taken_ = 0;
    ++text;
  }
  self->waiting_.erase(self->waiting_.begin(), text);
  self->waiting_bytes_ -= given;
  return static_cast<ssize_t>(given);
}

// libmicrohttpd's side; nothing here may block.
struct HttpCallbacks {
  static void* Begin(void* server, const char* uri, MHD_Connection* connection) {
    auto* const exchange = new HttpServer::Exchange;
    exchange->server = static_cast<HttpServer*>(server);
    exchange->connection = connection;
    exchange->request.target = uri;
    return exchange;
  }

  static void Complete(void*, MHD_Connection*, void** state, MHD_RequestTerminationCode) {
    auto* const exchange = static_cast<HttpServer::Exchange*>(*state);
    if (exchange == nullptr) return;
    // The connection is gone: whoever appends must not resume it.
    if (exchange->response.stream) {
      const std::lock_guard lock(exchange->response.stream->mutex_);
      exchange->response.stream->has_ended_ = true;
      exchange->response.stream->connection_ = nullptr;
    }
    if (exchange->response.file >= 0) close(exchange->response.file);
    delete exchange;
    *state = nullptr;
  }

  static MHD_Response* Make(HttpServer::Exchange* exchange) {
    Response& response = exchange->response;
    if (response.stream) {
      response.stream->own_ = exchange->connection;
      constexpr size_t kBlock = 4096;
      return MHD_create_response_from_callback(
          MHD_SIZE_UNKNOWN, kBlock, &Stream::Pull, new std::shared_ptr<Stream>(response.stream),
          [](void* stream) { delete static_cast<std::shared_ptr<Stream>*>(stream); });
    }
    if (response.file >= 0) {
      return MHD_create_response_from_fd_at_offset64(
          response.file_bytes, std::exchange(response.file, -1), response.file_at);
    }
    const std::string& body = response.shared_body ? *response.shared_body : response.body;
    // The exchange outlives the answer.
    return MHD_create_response_from_buffer(body.size(), const_cast<char*>(body.data()),
                                           MHD_RESPMEM_PERSISTENT);
  }

  static MHD_Result Send(HttpServer::Exchange* exchange) {
    MHD_Response* const response = Make(exchange);
    if (response == nullptr) return MHD_NO;
    for (const auto& [name, value] : exchange->response.headers) {
      MHD_add_response_header(response, name.c_str(), value.c_str());
    }
    const auto result =
        MHD_queue_response(exchange->connection, exchange->response.status, response);
    MHD_destroy_response(response);
    return result;
  }

  static MHD_Result Handle(void* server, MHD_Connection* connection, const char*,
                           const char* method, const char*, const char* data, size_t* size,
                           void** state) {
    auto* const exchange = static_cast<HttpServer::Exchange*>(*state);
    if (!exchange->has_begun) {
      exchange->has_begun = true;
      exchange->request.method = method;
      exchange->request.client = ClientOf(connection);
      MHD_get_connection_values(connection, MHD_HEADER_KIND, &AddHeader, &exchange->request);
      return MHD_YES;
    }
    if (exchange->is_answered) return Send(exchange);
    if (*size > 0) {
      std::string& body = exchange->request.body;
      exchange->is_too_long = exchange->is_too_long || body.size() + *size > kBodyBytesMax;
      if (!exchange->is_too_long) body.append(data, *size);
      *size = 0;
      return MHD_YES;
    }
    if (exchange->is_too_long) {
      exchange->response = ErrorResponse(413, "", "The request has more than 64 kB.");
      return Send(exchange);
    }
    MHD_suspend_connection(connection);
    if (static_cast<HttpServer*>(server)->Enqueue(exchange)) return MHD_YES;
    exchange->response = ErrorResponse(503, "", "Too many requests wait.");
    exchange->is_answered = true;
    MHD_resume_connection(connection);
    return MHD_YES;
  }
};

HttpServer::HttpServer(Setup setup) : setup_(std::move(setup)) {}

HttpServer::~HttpServer() { Stop(); }

bool HttpServer::Start() {
  unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC;
  if (setup_.address.ss_family == AF_INET6) flags |= MHD_USE_IPv6;
  const int listener = ListenOn(setup_.address);
  if (listener < 0) return false;
  daemon_ = MHD_start_daemon(
      flags, 0, nullptr, nullptr, &HttpCallbacks::Handle, this, MHD_OPTION_LISTEN_SOCKET, listener,
      MHD_OPTION_URI_LOG_CALLBACK, &HttpCallbacks::Begin, this, MHD_OPTION_NOTIFY_COMPLETED,
      &HttpCallbacks::Complete, this, MHD_OPTION_CONNECTION_LIMIT, setup_.connections_max,
      MHD_OPTION_CONNECTION_TIMEOUT, setup_.seconds_max, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
      kConnectionMemory, MHD_OPTION_END);
  if (daemon_ == nullptr) return false;
  for (unsigned i = 0; i < setup_.threads; i++) threads_.emplace_back([this] { Work(); });
  return true;
}

int HttpServer::port() const {
  const auto* const info = MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_BIND_PORT);
  return info == nullptr ? 0 : info->port;
}

bool HttpServer::Enqueue(Exchange* exchange) {
  const std::lock_guard lock(mutex_);
  if (is_stopping_ || waiting_.size() >= kWaitingMax) return false;
  waiting_.push_back(exchange);
  changed_.notify_one();
  return true;
}

void HttpServer::Work() {
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    Exchange* const exchange = waiting_.front();
    waiting_.pop_front();
    lock.unlock();
    exchange->response = setup_.handler(exchange->request);
    exchange->is_answered = true;
    MHD_resume_connection(exchange->connection);
  }
}

void HttpServer::Stop() {
  if (daemon_ == nullptr) return;
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  MHD_stop_daemon(daemon_);
  daemon_ = nullptr;
}

}  // namespace debrief::console

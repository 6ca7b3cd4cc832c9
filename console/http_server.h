// http_server.h: HTTP by libmicrohttpd. One thread holds all connections; handlers run in a few
// threads of their own, while their connections are suspended.
#pragma once

#include <sys/socket.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "console/http_message.h"

struct MHD_Connection;
struct MHD_Daemon;

namespace debrief::console {

// An answer without an end: whoever has news appends, the connection's thread takes. A reader that
// leaves more than kWaitingMax of news unread, beside the largest of them (the state, which takes
// its time on a slow line), is dropped.
class Stream {
 public:
  static constexpr size_t kWaitingMax = 64 * 1024;
  using Text = std::shared_ptr<const std::string>;  // streams of one topic share it

  // Nothing is appended to a stream that has ended.
  void Append(Text text);
  void Append(std::string text) { Append(std::make_shared<const std::string>(std::move(text))); }
  // A comment, unless there was something to read since the last time.
  void Ping();
  void End();
  bool HasEnded() const;

 private:
  friend struct HttpCallbacks;
  static ssize_t Pull(void* stream, uint64_t position, char* buffer, size_t size);
  void Wake();

  mutable std::mutex mutex_;
  std::vector<Text> waiting_;
  size_t taken_ = 0;  // bytes of the first
  size_t waiting_bytes_ = 0;
  size_t largest_bytes_ = 0;
  bool has_news_ = false;  // since the last ping
  bool has_ended_ = false;
  MHD_Connection* connection_ = nullptr;  // while suspended
  MHD_Connection* own_ = nullptr;
};

class HttpServer {
 public:
  using Handler = std::function<Response(const Request&)>;
  struct Setup {
    sockaddr_storage address;
    unsigned threads = 4;
    unsigned connections_max = 15'000;
    unsigned seconds_max = 30;  // without a byte, before a request is whole
    Handler handler;            // in one of the threads
  };

  explicit HttpServer(Setup setup);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // False: cannot listen; errno says why.
  bool Start();
  int port() const;
  // Every stream must have ended.
  void Stop();

  struct Exchange;

 private:
  friend struct HttpCallbacks;
  // False when too many wait.
  bool Enqueue(Exchange* exchange);
  void Work();

  Setup setup_;
  MHD_Daemon* daemon_ = nullptr;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Exchange*> waiting_;
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace debrief::console

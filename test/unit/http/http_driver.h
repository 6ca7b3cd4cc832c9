// http_driver.h: turns the crank of an HttpClient until something a test waits for has happened.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "bgworker/core/http/client.h"

namespace debrief {

class HttpDriver {
 public:
  HttpDriver() {
    std::string error;
    client_ = HttpClient::Create(&error);
    EXPECT_NE(client_, nullptr) << error;
    client_->SetOutbound(Outbound::Parse("127.0.0.1, localhost, nonexistent.invalid", &error));
  }
  HttpClient& client() { return *client_; }
  // What finished so far.
  std::map<HttpClient::Id, Response>& finished() { return finished_; }

  template <typename Condition>
  void RunUntil(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "waited in vain";
      pollfd descriptor{.fd = client_->poll_fd(), .events = POLLIN, .revents = 0};
      const int64_t timeout_ms = client_->TimeoutMs();
      // The condition may be another thread's to fulfil: look again soon.
      poll(&descriptor, 1,
           timeout_ms < 0 ? 20 : static_cast<int>(std::min<int64_t>(timeout_ms, 20)));
      client_->Run();
      for (auto& done : client_->TakeFinished()) {
        EXPECT_TRUE(finished_.emplace(done.id, std::move(done.response)).second);
      }
    }
  }
  Response Wait(HttpClient::Id id) {
    RunUntil([&] { return finished_.contains(id); });
    return finished_[id];
  }
  Response Fetch(Request request) { return Wait(client_->Start(std::move(request))); }

 private:
  std::unique_ptr<HttpClient> client_;
  std::map<HttpClient::Id, Response> finished_;
};

inline Request Get(std::string url) {
  Request request;
  request.method = Request::Method::kGet;
  request.url = std::move(url);
  return request;
}

inline Request Post(std::string url, std::string body) {
  Request request;
  request.url = std::move(url);
  request.body = std::move(body);
  return request;
}

}  // namespace debrief

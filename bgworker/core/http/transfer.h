// transfer.h: one exchange at a time on one libcurl easy handle, used again and again.
//
// Knows how a request is given to libcurl and how an answer is collected; which transfer runs
// when is the client's business. libcurl keeps pointers into a transfer: it does not move.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "bgworker/core/http/answer_buffer.h"
#include "bgworker/core/http/body.h"
#include "bgworker/core/http/outbound.h"
#include "bgworker/core/http/outcome.h"
#include "bgworker/core/http/request.h"
#include "bgworker/core/http/request_check.h"

namespace debrief {

// What the transfers of a client share: when the budget is used up they pause, all but one, which
// goes on to its end so that something is freed at last.
struct BodyMemory {
  MemoryBudget* budget = nullptr;  // null: no limit
  uint64_t privileged = 0;         // the id of the one
  bool may_exceed = true;          // whether there may be such a one
  int paused = 0;
};

class HttpTransfer {
 public:
  // Throws std::bad_alloc when libcurl has no memory for a handle.
  explicit HttpTransfer(BodyMemory* memory);
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  // Takes a request over; `url`: its URL's parts. Returns an answer when it cannot be sent, and
  // nothing when the handle may be started.
  std::optional<Response> Begin(uint64_t id, Request request, const std::optional<Url>& url,
                                const Outbound& outbound, const std::string& ca_file);
  // After libcurl's verdict: true when the handle was set up to be started once more.
  bool TryAgain(CURLcode code);
  Response Finish(CURLcode code);
  bool is_paused() const { return paused_; }
  // Whether there is room now for what it waits with.
  bool MayResume() const;
  void Resume();
  // Forgets the request, and the options unless the next one may go on with them. Only while
  // libcurl does not run the handle.
  void Recycle();

  // Only such transfers know when their body was sent: forms, and bodies that take a while.
  bool watches_upload() const { return watches_upload_; }
  bool body_sent() const { return body_sent_; }
  bool was_sent() const { return connected_ > 0; }  // in part, perhaps
  uint64_t id() const { return id_; }               // 0: idle
  CURL* easy() const { return easy_.get(); }
  static HttpTransfer& Of(CURL* easy);

 private:
  static size_t OnHeader(char* data, size_t size, size_t count, void* self) noexcept;
  static size_t OnBody(char* data, size_t size, size_t count, void* self) noexcept;
  static int OnProgress(void* self, curl_off_t, curl_off_t, curl_off_t upload_bytes,
                        curl_off_t uploaded_bytes) noexcept;
  static int OnConnected(void* self, char*, char*, int, int) noexcept;
  static curl_socket_t OnOpenSocket(void* self, curlsocktype, curl_sockaddr* address) noexcept;

  CURLcode SetUp(const std::string& ca_file);
  void SetCallbacks();
  CURLcode SetProtocol();
  CURLcode SetRequest(bool is_https);
  CURLcode SetMethod();
  CURLcode SetBody();
  TransferFacts Facts(CURLcode code) const;
  size_t AddBody(std::string_view piece) noexcept;
  bool MustPause(int64_t growth) noexcept;
  void ReadHeaders(Response* response);
  int64_t ElapsedUs() const;

  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy_;
  bool is_set_up_ = false;  // with the options that every request has
  std::string ca_file_;     // then
  char libcurl_message_[CURL_ERROR_SIZE] = "";
  HeaderList headers_;
  HttpBody body_;

  BodyMemory* memory_;
  MemoryShare share_;
  int64_t wanted_bytes_ = 0;  // while paused
  bool paused_ = false;

  uint64_t id_ = 0;
  Request request_;
  AnswerBuffer answer_;
  std::chrono::steady_clock::time_point began_at_;
  int64_t first_byte_us_ = 0;
  bool may_go_anywhere_ = false;
  bool address_refused_ = false;
  bool watches_upload_ = false;
  bool body_sent_ = false;
  bool tried_again_ = false;
  bool ended_well_ = false;
  int connected_ = 0;          // how often libcurl was about to send it
  bool began_before_ = false;  // the request, in the try before this one
};

}  // namespace debrief

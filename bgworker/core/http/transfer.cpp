// transfer.cpp: see transfer.h; how a request is given to libcurl is in
// transfer_options.cpp.
//
// A handle keeps its options from one plain POST to the next: what such a request sets, the next
// one sets, too. After anything else it is reset, and carries nothing along, neither another
// request's options nor, as libcurl 7.88 otherwise does, its count of silent retries. Its
// connection stays warm in any case: that one belongs to the multi handle.
#include "bgworker/core/http/transfer.h"

#include <sys/socket.h>

#include <cassert>
#include <ctime>
#include <new>
#include <utility>

#include "bgworker/core/http/retry_after.h"
#include "bgworker/core/http/url.h"

namespace debrief {
namespace {

constexpr int kFinalStatusMin = 200;
constexpr size_t kVersionBytesMax = 200;
constexpr int64_t kRefusalBytesMax = 1 << 20;
constexpr size_t kHeaderBytesMax = 2'000;
// An answer that began to come in pieces and then falls silent is dead. Before that a server
// may think as long as its time limit allows: silence then means nothing.
constexpr long kStallSeconds = 60;
constexpr long kStallBytesPerSecond = 1;

long InfoLong(CURL* easy, CURLINFO info) {
  long value = 0;
  curl_easy_getinfo(easy, info, &value);
  return value;
}

int64_t InfoTime(CURL* easy, CURLINFO info) {
  curl_off_t value = 0;
  curl_easy_getinfo(easy, info, &value);
  return value;
}

std::string PrintableAscii(std::string_view text, size_t bytes_max) {
  std::string printable;
  for (const char c : text) {
    if (c >= 0x20 && c <= 0x7e && printable.size() < bytes_max) printable += c;
  }
  return printable;
}

// Null when the answer has no such header.
const char* HeaderValue(CURL* easy, const char* name) {
  curl_header* header = nullptr;
  if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK) return nullptr;
  return header->value;
}

}  // namespace

HttpTransfer::HttpTransfer(BodyMemory* memory)
    : easy_(curl_easy_init(), curl_easy_cleanup), memory_(memory) {
  if (!easy_) throw std::bad_alloc();
}

HttpTransfer& HttpTransfer::Of(CURL* easy) {
  void* self = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &self);
  return *static_cast<HttpTransfer*>(self);
}

std::optional<Response> HttpTransfer::Begin(uint64_t id, Request request,
                                            const std::optional<Url>& url, const Outbound& outbound,
                                            const std::string& ca_file) {
  Response refusal;
  refusal.transport = Response::Transport::kRefused;
  refusal.tag = request.tag;
  refusal.transport_error = WhyRefused(request, url);
  if (!refusal.transport_error.empty()) return refusal;
  may_go_anywhere_ = outbound.Lists(*url);
  if (!may_go_anywhere_ && !url->is_https) {
    refusal.transport = Response::Transport::kForbidden;
    refusal.transport_error = "plain http to a host that pg_debrief.allowed_hosts does not list";
    return refusal;
  }
  assert(id > 0 && id_ == 0 && share_.bytes() == 0);
  id_ = id;
  request_ = std::move(request);
  answer_.Expect(request_.response_bytes_max);
  share_ = MemoryShare(memory_->budget);
  began_at_ = std::chrono::steady_clock::now();
  CURLcode code = SetUp(ca_file);
  if (code == CURLE_OK) code = SetRequest(url->is_https);
  if (code == CURLE_OK) return std::nullopt;
  refusal.transport_error = curl_easy_strerror(code);
  return refusal;
}

bool HttpTransfer::TryAgain(CURLcode code) {
  if (code == CURLE_OK || tried_again_ || !WorthFreshConnection(Facts(code))) return false;
  const int64_t left_ms = request_.timeout_ms - ElapsedUs() / 1000;
  if (left_ms <= 0) return false;
  tried_again_ = true;
  began_before_ = InfoLong(easy_.get(), CURLINFO_REQUEST_SIZE) > 0;
  body_sent_ = false;
  curl_easy_setopt(easy_.get(), CURLOPT_FRESH_CONNECT, 1L);
  return curl_easy_setopt(easy_.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(left_ms)) == CURLE_OK;
}

// Times are libcurl's: microseconds since the start, 0 for a step that did not happen. The first
// byte's is ours, because libcurl 7.88 takes the first byte of an upload for it.
Response HttpTransfer::Finish(CURLcode code) {
  CURL* const easy = easy_.get();
  Response response;
  response.tag = request_.tag;
  response.phases = {.dns_us = InfoTime(easy, CURLINFO_NAMELOOKUP_TIME_T),
                     .connect_us = InfoTime(easy, CURLINFO_CONNECT_TIME_T),
                     .tls_us = InfoTime(easy, CURLINFO_APPCONNECT_TIME_T),
                     .first_byte_us = first_byte_us_,
                     .total_us = ElapsedUs()};
  const auto status = static_cast<int>(InfoLong(easy, CURLINFO_RESPONSE_CODE));
  const bool is_final = answer_.head_is_whole() && status >= kFinalStatusMin;
  if (code == CURLE_OK && !is_final) code = CURLE_WEIRD_SERVER_REPLY;
  ended_well_ = code == CURLE_OK;
  if (ended_well_ || (request_.status_suffices && is_final)) {
    response.status = status;
    if (request_.sink != nullptr && status == kStatusOk) {
      response.sunk_bytes = answer_.body_bytes();
    }
    response.body = answer_.TakeBody();
    response.memory = std::move(share_);
    response.sent_sha256 = body_.Digest();
    ReadHeaders(&response);
    return response;
  }
  const TransferFacts facts = Facts(code);
  response.transport = Classify(facts);
  response.transport_error = Describe(facts, libcurl_message_);
  return response;
}

void HttpTransfer::ReadHeaders(Response* response) {
  if (const char* after = HeaderValue(easy_.get(), "Retry-After")) {
    const char* date = HeaderValue(easy_.get(), "Date");
    response->retry_after_ms = RetryAfterMs(after, date, std::time(nullptr));
  }
  if (const char* version = HeaderValue(easy_.get(), "Debrief-Version")) {
    response->version_header = PrintableAscii(version, kVersionBytesMax);
  }
  for (const std::string& name : request_.headers_wanted) {
    if (const char* value = HeaderValue(easy_.get(), name.c_str())) {
      response->headers[name] = PrintableAscii(value, kHeaderBytesMax);
    }
  }
}

TransferFacts HttpTransfer::Facts(CURLcode code) const {
  CURL* const easy = easy_.get();
  StoppedBy stopped_by = answer_.stopped_by();
  if (body_.ran_short()) stopped_by = StoppedBy::kShortFile;
  const bool never_began = code == CURLE_COULDNT_CONNECT || code == CURLE_ABORTED_BY_CALLBACK;
  if (address_refused_ && never_began) stopped_by = StoppedBy::kAddress;
  return {.code = code,
          .stopped_by = stopped_by,
          .name_resolved = InfoTime(easy, CURLINFO_NAMELOOKUP_TIME_T) > 0,
          // Not CURLINFO_CONNECT_TIME_T, which libcurl 7.88 sets when TLS is through, too.
          .opened_connection = InfoLong(easy, CURLINFO_NUM_CONNECTS) > 0,
          .request_began = began_before_ || InfoLong(easy, CURLINFO_REQUEST_SIZE) > 0,
          .body_sent = body_sent_ || !watches_upload_,
          .answer_began = answer_.began(),
          .elapsed_ms = ElapsedUs() / 1000};
}

bool HttpTransfer::MayResume() const {
  return paused_ && ((memory_->may_exceed && memory_->privileged == 0) ||
                     wanted_bytes_ <= memory_->budget->left());
}

// libcurl hands the piece over once more, at once.
void HttpTransfer::Resume() {
  assert(paused_ && memory_->paused > 0);
  paused_ = false;
  memory_->paused--;
  curl_easy_pause(easy_.get(), CURLPAUSE_CONT);
}

bool HttpTransfer::MustPause(int64_t growth) noexcept {
  if (memory_->budget == nullptr || growth <= memory_->budget->left()) return false;
  if (memory_->may_exceed && memory_->privileged == 0) memory_->privileged = id_;
  if (memory_->privileged == id_) return false;
  wanted_bytes_ = growth;
  paused_ = true;
  memory_->paused++;
  return true;
}

void HttpTransfer::Recycle() {
  // One piece: else a limit of silence was set. Sent once: else there is something to be counted.
  const bool keeps_options =
      ended_well_ && IsPlainPost(request_) && answer_.body_pieces() <= 1 && connected_ == 1;
  if (!keeps_options) {
    curl_easy_reset(easy_.get());
    is_set_up_ = false;
  }
  if (paused_) memory_->paused--;
  if (memory_->privileged == id_) memory_->privileged = 0;
  paused_ = false;
  share_ = MemoryShare();
  body_.Clear();
  request_ = Request();
  answer_ = AnswerBuffer();
  id_ = 0;
  connected_ = 0;
  first_byte_us_ = 0;
  may_go_anywhere_ = address_refused_ = false;
  watches_upload_ = body_sent_ = tried_again_ = began_before_ = ended_well_ = false;
  libcurl_message_[0] = '\0';
}

int64_t HttpTransfer::ElapsedUs() const {
  const auto elapsed = std::chrono::steady_clock::now() - began_at_;
  return std::chrono::duration_cast<std::chrono::microseconds>(elapsed).count();
}

size_t HttpTransfer::OnHeader(char* data, size_t size, size_t count, void* self) noexcept {
  HttpTransfer& transfer = *static_cast<HttpTransfer*>(self);
  if (!transfer.answer_.began()) transfer.first_byte_us_ = transfer.ElapsedUs();
  return transfer.answer_.AddHeaderLine({data, size * count}) ? size * count : 0;
}

size_t HttpTransfer::OnBody(char* data, size_t size, size_t count, void* self) noexcept {
  return static_cast<HttpTransfer*>(self)->AddBody({data, size * count});
}

// As libcurl wants it: how much was taken; 0 ends the transfer.
size_t HttpTransfer::AddBody(std::string_view piece) noexcept {
  curl_off_t announced = -1;
  curl_easy_getinfo(easy(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
  const bool sinks =
      request_.sink != nullptr && InfoLong(easy(), CURLINFO_RESPONSE_CODE) == kStatusOk;
  if (!sinks && MustPause(answer_.Growth(announced, piece.size()))) return CURL_WRITEFUNC_PAUSE;
  if (answer_.body_pieces() == 0) {
    // Only the file may be large: a refusal's words stay in memory.
    if (request_.sink != nullptr && !sinks) answer_.LowerBodyMax(kRefusalBytesMax);
    if (!answer_.BeginBody(announced, sinks ? request_.sink->fd() : -1)) return 0;
  } else if (answer_.body_pieces() == 1) {
    curl_easy_setopt(easy(), CURLOPT_LOW_SPEED_LIMIT, kStallBytesPerSecond);
    curl_easy_setopt(easy(), CURLOPT_LOW_SPEED_TIME, kStallSeconds);
  }
  if (!answer_.AddBody(piece)) return 0;
  share_.Set(answer_.memory_bytes());
  return piece.size();
}

int HttpTransfer::OnProgress(void* self, curl_off_t, curl_off_t, curl_off_t upload_bytes,
                             curl_off_t uploaded_bytes) noexcept {
  if (upload_bytes > 0 && uploaded_bytes >= upload_bytes) {
    static_cast<HttpTransfer*>(self)->body_sent_ = true;
  }
  return 0;  // not CURL_PROGRESSFUNC_CONTINUE: that one prints a progress meter
}

// Called before the request goes out, also when libcurl sends it again because a warm connection
// died silently. From here on only a new connection will do: with several dead ones in the pool
// libcurl would send the request to each of them.
int HttpTransfer::OnConnected(void* self, char* address, char*, int, int) noexcept {
  HttpTransfer& transfer = *static_cast<HttpTransfer*>(self);
  // A warm connection may be of a time when the operator listed its host.
  if (!transfer.may_go_anywhere_ && !IsPublic(address)) {
    transfer.address_refused_ = true;
    return CURL_PREREQFUNC_ABORT;
  }
  transfer.connected_++;
  curl_easy_setopt(transfer.easy(), CURLOPT_FRESH_CONNECT, 1L);
  return CURL_PREREQFUNC_OK;
}

// The name has been resolved: what it says is judged here, for each address that libcurl tries.
curl_socket_t HttpTransfer::OnOpenSocket(void* self, curlsocktype,
                                         curl_sockaddr* address) noexcept {
  HttpTransfer& transfer = *static_cast<HttpTransfer*>(self);
  if (!transfer.may_go_anywhere_ && !IsPublic(&address->addr)) {
    transfer.address_refused_ = true;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

}  // namespace debrief

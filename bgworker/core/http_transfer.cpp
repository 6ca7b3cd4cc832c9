// http_transfer.cpp: see http_transfer.h.
//
// A handle is reset after each use, and told every option for the next (half a microsecond): it
// carries nothing along, neither another request's options nor, as libcurl 7.88 otherwise does,
// its count of silent retries. Its connection stays warm: that one belongs to the multi handle.
#include "http_transfer.h"

#include <ctime>
#include <new>
#include <utility>

#include "retry_after.h"

namespace debrief {
namespace {

constexpr char kUserAgent[] = "pg_debrief/1.0";
// libcurl sends smaller bodies together with the headers: there is no progress to watch.
constexpr size_t kWatchedBodyBytesMin = 64 * 1024;
constexpr int kFinalStatusMin = 200;
constexpr size_t kVersionBytesMax = 200;
constexpr long kKeepAliveIdleSeconds = 30;
constexpr long kKeepAliveIntervalSeconds = 15;
// An answer that began to come in pieces and then falls silent is dead. Before that a server
// may think as long as its time limit allows: silence then means nothing.
constexpr long kStallSeconds = 60;
constexpr long kStallBytesPerSecond = 1;

// Keeps the first failure: an option that did not take must not go unnoticed, whichever it is.
class Options {
 public:
  explicit Options(CURL* easy) : easy_(easy) {}
  CURLcode code() const { return code_; }
  void Number(CURLoption option, int64_t value) {
    if (code_ == CURLE_OK) code_ = curl_easy_setopt(easy_, option, static_cast<long>(value));
  }
  void Text(CURLoption option, const char* value) {
    if (code_ == CURLE_OK) code_ = curl_easy_setopt(easy_, option, value);
  }

 private:
  CURL* easy_;
  CURLcode code_ = CURLE_OK;
};

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

// Null when the answer has no such header.
const char* HeaderValue(CURL* easy, const char* name) {
  curl_header* header = nullptr;
  if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK) return nullptr;
  return header->value;
}

}  // namespace

HttpTransfer::HttpTransfer() : easy_(curl_easy_init(), curl_easy_cleanup) {
  if (!easy_) throw std::bad_alloc();
}

HttpTransfer& HttpTransfer::Of(CURL* easy) {
  void* self = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &self);
  return *static_cast<HttpTransfer*>(self);
}

void HttpTransfer::SetCallbacks() {
  CURL* const easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, libcurl_words_);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, this);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, OnConnected);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
}

// libcurl's defaults are named too where safety hangs on them.
CURLcode HttpTransfer::SetProtocol() {
  Options options(easy_.get());
  options.Number(CURLOPT_NOSIGNAL, 1);
  options.Number(CURLOPT_QUICK_EXIT, 1);  // else removing a handle waits for its name lookup
  options.Text(CURLOPT_PROTOCOLS_STR, "http,https");
  options.Number(CURLOPT_FOLLOWLOCATION, 0);  // a redirect would carry the key to another host
  options.Text(CURLOPT_PROXY, "");            // else the environment of the postmaster decides
  options.Number(CURLOPT_NETRC, CURL_NETRC_IGNORED);
  options.Number(CURLOPT_SSL_VERIFYPEER, 1);
  options.Number(CURLOPT_SSL_VERIFYHOST, 2);
  options.Number(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
  options.Number(CURLOPT_HTTP_CONTENT_DECODING, 0);
  options.Number(CURLOPT_TCP_NODELAY, 1);
  options.Number(CURLOPT_TCP_KEEPALIVE, 1);
  options.Number(CURLOPT_TCP_KEEPIDLE, kKeepAliveIdleSeconds);
  options.Number(CURLOPT_TCP_KEEPINTVL, kKeepAliveIntervalSeconds);
  options.Text(CURLOPT_USERAGENT, kUserAgent);  // a header of the request goes first
  return options.code();
}

std::string HttpTransfer::Begin(uint64_t id, Request request) {
  if (const std::string_view why = WhyRefused(request); !why.empty()) return std::string(why);
  id_ = id;
  request_ = std::move(request);
  answer_.Expect(request_.response_bytes_max);
  began_at_ = std::chrono::steady_clock::now();
  SetCallbacks();
  CURLcode code = SetProtocol();
  if (code == CURLE_OK) code = SetRequest();
  return code == CURLE_OK ? std::string() : curl_easy_strerror(code);
}

CURLcode HttpTransfer::SetRequest() {
  headers_.Fill(request_.headers);
  curl_easy_setopt(easy_.get(), CURLOPT_HTTPHEADER, headers_.first());
  Options options(easy_.get());
  options.Text(CURLOPT_URL, request_.url.c_str());
  options.Number(CURLOPT_HTTP_VERSION,
                 IsHttps(request_.url) ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1);
  options.Number(CURLOPT_TIMEOUT_MS, request_.timeout_ms);
  options.Number(CURLOPT_CONNECTTIMEOUT_MS, request_.connect_timeout_ms);
  return options.code() == CURLE_OK ? SetBody() : options.code();
}

CURLcode HttpTransfer::SetBody() {
  CURL* const easy = easy_.get();
  if (request_.method == Request::Method::kGet) {
    return curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  }
  watches_upload_ = !request_.form.empty() || request_.body.size() >= kWatchedBodyBytesMin;
  if (watches_upload_) curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  if (!request_.form.empty()) return form_.Build(easy, request_.form);
  // Not copied by libcurl; the size is told because a body may hold zero bytes.
  const auto bytes = static_cast<curl_off_t>(request_.body.size());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, bytes);
  return curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request_.body.data());
}

bool HttpTransfer::TryAgain(CURLcode code) {
  if (code == CURLE_OK || tried_again_ || !WorthFreshConnection(Facts(code))) return false;
  const int64_t left_ms = request_.timeout_ms - ElapsedUs() / 1000;
  if (left_ms <= 0) return false;
  tried_again_ = true;
  began_before_ = InfoLong(easy_.get(), CURLINFO_REQUEST_SIZE) > 0;
  body_sent_ = false;
  Options options(easy_.get());
  options.Number(CURLOPT_FRESH_CONNECT, 1);
  options.Number(CURLOPT_TIMEOUT_MS, left_ms);
  return options.code() == CURLE_OK;
}

// Times are libcurl's: microseconds since the start, 0 for a step that did not happen. The first
// byte's is ours, because libcurl 7.88 takes the first byte of an upload for it.
Response HttpTransfer::Finish(CURLcode code) {
  CURL* const easy = easy_.get();
  Response response;
  response.phases = {.dns_us = InfoTime(easy, CURLINFO_NAMELOOKUP_TIME_T),
                     .connect_us = InfoTime(easy, CURLINFO_CONNECT_TIME_T),
                     .tls_us = InfoTime(easy, CURLINFO_APPCONNECT_TIME_T),
                     .first_byte_us = first_byte_us_,
                     .total_us = ElapsedUs()};
  const auto status = static_cast<int>(InfoLong(easy, CURLINFO_RESPONSE_CODE));
  const bool is_final = answer_.head_is_whole() && status >= kFinalStatusMin;
  if (code == CURLE_OK && !is_final) code = CURLE_WEIRD_SERVER_REPLY;
  if (code == CURLE_OK) {
    response.status = status;
    response.body = answer_.TakeBody();
    ReadHeaders(&response);
    return response;
  }
  const TransferFacts facts = Facts(code);
  response.transport = Classify(facts);
  response.transport_error = Describe(facts, libcurl_words_);
  return response;
}

void HttpTransfer::ReadHeaders(Response* response) {
  if (const char* after = HeaderValue(easy_.get(), "Retry-After")) {
    const char* date = HeaderValue(easy_.get(), "Date");
    response->retry_after_ms = RetryAfterMs(after, date, std::time(nullptr));
  }
  if (const char* version = HeaderValue(easy_.get(), "Debrief-Version")) {
    for (; *version != '\0' && response->version_header.size() < kVersionBytesMax; ++version) {
      if (*version >= 0x20 && *version <= 0x7e) response->version_header += *version;
    }
  }
}

TransferFacts HttpTransfer::Facts(CURLcode code) const {
  CURL* const easy = easy_.get();
  return {.code = code,
          .stopped_by = form_.ran_short() ? StoppedBy::kShortFile : answer_.stopped_by(),
          .name_resolved = InfoTime(easy, CURLINFO_NAMELOOKUP_TIME_T) > 0,
          // Not CURLINFO_CONNECT_TIME_T, which libcurl 7.88 sets when TLS is through, too.
          .opened_connection = InfoLong(easy, CURLINFO_NUM_CONNECTS) > 0,
          .request_began = began_before_ || InfoLong(easy, CURLINFO_REQUEST_SIZE) > 0,
          .body_sent = body_sent_ || !watches_upload_,
          .answer_began = answer_.began(),
          .elapsed_ms = ElapsedUs() / 1000};
}

void HttpTransfer::Recycle() {
  form_.Clear();
  curl_easy_reset(easy_.get());
  request_ = Request();
  answer_ = AnswerBuffer();
  id_ = 0;
  first_byte_us_ = 0;
  watches_upload_ = body_sent_ = tried_again_ = began_before_ = false;
  libcurl_words_[0] = '\0';
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
  return static_cast<HttpTransfer*>(self)->AddBody({data, size * count}) ? size * count : 0;
}

bool HttpTransfer::AddBody(std::string_view piece) noexcept {
  if (answer_.body_pieces() == 0) {
    curl_off_t announced = -1;
    curl_easy_getinfo(easy(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
    if (!answer_.BeginBody(announced)) return false;
  } else if (answer_.body_pieces() == 1) {
    curl_easy_setopt(easy(), CURLOPT_LOW_SPEED_LIMIT, kStallBytesPerSecond);
    curl_easy_setopt(easy(), CURLOPT_LOW_SPEED_TIME, kStallSeconds);
  }
  return answer_.AddBody(piece);
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
int HttpTransfer::OnConnected(void* self, char*, char*, int, int) noexcept {
  curl_easy_setopt(static_cast<HttpTransfer*>(self)->easy(), CURLOPT_FRESH_CONNECT, 1L);
  return CURL_PREREQFUNC_OK;
}

}  // namespace debrief

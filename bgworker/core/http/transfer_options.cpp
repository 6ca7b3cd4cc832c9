// transfer_options.cpp: sets the options of a transfer in libcurl.
#include <utility>

#include "bgworker/core/http/transfer.h"

namespace debrief {
namespace {

constexpr char kUserAgent[] = "pg_debrief/1.0";
// libcurl sends smaller bodies together with the headers: there is no progress to watch.
constexpr size_t kWatchedBodyBytesMin = 64 * 1024;
constexpr long kKeepAliveIdleSeconds = 30;
constexpr long kKeepAliveIntervalSeconds = 15;

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

bool HasBody(Request::Method method) {
  return method == Request::Method::kPost || method == Request::Method::kPut;
}

}  // namespace

// What all requests have in common. A kept handle has it already.
CURLcode HttpTransfer::SetUp(const std::string& ca_file) {
  if (is_set_up_ && IsPlainPost(request_) && ca_file_ == ca_file) return CURLE_OK;
  if (is_set_up_) curl_easy_reset(easy_.get());
  SetCallbacks();
  CURLcode code = SetProtocol();
  if (code == CURLE_OK && !ca_file.empty()) {
    code = curl_easy_setopt(easy_.get(), CURLOPT_CAINFO, ca_file.c_str());
  }
  is_set_up_ = code == CURLE_OK;
  ca_file_ = ca_file;
  return code;
}

void HttpTransfer::SetCallbacks() {
  CURL* const easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, libcurl_message_);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, this);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, OnConnected);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, OnOpenSocket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
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

CURLcode HttpTransfer::SetRequest(bool is_https) {
  if (!request_.form.empty()) {
    const std::string boundary = NewBoundary();
    request_.headers.emplace_back("Content-Type", "multipart/form-data; boundary=" + boundary);
    request_.pieces = FormPieces(std::exchange(request_.form, {}), boundary);
  }
  headers_.Fill(request_.headers);
  curl_easy_setopt(easy_.get(), CURLOPT_HTTPHEADER, headers_.first());
  Options options(easy_.get());
  options.Text(CURLOPT_URL, request_.url.c_str());
  options.Number(CURLOPT_HTTP_VERSION, is_https ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1);
  options.Number(CURLOPT_FRESH_CONNECT, 0);
  options.Number(CURLOPT_TIMEOUT_MS, request_.timeout_ms);
  options.Number(CURLOPT_CONNECTTIMEOUT_MS, request_.connect_timeout_ms);
  CURLcode code = options.code();
  if (code == CURLE_OK) code = SetBody();
  return code == CURLE_OK ? SetMethod() : code;
}

// After the body, whose options choose POST.
CURLcode HttpTransfer::SetMethod() {
  CURL* const easy = easy_.get();
  switch (request_.method) {
    case Request::Method::kGet:
      return curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    case Request::Method::kHead:
      return curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    case Request::Method::kPut:
      return curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "PUT");
    case Request::Method::kDelete:
      return curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "DELETE");
    case Request::Method::kPost:
      break;
  }
  return CURLE_OK;
}

CURLcode HttpTransfer::SetBody() {
  CURL* const easy = easy_.get();
  if (!HasBody(request_.method)) return CURLE_OK;
  watches_upload_ = !request_.pieces.empty() || request_.body.size() >= kWatchedBodyBytesMin;
  if (watches_upload_) curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  if (!request_.pieces.empty()) return body_.Build(easy, request_.pieces, request_.digest_sent);
  // Not copied by libcurl; the size is given because a body may hold zero bytes.
  const auto bytes = static_cast<curl_off_t>(request_.body.size());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, bytes);
  return curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request_.body.data());
}

}  // namespace debrief

// client.cpp: which transfer runs when: libcurl's sockets on one epoll descriptor, its timer
// as one deadline, its handles in a pool.
//
// Expects SIGPIPE to be ignored, as it is in every background worker: OpenSSL's writes raise it.
#include "bgworker/core/http/client.h"

#include <curl/curl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <new>
#include <optional>
#include <utility>

#include "bgworker/core/http/signal_block.h"
#include "bgworker/core/http/transfer.h"

namespace debrief {
namespace {

using Clock = std::chrono::steady_clock;

// What is left over keeps the descriptor readable: the caller comes back.
constexpr int kEventsPerRun = 256;
constexpr size_t kWarmConnectionsMin = 64;
// An id names the place of its transfer, too: there is nothing to search for.
constexpr HttpClient::Id kPlaces = HttpClient::Id{1} << 20;

}  // namespace

struct HttpClient::Impl {
  ~Impl();
  bool Open(std::string* error);
  Id Start(Request request);
  void Abort(Id id);
  void Run();
  void Launch(HttpTransfer* transfer);
  void HandleEvents();
  void HandleTimer();
  void CollectUploads();
  void CollectFinished();
  void ResumePaused();
  bool MayResume() const;
  size_t TakeIdle();
  void Release(HttpTransfer* transfer);

  static int OnSocket(CURL*, curl_socket_t socket, int what, void* self, void*) noexcept;
  static int OnTimer(CURLM*, long timeout_ms, void* self) noexcept;

  CURLM* multi = nullptr;
  int epoll_fd = -1;
  std::optional<Clock::time_point> deadline;
  Outbound outbound;
  UrlMemo urls;
  std::string ca_file;
  BodyMemory memory;
  Id started = 0;
  size_t in_flight = 0;
  std::vector<std::unique_ptr<HttpTransfer>> transfers;  // all there are, idle ones too
  std::vector<size_t> idle;                              // their places
  std::vector<HttpTransfer*> uploading;  // in flight, with a body that is not yet sent in full
  std::vector<Id> uploaded;
  std::vector<Finished> finished;
};

bool HttpClient::Impl::Open(std::string* error) {
  if (const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT); code != CURLE_OK) {
    *error = std::string("libcurl: ") + curl_easy_strerror(code);
    return false;
  }
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) {
    *error = std::string("epoll_create1: ") + std::strerror(errno);
    return false;
  }
  multi = curl_multi_init();
  if (multi == nullptr) {
    *error = "libcurl: no multi handle";
    return false;
  }
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, OnSocket);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, OnTimer);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
  return true;
}

// The descriptor last: libcurl calls back until its end, and would act on whatever got the
// descriptor's number. Nothing here waits (see CURLOPT_QUICK_EXIT).
HttpClient::Impl::~Impl() {
  if (multi != nullptr) {
    for (const auto& transfer : transfers) curl_multi_remove_handle(multi, transfer->easy());
    transfers.clear();
    curl_multi_cleanup(multi);
  }
  if (epoll_fd >= 0) close(epoll_fd);
}

HttpClient::Id HttpClient::Impl::Start(Request request) {
  const size_t place = TakeIdle();
  const Id id = ++started * kPlaces + place;
  HttpTransfer* transfer = transfers[place].get();
  const std::optional<Url>& url = urls.Parse(request.url);
  std::optional<Response> refusal = transfer->Begin(id, std::move(request), url, outbound, ca_file);
  if (!refusal) {
    ++in_flight;
    if (transfer->watches_upload()) uploading.push_back(transfer);
    Launch(transfer);
    return id;
  }
  transfer->Recycle();
  idle.push_back(place);
  finished.push_back({.id = id, .response = std::move(*refusal)});
  return id;
}

// Only asks libcurl's timer for attention: the transfer starts in the next Run(), together with
// all others that were added meanwhile.
void HttpClient::Impl::Launch(HttpTransfer* transfer) {
  if (curl_multi_add_handle(multi, transfer->easy()) != CURLM_OK) throw std::bad_alloc();
}

void HttpClient::Impl::Abort(Id id) {
  std::erase(uploaded, id);
  std::erase_if(finished, [id](const Finished& done) { return done.id == id; });
  const size_t place = id % kPlaces;
  if (id == 0 || place >= transfers.size() || transfers[place]->id() != id) return;
  curl_multi_remove_handle(multi, transfers[place]->easy());
  Release(transfers[place].get());
}

// A pool as large as the peak of transfers, and as many warm connections: libcurl's own choice
// would shrink with the transfers in flight, and close what the next burst needs.
size_t HttpClient::Impl::TakeIdle() {
  if (idle.empty()) {
    transfers.push_back(std::make_unique<HttpTransfer>(&memory));
    idle.reserve(transfers.size());
    const size_t connections_max = std::max(kWarmConnectionsMin, transfers.size());
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, static_cast<long>(connections_max));
    return transfers.size() - 1;
  }
  const size_t place = idle.back();
  idle.pop_back();
  return place;
}

void HttpClient::Impl::Release(HttpTransfer* transfer) {
  std::erase(uploading, transfer);
  idle.push_back(transfer->id() % kPlaces);
  transfer->Recycle();
  assert(in_flight > 0 && idle.size() <= transfers.size());
  --in_flight;
}

// The only calls that make libcurl start threads (for name lookups) are in here.
void HttpClient::Impl::Run() {
  const SignalBlock block;
  ResumePaused();
  HandleEvents();
  HandleTimer();
  CollectUploads();
  CollectFinished();
}

bool HttpClient::Impl::MayResume() const {
  return memory.paused > 0 && std::ranges::any_of(transfers, &HttpTransfer::MayResume);
}

// The oldest first. One that resumes takes its piece at once, or pauses again.
void HttpClient::Impl::ResumePaused() {
  if (memory.paused == 0) return;
  std::vector<HttpTransfer*> paused;
  for (const auto& transfer : transfers) {
    if (transfer->is_paused()) paused.push_back(transfer.get());
  }
  std::ranges::sort(paused, {}, &HttpTransfer::id);
  for (HttpTransfer* transfer : paused) {
    if (transfer->MayResume()) transfer->Resume();
  }
}

void HttpClient::Impl::HandleEvents() {
  epoll_event events[kEventsPerRun];
  const int count = epoll_wait(epoll_fd, events, kEventsPerRun, 0);
  for (int i = 0; i < count; ++i) {
    const uint32_t event = events[i].events;
    int action = 0;
    if (event & EPOLLIN) action |= CURL_CSELECT_IN;
    if (event & EPOLLOUT) action |= CURL_CSELECT_OUT;
    if (event & (EPOLLERR | EPOLLHUP)) action |= CURL_CSELECT_ERR;
    int running = 0;
    curl_multi_socket_action(multi, events[i].data.fd, action, &running);
  }
}

void HttpClient::Impl::HandleTimer() {
  if (!deadline || Clock::now() < *deadline) return;
  deadline.reset();  // libcurl sets the next one, if any, during the call
  int running = 0;
  curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

void HttpClient::Impl::CollectUploads() {
  std::erase_if(uploading, [this](HttpTransfer* transfer) {
    if (transfer->body_sent()) uploaded.push_back(transfer->id());
    return transfer->body_sent();
  });
}

void HttpClient::Impl::CollectFinished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;  // the message dies with remove_handle
    HttpTransfer& transfer = HttpTransfer::Of(message->easy_handle);
    curl_multi_remove_handle(multi, transfer.easy());
    if (transfer.TryAgain(code)) {
      Launch(&transfer);
      continue;
    }
    finished.push_back({.id = transfer.id(), .response = transfer.Finish(code)});
    Release(&transfer);
  }
}

// Never answers -1: that would end all transfers. One whose socket cannot be watched ends by its
// time limit instead.
int HttpClient::Impl::OnSocket(CURL*, curl_socket_t socket, int what, void* self, void*) noexcept {
  const int epoll_fd = static_cast<Impl*>(self)->epoll_fd;
  if (what == CURL_POLL_REMOVE) {
    // libcurl may have closed it already, which took it out of epoll: an error says just that.
    epoll_ctl(epoll_fd, EPOLL_CTL_DEL, socket, nullptr);
    return 0;
  }
  epoll_event event{.events = 0, .data = {.fd = socket}};
  if (what & CURL_POLL_IN) event.events |= EPOLLIN;
  if (what & CURL_POLL_OUT) event.events |= EPOLLOUT;
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, socket, &event) != 0 && errno == EEXIST) {
    epoll_ctl(epoll_fd, EPOLL_CTL_MOD, socket, &event);
  }
  return 0;
}

int HttpClient::Impl::OnTimer(CURLM*, long timeout_ms, void* self) noexcept {
  Impl& impl = *static_cast<Impl*>(self);
  impl.deadline.reset();
  if (timeout_ms >= 0) impl.deadline = Clock::now() + std::chrono::milliseconds(timeout_ms);
  return 0;
}

std::unique_ptr<HttpClient> HttpClient::Create(std::string* error) {
  auto impl = std::make_unique<Impl>();
  if (!impl->Open(error)) return nullptr;
  return std::unique_ptr<HttpClient>(new HttpClient(std::move(impl)));
}

HttpClient::HttpClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpClient::~HttpClient() = default;

void HttpClient::SetOutbound(Outbound outbound) { impl_->outbound = std::move(outbound); }
void HttpClient::SetCaFile(std::string path) { impl_->ca_file = std::move(path); }
void HttpClient::SetMemory(MemoryBudget* budget) { impl_->memory.budget = budget; }
void HttpClient::SetMayExceed(bool may_exceed) { impl_->memory.may_exceed = may_exceed; }
void HttpClient::SetConnectionsMax(int connections) {
  curl_multi_setopt(impl_->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(connections));
}
HttpClient::Id HttpClient::Start(Request request) { return impl_->Start(std::move(request)); }
void HttpClient::Abort(Id id) { impl_->Abort(id); }
void HttpClient::AbortUnsent() {
  for (const auto& transfer : impl_->transfers) {
    if (!transfer->was_sent()) impl_->Abort(transfer->id());
  }
}
void HttpClient::Run() { impl_->Run(); }
int HttpClient::poll_fd() const { return impl_->epoll_fd; }
size_t HttpClient::in_flight() const { return impl_->in_flight; }

int64_t HttpClient::TimeoutMs() const {
  if (!impl_->finished.empty() || impl_->MayResume()) return 0;
  if (!impl_->deadline) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*impl_->deadline - Clock::now());
  return std::max<int64_t>(0, left.count());
}

std::vector<HttpClient::Id> HttpClient::TakeUploaded() {
  return std::exchange(impl_->uploaded, {});
}

std::vector<HttpClient::Finished> HttpClient::TakeFinished() {
  return std::exchange(impl_->finished, {});
}

}  // namespace debrief

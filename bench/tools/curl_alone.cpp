// curl_alone.cpp: the floor of the calls: libcurl and nothing else.
//
//   curl_alone IN_FLIGHT CALLS BODY_BYTES URL...
//
// Posts JSON of BODY_BYTES to each URL in turn, IN_FLIGHT at once, over warm connections, with easy
// handles that are used again, and throws the answers away. Prints calls per second.
#include <curl/curl.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

size_t Discard(char*, size_t size, size_t count, void*) { return size * count; }

class Caller {
 public:
  Caller(int calls, size_t body_bytes, std::vector<std::string> urls)
      : multi_(curl_multi_init()),
        headers_(curl_slist_append(nullptr, "Content-Type: application/json")),
        body_(body_bytes, 'x'),
        urls_(std::move(urls)),
        left_(calls) {}

  void Run(int in_flight) {
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(in_flight));
    for (int i = 0; i < in_flight && left_ > 0; i++) Start(NewHandle());
    int running = 1;
    while (running > 0) {
      curl_multi_perform(multi_, &running);
      int left = 0;
      while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
        CURL* easy = message->easy_handle;
        if (message->data.result != CURLE_OK) failures_++;
        curl_multi_remove_handle(multi_, easy);
        if (left_ > 0) {
          Start(easy);
          running++;
        }
      }
      if (running > 0) curl_multi_poll(multi_, nullptr, 0, 1000, nullptr);
    }
  }

  int failures() const { return failures_; }

 private:
  CURL* NewHandle() {
    CURL* easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body_.c_str());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(body_.size()));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, Discard);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    return easy;
  }

  void Start(CURL* easy) {
    curl_easy_setopt(easy, CURLOPT_URL, urls_[static_cast<size_t>(left_) % urls_.size()].c_str());
    left_--;
    curl_multi_add_handle(multi_, easy);
  }

  CURLM* multi_;
  curl_slist* headers_;
  std::string body_;
  std::vector<std::string> urls_;
  int left_;
  int failures_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: curl_alone IN_FLIGHT CALLS BODY_BYTES URL...\n");
    return 2;
  }
  curl_global_init(CURL_GLOBAL_DEFAULT);
  const int calls = std::atoi(argv[2]);
  Caller caller(calls, static_cast<size_t>(std::atol(argv[3])), {argv + 4, argv + argc});
  const auto began = std::chrono::steady_clock::now();
  caller.Run(std::atoi(argv[1]));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  if (caller.failures() > 0) {
    std::fprintf(stderr, "curl_alone: %d calls failed\n", caller.failures());
    return 1;
  }
  std::printf("%.1f\n", calls / took.count());
}

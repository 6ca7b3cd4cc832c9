// client_lookup_test.cpp: a name server that never answers, made by a getaddrinfo() of our own
// that libcurl finds before libc's.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <netdb.h>

#include <condition_variable>
#include <mutex>

#include "test/unit/http/http_driver.h"

namespace {

constexpr char kLostHost[] = "lost.example";

struct {
  std::mutex mutex;
  std::condition_variable changed;
  int began = 0, ended = 0;
  bool released = false;
} lookups;

}  // namespace

// What waits for a search to end must not wait for ever, or no test could tell: it ends by itself
// after a while.
extern "C" int getaddrinfo(const char* host, const char* service, const addrinfo* hints,
                           addrinfo** found) {
  using Lookup = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto real = reinterpret_cast<Lookup>(dlsym(RTLD_NEXT, "getaddrinfo"));
  if (host == nullptr || std::string_view(host) != kLostHost) {
    return real(host, service, hints, found);
  }
  std::unique_lock lock(lookups.mutex);
  lookups.began++;
  lookups.changed.notify_all();
  lookups.changed.wait_for(lock, std::chrono::seconds(5), [] { return lookups.released; });
  lookups.ended++;
  lookups.changed.notify_all();
  return EAI_AGAIN;
}

namespace debrief {
namespace {

int Began() {
  const std::lock_guard lock(lookups.mutex);
  return lookups.began;
}

int Ended() {
  const std::lock_guard lock(lookups.mutex);
  return lookups.ended;
}

TEST(HttpClientLookup, IsNotWaitedForByAnAbort) {
  const int before = Began();
  HttpDriver driver;
  std::string bad;
  driver.client().SetOutbound(Outbound::Parse(kLostHost, &bad));
  const HttpClient::Id id = driver.client().Start(Get("http://lost.example/"));
  driver.RunUntil([&] { return Began() > before; });
  driver.client().Abort(id);
  EXPECT_LT(Ended(), Began()) << "the abort waited for the end of the search";
  std::unique_lock lock(lookups.mutex);
  lookups.released = true;
  lookups.changed.notify_all();
  lookups.changed.wait(lock, [] { return lookups.ended == lookups.began; });
}

}  // namespace
}  // namespace debrief

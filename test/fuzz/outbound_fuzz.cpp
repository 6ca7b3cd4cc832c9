// outbound_fuzz.cpp: any bytes as an URL and as the setting allowed_hosts. libcurl makes the
// connection, so the host that a key is bound to must be the one that libcurl reads in the URL. A
// host is listed only when the list names it.
#include <curl/curl.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "bgworker/core/http/outbound.h"
#include "bgworker/core/services/keyring.h"
#include "bgworker/core/text/ascii.h"

namespace {

using debrief::Outbound;

void Require(bool holds) {
  if (!holds) std::abort();
}

// As libcurl understands the URL; nothing where it refuses it.
std::string HostOfCurl(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parts(curl_url(), curl_url_cleanup);
  if (curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return {};
  char* host = nullptr;
  if (curl_url_get(parts.get(), CURLUPART_HOST, &host, 0) != CURLUE_OK) return {};
  std::string found = debrief::ascii::Lower(host);
  curl_free(host);
  if (found.starts_with('[')) found = found.substr(1, found.find(']') - 1);
  return found;
}

// libcurl writes addresses anew: 127.1 is 127.0.0.1 to it, ::0:1 is ::1. A key or a list that names
// the one form is not taken for the other, which is safe.
bool IsAddress(const std::string& host) {
  return host.find(':') != std::string::npos ||
         host.find_first_not_of("0123456789abcdefx.") == std::string::npos;
}

void CheckHost(const std::string& url) {
  const std::string host = debrief::HostOf(url);
  const std::string reached = HostOfCurl(url);
  if (host.empty() || reached.empty()) return;
  if (IsAddress(host) || IsAddress(reached)) return;
  Require(host == reached);
}

void CheckList(const std::string& list) {
  std::string bad;
  const Outbound outbound = Outbound::Parse(list, &bad);
  const std::string lower = debrief::ascii::Lower(list);
  for (const char* host : {"a.example", "127.0.0.1", "[::1]", "xn--a"}) {
    const std::string bare = host[0] == '[' ? "::1" : host;
    const std::string url = std::string("http://") + host;
    const bool any_port = outbound.Lists(url + ":81/x") && lower.find("81") == std::string::npos;
    const bool named = lower.find(bare) != std::string::npos;
    Require(!outbound.Lists(url + "/x") || named);
    Require(!outbound.Lists(url + ":81/x") || named);
    // A port that is not named is open only when all are.
    if (any_port) Require(outbound.Lists(url) && outbound.Lists(std::string("https://") + host));
    Require(!outbound.Lists(std::string("http://z") + (host[0] == '[' ? "z" : host)) ||
            lower.find('z') != std::string::npos);
  }
  Require(bad.empty() || list.find(bad) != std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  // libcurl would stop at a zero byte; the client refuses control bytes before it sees them.
  const std::string url = text.substr(0, text.find('\0'));
  CheckHost(url);
  CheckHost("https://" + url);
  CheckList(text);
  Outbound::Parse(text, std::make_unique<std::string>().get()).Lists(text);
  return 0;
}

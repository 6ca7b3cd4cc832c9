// outbound_fuzz.cpp: any bytes as a URL and as the setting allowed_hosts. A host is listed only
// when the list names it.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include "bgworker/core/http/outbound.h"
#include "bgworker/core/http/url.h"
#include "bgworker/core/text/ascii.h"

namespace {

using debrief::Outbound;

void Require(bool holds) {
  if (!holds) std::abort();
}

bool Lists(const Outbound& outbound, const std::string& url) {
  const std::optional<debrief::Url> parts = debrief::ParseUrl(url);
  return parts && outbound.Lists(*parts);
}

// The host is one that a key file could name, and its own host.
void CheckHost(const std::string& url) {
  const std::string host = debrief::HostOf(url);
  if (!host.empty()) Require(debrief::ParseHostAndPort(host)->host == host);
}

void CheckList(const std::string& list) {
  std::string bad;
  const Outbound outbound = Outbound::Parse(list, &bad);
  const std::string lower = debrief::ascii::Lower(list);
  for (const char* host : {"a.example", "127.0.0.1", "[::1]", "xn--a"}) {
    const std::string bare = host[0] == '[' ? "::1" : host;
    const std::string url = std::string("http://") + host;
    const bool any_port = Lists(outbound, url + ":81/x") && lower.find("81") == std::string::npos;
    // Addresses have several forms: 127.1 is 127.0.0.1 too.
    const bool is_name = host[0] == 'a' || host[0] == 'x';
    const bool named = !is_name || lower.find(bare) != std::string::npos;
    Require(!Lists(outbound, url + "/x") || named);
    Require(!Lists(outbound, url + ":81/x") || named);
    // A port that is not named is open only when all are.
    if (any_port) Require(Lists(outbound, url) && Lists(outbound, std::string("https://") + host));
    Require(!Lists(outbound, std::string("http://z") + (host[0] == '[' ? "z" : host)) ||
            lower.find('z') != std::string::npos);
  }
  Require(bad.empty() || list.find(bad) != std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  CheckHost(text);
  CheckHost("https://" + text);
  CheckList(text);
  Lists(Outbound::Parse(text, std::make_unique<std::string>().get()), text);
  return 0;
}

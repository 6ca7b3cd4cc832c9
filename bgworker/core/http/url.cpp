// url.cpp: see url.h.

#include "bgworker/core/http/url.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <new>

#include "bgworker/core/text/ascii.h"

namespace debrief {
namespace {

using Parts = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

bool IsHostByte(char c) { return ascii::IsLetterOrDigit(c) || c == '.' || c == '-' || c == '_'; }

std::string PartOf(const Parts& parts, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  const CURLUcode code = curl_url_get(parts.get(), part, &text, flags);
  if (code == CURLUE_OUT_OF_MEMORY) throw std::bad_alloc();
  if (code != CURLUE_OK) return {};
  const std::unique_ptr<char, decltype(&curl_free)> owned(text, curl_free);
  return text;
}

// libcurl alone takes one slash or three for two, decodes a host, and reads on after a backslash.
bool IsReadInOneWay(std::string_view url) {
  const size_t colon = url.find("://");
  if (colon == std::string_view::npos || url.find('\0') != std::string_view::npos) return false;
  std::string_view authority = url.substr(colon + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (authority.find('\\') != std::string_view::npos) return false;
  const std::string_view host = authority.substr(authority.rfind('@') + 1);  // npos + 1 is 0
  return !host.empty() && host.find('%') == std::string_view::npos;
}

}  // namespace

std::string Url::Origin() const {
  const bool is_address = host.find(':') != std::string::npos;
  return (is_https ? "https://" : "http://") + (is_address ? "[" + host + "]" : host) + ":" + port;
}

std::optional<Url> ParseUrl(std::string_view url) {
  if (!IsReadInOneWay(url)) return std::nullopt;
  const Parts parts(curl_url(), curl_url_cleanup);
  if (parts == nullptr) throw std::bad_alloc();
  const CURLUcode code = curl_url_set(parts.get(), CURLUPART_URL, std::string(url).c_str(), 0);
  if (code == CURLUE_OUT_OF_MEMORY) throw std::bad_alloc();
  if (code != CURLUE_OK) return std::nullopt;
  const std::string scheme = ascii::Lower(PartOf(parts, CURLUPART_SCHEME));
  if (scheme != "http" && scheme != "https") return std::nullopt;
  Url found{.is_https = scheme == "https",
            .port = PartOf(parts, CURLUPART_PORT, CURLU_DEFAULT_PORT),
            .authority = PartOf(parts, CURLUPART_HOST),
            .path = PartOf(parts, CURLUPART_PATH),
            .query = PartOf(parts, CURLUPART_QUERY)};
  found.host = ascii::Lower(found.authority);
  if (found.host.starts_with('[')) {
    found.host = found.host.substr(1, found.host.find(']') - 1);
  } else if (found.host.empty() || !std::all_of(found.host.begin(), found.host.end(), IsHostByte)) {
    return std::nullopt;
  }
  if (found.port == "0") return std::nullopt;  // libcurl would take the scheme's own
  const std::string port = PartOf(parts, CURLUPART_PORT, CURLU_NO_DEFAULT_PORT);
  if (!port.empty()) found.authority += ":" + port;
  return found;
}

const std::optional<Url>& UrlMemo::Parse(const std::string& url) {
  for (const Entry& entry : entries_) {
    if (entry.url == url) return entry.parts;
  }
  Entry& entry = entries_[oldest_];
  oldest_ = (oldest_ + 1) % entries_.size();
  entry = {.url = url, .parts = ParseUrl(url)};
  return entry.parts;
}

std::string HostOf(std::string_view url) {
  std::optional<Url> parts = ParseUrl(url);
  return parts ? std::move(parts->host) : std::string();
}

std::optional<HostAndPort> ParseHostAndPort(std::string_view text) {
  // A name with a port has one colon.
  const bool is_bare_ipv6 = !text.starts_with('[') && std::count(text.begin(), text.end(), ':') > 1;
  if (text.find_first_of("/?#@") != std::string_view::npos) return std::nullopt;
  if (text.ends_with(':') && !is_bare_ipv6) return std::nullopt;
  std::optional<Url> url =
      ParseUrl("http://" + (is_bare_ipv6 ? "[" + std::string(text) + "]" : std::string(text)));
  if (!url) return std::nullopt;
  const size_t colon = text.rfind(':');
  const bool has_port = !is_bare_ipv6 && colon != std::string_view::npos &&
                        text.find(']', colon) == std::string_view::npos;
  return HostAndPort{.host = std::move(url->host),
                     .port = has_port ? std::move(url->port) : std::string()};
}

}  // namespace debrief

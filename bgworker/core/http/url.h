// url.h: the parts of an http or https URL.
//
// libcurl's own parser takes the URL apart, because libcurl makes the connection: the host that a
// key is bound to, or that the operator allowed, is the host that libcurl calls. What other parsers
// could read in another way is refused.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace debrief {

struct Url {
  bool is_https = false;
  std::string host;       // in lower case, without brackets; an address in its usual form
  std::string port;       // of the scheme, if the URL names none
  std::string authority;  // as in the header Host: without the scheme's own port
  std::string path;       // "/" at least
  std::string query;      // without "?"

  std::string Origin() const;
};

// Nothing when the URL is not an http or https URL with a host.
std::optional<Url> ParseUrl(std::string_view url);

// The last few URLs with their parts: most requests have one of them.
class UrlMemo {
 public:
  // As ParseUrl(); valid until the next call.
  const std::optional<Url>& Parse(const std::string& url);

 private:
  struct Entry {
    std::string url;
    std::optional<Url> parts;
  };
  std::array<Entry, 4> entries_;
  size_t oldest_ = 0;
};

// The URL's host; empty when there is none.
std::string HostOf(std::string_view url);

struct HostAndPort {
  std::string host;  // as HostOf() returns it
  std::string port;  // empty when none is named
};

// A host as an operator writes it: "media.internal", "127.0.0.1:8080", "::1", "[::1]:8080".
std::optional<HostAndPort> ParseHostAndPort(std::string_view text);

}  // namespace debrief

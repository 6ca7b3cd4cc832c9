// address.h: where to listen, as ADDRESS:PORT.
#pragma once

#include <netinet/in.h>

#include <optional>
#include <string>
#include <string_view>

namespace debrief::console {

struct Address {
  std::string host;  // numeric, without brackets
  int port = 0;      // 0: any free one
  bool is_six = false;
  // As it stands in a URL: an IPv6 address in brackets.
  std::string Text() const;
  sockaddr_storage Socket() const;
};

// "127.0.0.1:8094", "localhost:8094" or "[::1]:8094".
std::optional<Address> ParseAddress(std::string_view text);

// Whether a numeric address (or "localhost") is reached from this machine only.
bool IsLoopback(const std::string& host);

}  // namespace debrief::console

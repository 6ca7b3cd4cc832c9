// outbound.h: where requests may go. Everywhere public over https; elsewhere only to hosts that the
// operator lists.
//
// A server's address is configuration, but what its name resolves to is not ours: without this a
// name server could point the worker, and its keys, at the metadata service of a cloud or at a
// neighbour's database.
#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>
#include <vector>

#include "bgworker/core/http/url.h"

namespace debrief {

class Outbound {
 public:
  // Reads a list of hosts, separated by commas or blanks: "media.internal, 127.0.0.1:8080, [::1]".
  // An entry with a port holds for that port only. Entries that are no hosts are left out; the
  // first of them is returned in `bad`.
  static Outbound Parse(std::string_view list, std::string* bad);

  // Whether plain http and addresses that are not public are allowed for the URL's host.
  bool Lists(const Url& url) const;

 private:
  std::vector<HostAndPort> entries_;  // without a port: at all ports
};

// Whether an address is one of the public internet: neither private, loopback, link-local (the
// metadata services), shared, multicast, reserved, nor an IPv6 form of such an IPv4 address.
bool IsPublic(const sockaddr* address);
// The same of an address as text.
bool IsPublic(const char* address);

}  // namespace debrief

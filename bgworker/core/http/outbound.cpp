// outbound.cpp: see outbound.h. The networks are those of IANA's special-purpose registries.

#include "bgworker/core/http/outbound.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

namespace debrief {
namespace {

struct Network4 {
  uint32_t address;
  int bits;
};

constexpr uint32_t Ip(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

constexpr Network4 kNotPublic4[] = {
    {Ip(0, 0, 0, 0), 8},      {Ip(10, 0, 0, 0), 8},     {Ip(100, 64, 0, 0), 10},
    {Ip(127, 0, 0, 0), 8},    {Ip(169, 254, 0, 0), 16}, {Ip(172, 16, 0, 0), 12},
    {Ip(192, 0, 0, 0), 24},   {Ip(192, 0, 2, 0), 24},   {Ip(192, 88, 99, 0), 24},
    {Ip(192, 168, 0, 0), 16}, {Ip(198, 18, 0, 0), 15},  {Ip(198, 51, 100, 0), 24},
    {Ip(203, 0, 113, 0), 24}, {Ip(224, 0, 0, 0), 3},  // multicast, reserved, broadcast
};

bool IsPublic4(uint32_t address) {
  return std::none_of(std::begin(kNotPublic4), std::end(kNotPublic4), [&](const Network4& network) {
    return (address ^ network.address) >> (32 - network.bits) == 0;
  });
}

using Bytes16 = std::array<uint8_t, 16>;

bool BeginsWith(const Bytes16& address, std::initializer_list<uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), address.begin());
}

uint32_t Embedded4(const Bytes16& address, size_t at) {
  return Ip(address[at], address[at + 1], address[at + 2], address[at + 3]);
}

bool IsPublic6(const Bytes16& address) {
  constexpr size_t kMappedAt = 12;
  constexpr size_t k6to4At = 2;
  if (BeginsWith(address, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}) ||     // ::ffff:0:0/96
      BeginsWith(address, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) {  // 64:ff9b::/96
    return IsPublic4(Embedded4(address, kMappedAt));
  }
  if (BeginsWith(address, {0x20, 0x02})) return IsPublic4(Embedded4(address, k6to4At));
  if (BeginsWith(address, {0x20, 0x01, 0x0d, 0xb8})) return false;           // documentation
  if (BeginsWith(address, {0x20, 0x01}) && address[2] < 0x02) return false;  // 2001::/23: Teredo...
  if (BeginsWith(address, {0x3f, 0xff}) && address[2] < 0x10) return false;  // documentation
  return (address[0] & 0xe0) == 0x20;                                        // 2000::/3
}

}  // namespace

Outbound Outbound::Parse(std::string_view list, std::string* bad) {
  constexpr std::string_view kBetween = ", \t\r\n";
  Outbound outbound;
  while (true) {
    const size_t begin = list.find_first_not_of(kBetween);
    if (begin == std::string_view::npos) return outbound;
    list.remove_prefix(begin);
    const std::string_view entry = list.substr(0, list.find_first_of(kBetween));
    list.remove_prefix(entry.size());
    if (std::optional<HostAndPort> host = ParseHostAndPort(entry)) {
      outbound.entries_.push_back(std::move(*host));
    } else if (bad->empty()) {
      *bad = entry;
    }
  }
}

bool Outbound::Lists(const Url& url) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const HostAndPort& entry) {
    return entry.host == url.host && (entry.port.empty() || entry.port == url.port);
  });
}

bool IsPublic(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in ip4;
    std::memcpy(&ip4, address, sizeof ip4);
    return IsPublic4(ntohl(ip4.sin_addr.s_addr));
  }
  if (address->sa_family != AF_INET6) return false;
  sockaddr_in6 ip6;
  std::memcpy(&ip6, address, sizeof ip6);
  Bytes16 bytes;
  std::memcpy(bytes.data(), &ip6.sin6_addr, bytes.size());
  return IsPublic6(bytes);
}

bool IsPublic(const char* address) {
  in_addr ip4;
  Bytes16 ip6;
  if (inet_pton(AF_INET, address, &ip4) == 1) return IsPublic4(ntohl(ip4.s_addr));
  return inet_pton(AF_INET6, address, ip6.data()) == 1 && IsPublic6(ip6);
}

}  // namespace debrief

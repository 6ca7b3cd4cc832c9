#include "console/address.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

namespace debrief::console {
namespace {

// inet_pton() reads up to a byte that is zero, and would take what stands before it for all.
bool ReadIp(int family, const std::string& text, void* ip) {
  return text.find('\0') == std::string::npos && inet_pton(family, text.c_str(), ip) == 1;
}

}  // namespace

std::string Address::Text() const {
  return (is_six ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

sockaddr_storage Address::Socket() const {
  sockaddr_storage storage{};
  if (is_six) {
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(static_cast<uint16_t>(port));
    inet_pton(AF_INET6, host.c_str(), &six.sin6_addr);
    std::memcpy(&storage, &six, sizeof six);
  } else {
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_port = htons(static_cast<uint16_t>(port));
    inet_pton(AF_INET, host.c_str(), &four.sin_addr);
    std::memcpy(&storage, &four, sizeof four);
  }
  return storage;
}

std::optional<Address> ParseAddress(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  constexpr int kPortMax = 65535;
  Address address;
  const std::string_view digits = text.substr(colon + 1);
  const char* const digits_end = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), digits_end, address.port);
  if (error != std::errc() || end != digits_end || address.port < 0 || address.port > kPortMax) {
    return std::nullopt;
  }
  std::string_view host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    address.is_six = true;
    host = host.substr(1, host.size() - 2);
  }
  address.host = host == "localhost" ? "127.0.0.1" : std::string(host);
  in6_addr any;
  if (!ReadIp(address.is_six ? AF_INET6 : AF_INET, address.host, &any)) return std::nullopt;
  return address;
}

bool IsLoopback(const std::string& host) {
  if (host == "localhost") return true;
  in_addr four;
  if (ReadIp(AF_INET, host, &four)) return (ntohl(four.s_addr) >> 24) == 127;
  in6_addr six;
  return ReadIp(AF_INET6, host, &six) && IN6_IS_ADDR_LOOPBACK(&six);
}

}  // namespace debrief::console

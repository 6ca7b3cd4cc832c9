// rules.h: which requests are answered at all, and what every answer says to the browser.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "console/http_message.h"

namespace debrief::console {

struct Refusal {
  unsigned status = 0;  // 0: none
  std::string message;
};

// Against DNS rebinding and requests that other sites have a browser make: Host must be loopback
// or one of `hosts`; a request of another site reads nothing and changes nothing.
Refusal CheckOrigin(const Request& request, const std::vector<std::string>& hosts);

// The path below the prefix; empty when it lies elsewhere.
std::string BelowPrefix(const std::string& path, const std::string& prefix);

// The value of a cookie; empty: there is none, or it stands twice.
std::string CookieValue(std::string_view header, std::string_view name);

// The header that sets the session's cookie; an empty value takes it away.
std::string SessionCookie(const std::string& value, const std::string& prefix, bool secure);

// Whom a request comes from: the address that a proxy, if there is one, saw.
std::string ClientAddress(const Request& request, bool behind_tls);

void AddSecurityHeaders(Response* response);

inline constexpr std::string_view kSessionCookie = "debrief_session";
inline constexpr std::string_view kTokenCookie = "debrief_token";

}  // namespace debrief::console

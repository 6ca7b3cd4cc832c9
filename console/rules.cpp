#include "console/rules.h"

#include <algorithm>

#include "bgworker/core/text/ascii.h"
#include "console/address.h"

namespace debrief::console {
namespace {

// A Host header's name without its port, in lower case; empty when it is none.
std::string HostName(std::string_view authority) {
  std::string host = ascii::Lower(authority);
  const bool is_six = host.starts_with('[');
  const size_t end = is_six ? host.find(']') : std::min(host.find(':'), host.size());
  if (end == std::string::npos) return "";
  std::string_view port = std::string_view(host).substr(is_six ? end + 1 : end);
  if (!port.empty() && port.front() != ':') return "";
  port.remove_prefix(std::min<size_t>(1, port.size()));
  if (!std::all_of(port.begin(), port.end(), ascii::IsDigit)) return "";
  return is_six ? host.substr(1, end - 1) : host.substr(0, end);
}

bool IsListed(const std::string& host, const std::vector<std::string>& hosts) {
  return IsLoopback(host) || std::find(hosts.begin(), hosts.end(), host) != hosts.end();
}

std::string_view Trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

bool IsJson(const std::string& type) {
  const std::string lower = ascii::Lower(type);
  return Trimmed(std::string_view(lower).substr(0, lower.find(';'))) == "application/json";
}

// Azure's gateways write "192.0.2.7:50412" and "[2001:db8::7]:50412", with another port each time.
std::string_view WithoutPort(std::string_view address) {
  if (address.starts_with('[')) return address.substr(1, address.find(']') - 1);
  const bool is_four = std::count(address.begin(), address.end(), ':') == 1;
  return is_four ? address.substr(0, address.find(':')) : address;
}

}  // namespace

Refusal CheckOrigin(const Request& request, const std::vector<std::string>& hosts) {
  if (request.has_repeated_header) return {400, "A header stands twice."};
  const std::string host = request.Header("host");
  const std::string name = HostName(host);
  if (name.empty() || !IsListed(name, hosts)) {
    return {403, "This host name is not one of the console's: add it by --host."};
  }
  const std::string site = request.Header("sec-fetch-site");
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (reads) {
    // A link from elsewhere may open the page; what the page asks for comes from itself.
    const bool opens = request.Header("sec-fetch-mode") == "navigate";
    if (site == "cross-site" && !opens) return {403, "Another site may not read this."};
    return {};
  }
  if (!site.empty() && site != "same-origin" && site != "none") {
    return {403, "Another site may not ask for this."};
  }
  const std::string origin = request.Header("origin");
  if (!origin.empty()) {
    const size_t scheme = origin.find("://");
    if (scheme == std::string::npos ||
        ascii::Lower(origin.substr(scheme + 3)) != ascii::Lower(host)) {
      return {403, "Another site may not ask for this."};
    }
  }
  if (!IsJson(request.Header("content-type"))) {
    return {403, "Content-Type must be application/json."};
  }
  return {};
}

std::string BelowPrefix(const std::string& path, const std::string& prefix) {
  if (!path.starts_with(prefix)) return "";
  std::string below = path.substr(prefix.size());
  if (below.empty()) return std::string(1, '/');
  return below.front() == '/' ? below : "";
}

std::string CookieValue(std::string_view header, std::string_view name) {
  std::string_view value;
  int found = 0;
  while (!header.empty()) {
    const size_t end = std::min(header.find(';'), header.size());
    const std::string_view pair = Trimmed(header.substr(0, end));
    header.remove_prefix(std::min(end + 1, header.size()));
    const size_t sign = pair.find('=');
    if (sign == std::string_view::npos || pair.substr(0, sign) != name) continue;
    value = pair.substr(sign + 1);
    found++;
  }
  return found == 1 ? std::string(value) : std::string();
}

std::string SessionCookie(const std::string& value, const std::string& prefix, bool secure) {
  std::string cookie(kSessionCookie);
  cookie += "=";
  cookie += value;
  cookie += "; Path=";
  prefix.empty() ? cookie += '/' : cookie += prefix;
  cookie += "; HttpOnly; SameSite=Strict";
  if (secure) cookie += "; Secure";
  if (value.empty()) cookie += "; Max-Age=0";
  return cookie;
}

std::string ClientAddress(const Request& request, bool behind_tls) {
  const std::string forwarded = request.Header("x-forwarded-for");
  if (!behind_tls || forwarded.empty()) return request.client;
  // What stands before it was written by whoever asked.
  const auto last = Trimmed(std::string_view(forwarded).substr(forwarded.rfind(',') + 1));
  return std::string(WithoutPort(last));
}

void AddSecurityHeaders(Response* response) {
  auto& headers = response->headers;
  // A store serves its own sounds, by http on a developer's machine; over TLS browsers refuse that.
  headers.emplace_back("Content-Security-Policy",
                       "default-src 'none'; script-src 'self'; style-src 'self'; connect-src "
                       "'self'; media-src 'self' https: http:; img-src 'self' data:; base-uri "
                       "'none'; "
                       "form-action 'self'; frame-ancestors 'none'; "
                       "require-trusted-types-for 'script'");
  headers.emplace_back("X-Content-Type-Options", "nosniff");
  headers.emplace_back("Referrer-Policy", "no-referrer");
  headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
  headers.emplace_back("X-Frame-Options", "DENY");
  const bool has_cache_rule = std::any_of(headers.begin(), headers.end(), [](const auto& header) {
    return header.first == "Cache-Control";
  });
  if (!has_cache_rule) headers.emplace_back("Cache-Control", "no-store");
}

}  // namespace debrief::console

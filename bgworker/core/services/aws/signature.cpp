// signature.cpp: see signature.h. The names are those of AWS's description of the process.

#include "bgworker/core/services/aws/signature.h"

#include <algorithm>
#include <ctime>
#include <map>
#include <vector>

#include "bgworker/core/http/url.h"
#include "bgworker/core/text/ascii.h"
#include "bgworker/core/text/hex.h"
#include "bgworker/core/text/sha256.h"
#include "bgworker/core/text/uri.h"

namespace debrief::aws {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kScopeEnd = "aws4_request";
constexpr std::string_view kDateHeader = "x-amz-date";
constexpr std::string_view kBodyHeader = "x-amz-content-sha256";
constexpr std::string_view kTokenHeader = "x-amz-security-token";
constexpr size_t kDayBytes = 8;  // of 20130524T000000Z

using Headers = std::map<std::string, std::string, std::less<>>;

std::string TimeText(int64_t unix_ms) {
  const auto seconds = static_cast<std::time_t>(unix_ms / 1'000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[32];
  return std::string(text, std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc));
}

std::string_view MethodName(Request::Method method) {
  switch (method) {
    case Request::Method::kGet:
      return "GET";
    case Request::Method::kPut:
      return "PUT";
    case Request::Method::kHead:
      return "HEAD";
    case Request::Method::kDelete:
      return "DELETE";
    case Request::Method::kPost:
      break;
  }
  return "POST";
}

// Pairs in the order of their names, then of their values; a name alone gets its "=".
std::string CanonicalQuery(std::string_view query) {
  std::vector<std::pair<std::string_view, std::string_view>> pairs;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) continue;
    const std::string_view name = pair.substr(0, pair.find('='));
    pairs.emplace_back(name, pair.substr(std::min(name.size() + 1, pair.size())));
  }
  std::sort(pairs.begin(), pairs.end());
  std::string canonical;
  for (const auto& [name, value] : pairs) {
    if (!canonical.empty()) canonical += '&';
    canonical.append(name).append("=").append(value);
  }
  return canonical;
}

// Without white space at its ends, and one space where there are several.
std::string Folded(std::string_view value) {
  std::string folded;
  bool space = false;
  for (const char c : value) {
    if (c == ' ' || c == '\t') {
      space = true;
      continue;
    }
    if (space && !folded.empty()) folded += ' ';
    space = false;
    folded += c;
  }
  return folded;
}

Headers SignedHeaders(const Request& request) {
  Headers headers;
  for (const auto& [name, value] : request.headers) {
    const auto [header, is_new] = headers.try_emplace(ascii::Lower(name), Folded(value));
    if (!is_new) header->second += "," + Folded(value);
  }
  headers.try_emplace("host", ParseUrl(request.url).value_or(Url{}).authority);
  return headers;
}

std::string NamesOf(const Headers& headers) {
  std::string names;
  for (const auto& [name, value] : headers) names += (names.empty() ? "" : ";") + name;
  return names;
}

std::string CanonicalRequest(const Scope& scope, const Request& request, const Headers& headers) {
  const Url url = ParseUrl(request.url).value_or(Url{});
  const auto body = headers.find(kBodyHeader);
  std::string canonical(MethodName(request.method));
  canonical += "\n";
  canonical += scope.service == "s3" ? url.path : UriEncode(url.path, true);
  canonical += "\n" + CanonicalQuery(url.query) + "\n";
  for (const auto& [name, value] : headers) canonical.append(name + ":" + value + "\n");
  canonical += "\n" + NamesOf(headers) + "\n";
  return canonical + (body == headers.end() ? Sha256Hex(request.body) : body->second);
}

std::string SigningKey(const Credentials& credentials, const Scope& scope, std::string_view day) {
  std::string key = HmacSha256("AWS4" + credentials.secret, day);
  for (const std::string_view text :
       {std::string_view(scope.region), std::string_view(scope.service), kScopeEnd}) {
    key = HmacSha256(key, text);
  }
  return key;
}

}  // namespace

std::optional<Credentials> ParseCredentials(std::string_view key) {
  constexpr size_t kNone = std::string_view::npos;
  const size_t id_end = key.find(':');
  if (id_end == kNone) return std::nullopt;
  const size_t secret_end = key.find(':', id_end + 1);
  Credentials credentials{.id = std::string(key.substr(0, id_end)),
                          .secret = std::string(key.substr(id_end + 1, secret_end - id_end - 1)),
                          .session_token = {}};
  if (secret_end != kNone) credentials.session_token = key.substr(secret_end + 1);
  const bool token_is_missing = secret_end != kNone && credentials.session_token.empty();
  if (credentials.id.empty() || credentials.secret.empty() || token_is_missing) return std::nullopt;
  return credentials;
}

std::string Authorization(const Credentials& credentials, const Scope& scope,
                          const Request& request) {
  const Headers headers = SignedHeaders(request);
  const auto date = headers.find(kDateHeader);
  const std::string time = date == headers.end() ? std::string() : date->second;
  const std::string day = time.substr(0, kDayBytes);
  const std::string scope_text =
      day + "/" + scope.region + "/" + scope.service + "/" + std::string(kScopeEnd);
  const std::string algorithm(kAlgorithm);
  const std::string string_to_sign = algorithm + "\n" + time + "\n" + scope_text + "\n" +
                                     Sha256Hex(CanonicalRequest(scope, request, headers));
  return algorithm + " Credential=" + credentials.id + "/" + scope_text +
         ", SignedHeaders=" + NamesOf(headers) + ", Signature=" +
         hex::Encode(HmacSha256(SigningKey(credentials, scope, day), string_to_sign));
}

void Sign(const Credentials& credentials, const Scope& scope, int64_t unix_ms, Request* request) {
  request->headers.emplace_back(kDateHeader, TimeText(unix_ms));
  request->headers.emplace_back(kBodyHeader, Sha256Hex(request->body));
  if (!credentials.session_token.empty()) {
    request->headers.emplace_back(kTokenHeader, credentials.session_token);
  }
  std::string authorization = Authorization(credentials, scope, *request);
  request->headers.emplace_back("Authorization", std::move(authorization));
}

}  // namespace debrief::aws

#include "console/rules.h"

#include <gtest/gtest.h>

namespace debrief::console {
namespace {

using Headers = std::map<std::string, std::string>;

unsigned StatusOf(const std::string& method, Headers headers, bool repeated = false) {
  headers.emplace("host", "localhost:8094");
  Request request{.method = method, .target = "/", .headers = headers};
  request.has_repeated_header = repeated;
  return CheckOrigin(request, {"console.example.org"}).status;
}

TEST(Rules, HostIsLoopbackOrListed) {
  for (const char* const host : {"localhost", "127.0.0.1:8094", "[::1]:8094", "Console.Example.org",
                                 "console.example.org:443"}) {
    EXPECT_EQ(StatusOf("GET", {{"host", host}}), 0U) << host;
  }
  for (const char* const host :
       {"", "evil.example.org", "localhost.evil.org", "127.0.0.1.evil.org",
        "console.example.org@evil.org", "localhost:80:evil", "[::1", "[::1]evil", "[::1]:80evil"}) {
    EXPECT_EQ(StatusOf("GET", {{"host", host}}), 403U) << host;
  }
}

TEST(Rules, AnotherSiteChangesNothing) {
  const Headers json = {{"content-type", "application/json; charset=utf-8"}};
  const auto post = [&](Headers headers) {
    headers.insert(json.begin(), json.end());
    return StatusOf("POST", headers);
  };
  EXPECT_EQ(post({}), 0U);
  EXPECT_EQ(post({{"sec-fetch-site", "same-origin"}}), 0U);
  EXPECT_EQ(post({{"sec-fetch-site", "none"}}), 0U);
  EXPECT_EQ(post({{"sec-fetch-site", "same-site"}}), 403U);
  EXPECT_EQ(post({{"sec-fetch-site", "cross-site"}}), 403U);
  EXPECT_EQ(post({{"origin", "http://localhost:8094"}}), 0U);
  EXPECT_EQ(post({{"origin", "http://localhost:8095"}}), 403U);
  EXPECT_EQ(post({{"origin", "null"}}), 403U);
  EXPECT_EQ(StatusOf("POST", {{"content-type", "text/plain"}}), 403U);
  EXPECT_EQ(StatusOf("DELETE", {}), 403U);
  EXPECT_EQ(StatusOf("GET", {}, true), 400U);
}

TEST(Rules, AnotherSiteReadsNothing) {
  EXPECT_EQ(StatusOf("GET", {{"sec-fetch-site", "cross-site"}}), 403U);
  EXPECT_EQ(StatusOf("GET", {{"sec-fetch-site", "cross-site"}, {"sec-fetch-mode", "navigate"}}),
            0U);
}

TEST(Rules, Prefix) {
  EXPECT_EQ(BelowPrefix("/api/x", ""), "/api/x");
  EXPECT_EQ(BelowPrefix("/debrief/api", "/debrief"), "/api");
  EXPECT_EQ(BelowPrefix("/debrief", "/debrief"), "/");
  EXPECT_EQ(BelowPrefix("/debriefs", "/debrief"), "");
  EXPECT_EQ(BelowPrefix("/api", "/debrief"), "");
}

TEST(Rules, CookieIsFoundOnce) {
  EXPECT_EQ(CookieValue("a=1; debrief_session=x=y ;b", kSessionCookie), "x=y");
  EXPECT_EQ(CookieValue("debrief_session=1; debrief_session=2", kSessionCookie), "");
  EXPECT_EQ(CookieValue("xdebrief_session=1", kSessionCookie), "");
  EXPECT_EQ(CookieValue(";;=;", kSessionCookie), "");
}

TEST(Rules, CookieIsStrict) {
  EXPECT_EQ(SessionCookie("t", "", false), "debrief_session=t; Path=/; HttpOnly; SameSite=Strict");
  EXPECT_EQ(SessionCookie("", "/debrief", true),
            "debrief_session=; Path=/debrief; HttpOnly; SameSite=Strict; Secure; Max-Age=0");
}

// MinIO and Supabase on a developer's machine speak http, and a sound there is a redirect.
TEST(Rules, PageMayPlayFromAStoreOfEitherScheme) {
  Response response;
  AddSecurityHeaders(&response);
  ASSERT_EQ(response.headers.front().first, "Content-Security-Policy");
  const std::string& policy = response.headers.front().second;
  EXPECT_NE(policy.find("; media-src 'self' https: http:;"), std::string::npos) << policy;
  EXPECT_NE(policy.find("; connect-src 'self';"), std::string::npos) << policy;
}

TEST(Rules, ProxyNamesTheClientLast) {
  Request request;
  request.client = "127.0.0.1";
  request.headers = {{"x-forwarded-for", "6.6.6.6, 10.0.0.7"}};
  EXPECT_EQ(ClientAddress(request, true), "10.0.0.7");
  EXPECT_EQ(ClientAddress(request, false), "127.0.0.1");
  const std::pair<const char*, const char*> lines[] = {{"192.0.2.7:50412", "192.0.2.7"},
                                                       {"[2001:db8::7]:50412", "2001:db8::7"},
                                                       {"2001:db8::7", "2001:db8::7"},
                                                       {"[", ""},
                                                       {"6.6.6.6, ", ""}};
  for (const auto& [forwarded, address] : lines) {
    request.headers["x-forwarded-for"] = forwarded;
    EXPECT_EQ(ClientAddress(request, true), address) << forwarded;
  }
}

}  // namespace
}  // namespace debrief::console

// url_test.cpp: the parts of a URL, and URLs that are refused.
#include "bgworker/core/http/url.h"

#include <gtest/gtest.h>

#include <utility>

#include "bgworker/core/text/uri.h"

namespace debrief {
namespace {

TEST(HostOf, FindsTheHostInLowerCaseWithoutPortUserAndBrackets) {
  const std::pair<const char*, const char*> expectations[] = {
      {"https://Coach.Example.com", "coach.example.com"},
      {"HTTP://localhost:8080/x", "localhost"},
      {"http://127.0.0.1:80", "127.0.0.1"},
      {"http://host:", "host"},
      {"https://user:word@host/path@x", "host"},
      {"https://[::1]", "::1"},
      {"https://[FE80::1]:443/x", "fe80::1"},
      {"https://host?x=/", "host"},
      {"https://host#x", "host"},
      {"https://my_host-1/", "my_host-1"},
      {"http://https://host", "https"}};
  for (const auto& [url, host] : expectations) EXPECT_EQ(HostOf(url), host) << url;
}

TEST(HostOf, LeavesTwoAtSignsToLibcurl) {
  const std::string host = HostOf("https://a@b@host");
  EXPECT_TRUE(host.empty() || host == "host") << host;
}

TEST(HostOf, FindsNoHostInWhatIsNoHttpUrl) {
  for (const char* url : {"",
                          "host",
                          "//host",
                          "ftp://host",
                          "file:///etc",
                          "https:/host",
                          "https:host",
                          "https://",
                          "https:///path",
                          "https://:80",
                          "https://user@",
                          "https://[::1",
                          "https://[]",
                          "https://[::1]x",
                          "https://[host]",
                          "https://::1",
                          "https://ho st",
                          "https://h%6fst",
                          "https://host:80x",
                          "https://host:0",
                          "https://host:65536",
                          "https://host\\x",
                          "https://\xc3\xb6",
                          "xhttps://host",
                          "http",
                          "https",
                          "https:/host",
                          " https://host"}) {
    EXPECT_EQ(HostOf(url), "") << url;
  }
}

TEST(ParseUrl, FindsTheOtherParts) {
  const std::optional<Url> url = ParseUrl("HTTPS://user@Host.example:443/a%2Fb?x=/&y#z");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->is_https);
  EXPECT_EQ(url->port, "443");
  EXPECT_EQ(url->authority, "Host.example");
  EXPECT_EQ(url->path, "/a%2Fb");
  EXPECT_EQ(url->query, "x=/&y");
  EXPECT_EQ(url->Origin(), "https://host.example:443");
  EXPECT_EQ(ParseUrl("http://[::1]")->Origin(), "http://[::1]:80");
  EXPECT_EQ(ParseUrl("http://[::1]:81")->authority, "[::1]:81");
  EXPECT_EQ(ParseUrl("http://h")->path, "/");
}

TEST(UrlMemo, AnswersAsParseUrlHoweverManyUrlsThereWere) {
  UrlMemo memo;
  EXPECT_FALSE(memo.Parse(""));
  for (int round = 0; round < 2; round++) {
    for (const char* host : {"a", "b", "c", "d", "e", "f"}) {
      const std::string url = "https://" + std::string(host) + "/x";
      EXPECT_EQ(memo.Parse(url)->host, host);
      EXPECT_EQ(memo.Parse(url)->host, host);
      EXPECT_FALSE(memo.Parse("ftp://" + std::string(host)));
    }
  }
}

TEST(ParseHostAndPort, ReadsWhatAnOperatorWrites) {
  constexpr struct {
    const char* text;
    const char* host;
    const char* port;
  } kExpectations[] = {{"Host.example", "host.example", ""},
                       {"host:80", "host", "80"},
                       {"127.0.0.1:8089", "127.0.0.1", "8089"},
                       {"0:0::1", "::1", ""},
                       {"::1", "::1", ""},
                       {"[::1]", "::1", ""},
                       {"[0:0::1]:443", "::1", "443"},
                       {"host:65535", "host", "65535"}};
  for (const auto& expected : kExpectations) {
    const auto found = ParseHostAndPort(expected.text);
    ASSERT_TRUE(found) << expected.text;
    EXPECT_EQ(found->host, expected.host) << expected.text;
    EXPECT_EQ(found->port, expected.port) << expected.text;
  }
}

TEST(ParseHostAndPort, RefusesWhatIsNoHost) {
  for (const char* text : {"", "http://host", "a/b", "a@b", "a?b", "a#b", "::x", "host:", "host:0",
                           "host:65536", "host:80x", "[::1", "[::1]:", "[::1]:99999", "*"}) {
    EXPECT_FALSE(ParseHostAndPort(text)) << text;
  }
}

TEST(UriEncode, LeavesOnlyWhatIsUnreserved) {
  EXPECT_EQ(UriEncode("AZaz09-._~", false), "AZaz09-._~");
  EXPECT_EQ(UriEncode("a b/c+d=e:f*(g)%", false), "a%20b%2Fc%2Bd%3De%3Af%2A%28g%29%25");
  EXPECT_EQ(UriEncode("a/\u00e9\xff\n", true), "a/%C3%A9%FF%0A");
  EXPECT_EQ(UriEncode(std::string_view("\0", 1), true), "%00");
}

}  // namespace
}  // namespace debrief

// outbound_test.cpp: which addresses are public, and which hosts the operator listed.
#include "bgworker/core/http/outbound.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstring>
#include <optional>

#include "test/unit/http/http_driver.h"
#include "test/unit/http/loopback_server.h"

namespace debrief {
namespace {

bool IsPublicText(const char* text) {
  sockaddr_storage storage = {};
  sockaddr_in ip4 = {};
  sockaddr_in6 ip6 = {};
  if (inet_pton(AF_INET, text, &ip4.sin_addr) == 1) {
    ip4.sin_family = AF_INET;
    std::memcpy(&storage, &ip4, sizeof ip4);
  } else {
    EXPECT_EQ(inet_pton(AF_INET6, text, &ip6.sin6_addr), 1) << text;
    ip6.sin6_family = AF_INET6;
    std::memcpy(&storage, &ip6, sizeof ip6);
  }
  return IsPublic(reinterpret_cast<const sockaddr*>(&storage));
}

bool Lists(const Outbound& outbound, std::string_view url) {
  const std::optional<Url> parts = ParseUrl(url);
  return parts && outbound.Lists(*parts);
}

Outbound Parse(std::string_view list) {
  std::string bad;
  return Outbound::Parse(list, &bad);
}

TEST(Outbound, KnowsAddressesThatAreNotPublic) {
  for (const char* address : {"0.0.0.0",
                              "10.1.2.3",
                              "100.64.0.1",
                              "127.0.0.1",
                              "127.255.255.255",
                              "169.254.169.254",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.168.1.1",
                              "192.0.0.192",
                              "198.18.0.1",
                              "198.19.255.1",
                              "224.0.0.1",
                              "240.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "fe80::1",
                              "fc00::1",
                              "fd12::1",
                              "ff02::1",
                              "::ffff:127.0.0.1",
                              "::ffff:10.0.0.1",
                              "64:ff9b::a00:1",
                              "2002:7f00:1::",
                              "2001:db8::1",
                              "2001::1",
                              "100::1"}) {
    EXPECT_FALSE(IsPublicText(address)) << address;
  }
}

TEST(Outbound, KnowsAddressesThatArePublic) {
  for (const char* address :
       {"8.8.8.8", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.255.255.255",
        "128.0.0.1", "169.253.255.255", "172.15.255.255", "172.32.0.1", "192.167.255.255",
        "198.17.255.255", "198.20.0.1", "223.255.255.255", "2001:4860:4860::8888", "2a00:1450::1",
        "::ffff:8.8.8.8", "64:ff9b::808:808"}) {
    EXPECT_TRUE(IsPublicText(address)) << address;
  }
}

TEST(Outbound, TakesAnAddressOfAnotherFamilyForNotPublic) {
  sockaddr_storage storage = {};
  storage.ss_family = AF_UNIX;
  EXPECT_FALSE(IsPublic(reinterpret_cast<const sockaddr*>(&storage)));
}

TEST(Outbound, ListsNothingWhenTheListIsEmpty) {
  EXPECT_FALSE(Lists(Parse(""), "http://127.0.0.1/"));
  EXPECT_FALSE(Lists(Parse(" , "), "http://localhost/"));
}

TEST(Outbound, ListsAHostWithAllItsPorts) {
  const Outbound outbound = Parse("media.internal, 127.0.0.1\t[::1]");
  EXPECT_TRUE(Lists(outbound, "http://media.internal/x"));
  EXPECT_TRUE(Lists(outbound, "http://MEDIA.internal:8080/x"));
  EXPECT_TRUE(Lists(outbound, "http://127.0.0.1:9"));
  EXPECT_TRUE(Lists(outbound, "https://[::1]:9/"));
  EXPECT_FALSE(Lists(outbound, "http://x.media.internal/"));
  EXPECT_FALSE(Lists(outbound, "http://media.internal.evil.example/"));
  EXPECT_FALSE(Lists(outbound, "http://127.0.0.2/"));
}

TEST(Outbound, ListsAHostWithOnePortOnly) {
  const Outbound outbound = Parse("localhost:8080,[::1]:8081");
  EXPECT_TRUE(Lists(outbound, "http://localhost:8080/x"));
  EXPECT_FALSE(Lists(outbound, "http://localhost:8081/x"));
  EXPECT_FALSE(Lists(outbound, "http://localhost/"));
  EXPECT_TRUE(Lists(outbound, "http://[::1]:8081"));
  EXPECT_FALSE(Lists(outbound, "http://[::1]"));
}

TEST(Outbound, KnowsThePortsOfTheSchemes) {
  EXPECT_TRUE(Lists(Parse("h:80"), "http://h/"));
  EXPECT_FALSE(Lists(Parse("h:80"), "https://h/"));
  EXPECT_TRUE(Lists(Parse("h:443"), "https://h/"));
}

TEST(Outbound, TakesAnIpv6AddressWithoutBracketsForAHost) {
  EXPECT_TRUE(Lists(Parse("::1"), "http://[::1]:5/"));
}

TEST(Outbound, TellsTheFirstEntryThatIsNoHost) {
  std::string bad;
  const Outbound outbound = Outbound::Parse("http://a/, 10.0.0.0/8, good", &bad);
  EXPECT_EQ(bad, "http://a/");
  EXPECT_TRUE(Lists(outbound, "http://good/"));
  EXPECT_FALSE(Lists(outbound, "http://10.0.0.1/"));
}

TEST(Outbound, SendsNothingOverPlainHttpToAHostThatIsNotListed) {
  LoopbackServer server(AlwaysAnswer("never"));
  HttpDriver driver;
  driver.client().SetOutbound({});
  const Response response = driver.Fetch(Get(server.Url()));
  EXPECT_EQ(response.transport, Response::Transport::kForbidden);
  // Not that the address is not public: a public one gets no plain http either.
  EXPECT_NE(response.transport_error.find("plain http"), std::string::npos);
  EXPECT_EQ(server.accepted(), 0);
}

TEST(Outbound, OpensNoConnectionToALoopbackAddressThatIsNotListed) {
  LoopbackServer server(AlwaysAnswer("never"));
  HttpDriver driver;
  driver.client().SetOutbound({});
  for (const char* host :
       {"127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"}) {
    const std::string url = server.Url("/", "https");
    const std::string port = url.substr(url.rfind(':'));
    const Response response = driver.Fetch(Get("https://" + std::string(host) + port));
    EXPECT_EQ(response.transport, Response::Transport::kForbidden) << host;
  }
  EXPECT_EQ(server.accepted(), 0);
}

}  // namespace
}  // namespace debrief

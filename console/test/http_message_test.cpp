#include "console/http_message.h"

#include <gtest/gtest.h>

#include "console/address.h"
#include "console/backoff.h"

namespace debrief::console {
namespace {

TEST(Target, PathAndQueryAreDecoded) {
  const auto target = ParseTarget("/api/a%2Fb?q=a+b%26c&empty=&flag");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/api/a/b");
  EXPECT_EQ(target->query.at("q"), "a b&c");
  EXPECT_EQ(target->query.at("empty"), "");
  EXPECT_EQ(target->query.at("flag"), "");
}

TEST(Target, WhatCannotBeReadIsRefused) {
  for (const char* const text :
       {"", "http://host/", "/%", "/%4", "/%zz", "/%00", "/%0a", "/%ff", "/?a=1&a=2", "/?a=%7f"}) {
    EXPECT_FALSE(ParseTarget(text)) << text;
  }
}

TEST(Request, TakesAHeaderThatStandsTwiceForAList) {
  Request request;
  // A proxy may add a line of its own behind the one that whoever asks wrote.
  request.AddHeader("X-Forwarded-For", "6.6.6.6");
  request.AddHeader("x-forwarded-for", "10.0.0.7");
  EXPECT_EQ(request.Header("x-forwarded-for"), "6.6.6.6, 10.0.0.7");
  EXPECT_FALSE(request.has_repeated_header);
  request.AddHeader("Host", "a");
  EXPECT_FALSE(request.has_repeated_header);
  request.AddHeader("host", "b");
  EXPECT_TRUE(request.has_repeated_header);
}

TEST(ErrorResponse, IsTheContractsJson) {
  EXPECT_EQ(ErrorResponse(404, "", "None.").body,
            R"({"error":{"sqlstate":null,"message":"None.","hint":null}})");
  EXPECT_EQ(ErrorResponse(403, "42501", "No.", "Ask.").body,
            R"({"error":{"sqlstate":"42501","message":"No.","hint":"Ask."}})");
}

TEST(Address, Loopback) {
  for (const char* const text : {"127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1"}) {
    const auto address = ParseAddress(text);
    ASSERT_TRUE(address) << text;
    EXPECT_TRUE(IsLoopback(address->host)) << text;
  }
  EXPECT_FALSE(IsLoopback("10.0.0.1"));
  EXPECT_FALSE(IsLoopback("::"));
  // Behind a byte that is zero, which ends a C string.
  EXPECT_FALSE(IsLoopback(std::string("127.0.0.1\0.evil.org", 18)));
  EXPECT_FALSE(IsLoopback(std::string("::1\0 ", 5)));
  EXPECT_FALSE(ParseAddress(std::string_view("[::1\0]:80", 10)).has_value());
  for (const char* const text : {"", ":1", "127.0.0.1", "::1:1", "[::1", "[::1]1", "127.0.0.1:x"}) {
    EXPECT_FALSE(ParseAddress(text)) << text;
  }
}

TEST(Backoff, WaitsHalfASecondAtMost) {
  Backoff backoff;
  EXPECT_TRUE(backoff.IsDue(0));
  for (const int64_t wait_ms : {250, 500, 500}) {
    backoff.Failed(0);
    EXPECT_EQ(backoff.next_ms(), wait_ms);
  }
  backoff.Succeeded();
  EXPECT_TRUE(backoff.IsDue(0));
}

}  // namespace
}  // namespace debrief::console

#include <gtest/gtest.h>

#include "console/media_type.h"
#include "console/range.h"
#include "console/throttle.h"

namespace debrief::console {
namespace {

TEST(Throttle, WrongPasswordsWaitLongerAndLonger) {
  Throttle throttle;
  for (int i = 0; i < 2; i++) EXPECT_EQ(throttle.Try("a", "r", 0), 0);
  int64_t now_ms = 0;
  for (const int64_t wait_ms : {1000, 2000, 4000, 8000, 16000, 30000, 30000}) {
    EXPECT_EQ(throttle.Try("a", "r", now_ms), 0);
    EXPECT_EQ(throttle.Try("a", "r", now_ms), wait_ms);
    now_ms += wait_ms;
  }
}

TEST(Throttle, OthersDoNotWait) {
  Throttle throttle;
  for (int i = 0; i < 3; i++) throttle.Try("a", "r", 0);
  EXPECT_GT(throttle.Try("a", "r", 0), 0);
  EXPECT_EQ(throttle.Try("a", "other", 0), 0);
  EXPECT_EQ(throttle.Try("b", "r", 0), 0);
}

TEST(Throttle, AnAddressThatTriesManyRolesWaits) {
  Throttle throttle;
  for (int i = 0; i < 10; i++) EXPECT_EQ(throttle.Try("a", "r" + std::to_string(i), 0), 0) << i;
  EXPECT_GT(throttle.Try("a", "another", 0), 0);
}

TEST(Throttle, TheRightPasswordForgets) {
  Throttle throttle;
  for (int i = 0; i < 3; i++) throttle.Try("a", "r", 0);
  throttle.Passed("a", "r");
  EXPECT_EQ(throttle.Try("a", "r", 0), 0);
}

void ExpectRange(const char* header, uint64_t size, Range::Kind kind, uint64_t at, uint64_t bytes) {
  const Range range = ParseRange(header, size);
  EXPECT_EQ(range.kind, kind) << header;
  EXPECT_EQ(range.at, at) << header;
  EXPECT_EQ(range.bytes, bytes) << header;
}

TEST(RangeHeader, OnePart) {
  using enum Range::Kind;
  ExpectRange("bytes=0-", 10, kPart, 0, 10);
  ExpectRange("bytes=3-5", 10, kPart, 3, 3);
  ExpectRange("bytes=3-99", 10, kPart, 3, 7);
  ExpectRange("bytes=-4", 10, kPart, 6, 4);
  ExpectRange("bytes=-40", 10, kPart, 0, 10);
}

TEST(RangeHeader, BeyondTheEnd) {
  using enum Range::Kind;
  ExpectRange("bytes=10-", 10, kBeyond, 0, 0);
  ExpectRange("bytes=10-12", 10, kBeyond, 0, 0);
  ExpectRange("bytes=-0", 10, kBeyond, 0, 0);
  ExpectRange("bytes=0-", 0, kBeyond, 0, 0);
}

TEST(RangeHeader, WhatCannotBeReadIsAsNone) {
  for (const char* const header :
       {"", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,3-4", "lines=0-1", "bytes=a-", "bytes=1-b",
        "bytes=-1-2", "bytes= 1-2", "bytes=99999999999999999999-", "bytes=+1-2"}) {
    ExpectRange(header, 10, Range::Kind::kWhole, 0, 10);
  }
}

TEST(MediaType, OnlyWhatPlayersPlay) {
  EXPECT_EQ(MediaType("wav"), "audio/wav");
  EXPECT_EQ(MediaType("a/b/talk.MP4"), "video/mp4");
  EXPECT_EQ(MediaType("u/talk;1.mp4"), "video/mp4");
  for (const char* const path :
       {"", "html", "x.svg", "a.mp4/b", "mp4.html", "text/html;x", "html;mp4"}) {
    EXPECT_EQ(MediaType(path), "application/octet-stream") << path;
  }
}

// MediaRecorder's type, and those of files that a user chose.
TEST(MediaType, IsOfTheFormatsThatBrowsersName) {
  EXPECT_EQ(MediaType("video/webm;codecs=vp9,opus"), "video/webm");
  EXPECT_EQ(MediaType("video/mp4; codecs=\"avc1.42E01E, mp4a.40.2\""), "video/mp4");
  EXPECT_EQ(MediaType("video/x-matroska;codecs=avc1,opus"), "video/x-matroska");
  EXPECT_EQ(MediaType("video/quicktime"), "video/quicktime");
  EXPECT_EQ(MediaType("video/3gpp"), "video/3gpp");
}

}  // namespace
}  // namespace debrief::console

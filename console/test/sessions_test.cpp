#include "console/sessions.h"

#include <gtest/gtest.h>

namespace debrief::console {
namespace {

constexpr int64_t kMinute = 60'000;
constexpr int64_t kHour = 60 * kMinute;
// Not 0: times are counted from any moment.
constexpr int64_t kBegin = 5 * kHour;

// Of somebody whose connection is never asked for.
std::shared_ptr<Caller> SignedIn() {
  return std::make_shared<Caller>(std::make_shared<Connections>("", 1), "login");
}

class SessionTimes : public ::testing::Test {
 protected:
  Sessions sessions_{""};
  std::shared_ptr<Caller> caller_ = SignedIn();
  const std::string token_ = std::get<std::string>(sessions_.Begin(caller_, kBegin));

  bool IsThere(int64_t after_ms) { return sessions_.Find(token_, kBegin + after_ms) != nullptr; }
};

TEST_F(SessionTimes, EndsAfterThirtyMinutesWithoutARequest) {
  EXPECT_TRUE(IsThere(30 * kMinute - 1));
  EXPECT_TRUE(IsThere(60 * kMinute - 2)) << "the request before was one";
  EXPECT_FALSE(IsThere(90 * kMinute - 2));
  EXPECT_FALSE(IsThere(60 * kMinute)) << "an ended session does not come back";
}

TEST_F(SessionTimes, EndsAfterEightHoursHoweverMuchItIsUsed) {
  for (int64_t after_ms = 0; after_ms < 8 * kHour; after_ms += 20 * kMinute) {
    ASSERT_TRUE(IsThere(after_ms)) << after_ms / kMinute << " min";
  }
  EXPECT_TRUE(IsThere(8 * kHour - 1));
  EXPECT_FALSE(IsThere(8 * kHour));
}

// A stream asks its caller only, and is no request.
TEST_F(SessionTimes, StreamsEndAtTheSameTimes) {
  EXPECT_FALSE(caller_->IsOver(kBegin + 30 * kMinute - 1));
  EXPECT_TRUE(caller_->IsOver(kBegin + 30 * kMinute));
  for (int64_t after_ms = 0; after_ms < 8 * kHour; after_ms += 20 * kMinute) IsThere(after_ms);
  EXPECT_FALSE(caller_->IsOver(kBegin + 8 * kHour - 1));
  EXPECT_TRUE(caller_->IsOver(kBegin + 8 * kHour));
}

TEST_F(SessionTimes, WhatIsOverEndsWithItsConnection) {
  EXPECT_TRUE(sessions_.Find("another", kBegin + 30 * kMinute) == nullptr);
  EXPECT_TRUE(caller_->IsOver(INT64_MIN)) << "whatever the time";
}

TEST(Sessions, OnesThatAreOverMakeRoomForOthers) {
  Sessions sessions("");
  constexpr int kMost = 100;
  for (int i = 0; i < kMost; i++) {
    ASSERT_TRUE(std::holds_alternative<std::string>(sessions.Begin(SignedIn(), kBegin)));
  }
  const auto refused = sessions.Begin(SignedIn(), kBegin + 30 * kMinute - 1);
  ASSERT_TRUE(std::holds_alternative<Response>(refused));
  EXPECT_EQ(std::get<Response>(refused).status, 503u);
  EXPECT_TRUE(
      std::holds_alternative<std::string>(sessions.Begin(SignedIn(), kBegin + 30 * kMinute)));
}

}  // namespace
}  // namespace debrief::console

// server_health_test.cpp: the circuit breaker of a server, and what its calls prove.
#include "bgworker/core/policy/server_health.h"

#include <gtest/gtest.h>

namespace debrief {
namespace {

constexpr Stage kStage = Stage::kAudio;
const Failure kDown = {.failure_class = FailureClass::kOutage};
const Failure kFault = {.failure_class = FailureClass::kUnproven};
const Failure kBusy = {.failure_class = FailureClass::kRateLimited};

class ServerHealthTest : public testing::Test {
 protected:
  // A call of the row began at `began_ms` and failed a millisecond later.
  ServerHealth::Verdict Fails(int64_t row, const Failure& failure, int64_t began_ms,
                              int64_t unproven_ms = -1) {
    return health_.Failed("s", kStage, failure,
                          {.row = row, .started_ms = began_ms, .unproven_ms = unproven_ms},
                          began_ms + 1, 0.5);
  }
  int64_t ParkedUntil(int64_t now_ms) { return health_.ParkedUntilMs("s", kStage, now_ms); }

  ServerHealth health_;
};

TEST_F(ServerHealthTest, ParksAfterThreeFailuresInARow) {
  EXPECT_EQ(Fails(1, kDown, 1'000).park_ms, 0);
  EXPECT_EQ(Fails(2, kDown, 1'100).park_ms, 0);
  EXPECT_EQ(ParkedUntil(1'200), 0);
  const ServerHealth::Verdict third = Fails(3, kDown, 1'200);
  EXPECT_EQ(third.park_ms, 1'000);
  EXPECT_TRUE(third.evidence.is_parked);
  EXPECT_EQ(ParkedUntil(1'300), 2'201);
  EXPECT_EQ(ParkedUntil(2'201), 0);
  EXPECT_TRUE(health_.IsProbing("s", kStage));
  EXPECT_EQ(health_.ParkedUntilMs("another", kStage, 1'300), 0);
  EXPECT_EQ(health_.ParkedUntilMs("s", Stage::kSsml, 1'300), 0) << "another stage";
}

TEST_F(ServerHealthTest, ASuccessBetweenBeginsTheCountAnew) {
  Fails(1, kDown, 1'000);
  Fails(2, kDown, 1'100);
  EXPECT_FALSE(health_.Succeeded("s", kStage, 1'150).was_parked);
  EXPECT_EQ(Fails(3, kDown, 1'200).park_ms, 0);
}

TEST_F(ServerHealthTest, CallsThatFailedTogetherParkItOnce) {
  for (int row = 1; row <= 3; row++) Fails(row, kDown, 1'000);
  EXPECT_EQ(Fails(4, kDown, 1'000).park_ms, 0);
  EXPECT_TRUE(Fails(5, kDown, 999).evidence.is_parked);
  EXPECT_EQ(health_.parks("s", kStage), 1);
  EXPECT_EQ(Fails(6, kDown, 2'100).park_ms, 2'000) << "a probe";
  EXPECT_EQ(health_.parks("s", kStage), 2);
}

TEST_F(ServerHealthTest, AUsedUpQuotaParksAtOnce) {
  EXPECT_EQ(Fails(1, {.failure_class = FailureClass::kQuota}, 1'000).park_ms, 3'600'000);
}

TEST_F(ServerHealthTest, AServerThatSaysWhenToComeBackIsParkedAtOnce) {
  EXPECT_EQ(
      Fails(1, {.failure_class = FailureClass::kConfig, .retry_after_ms = 90'000}, 1'000).park_ms,
      90'000);
  EXPECT_EQ(ParkedUntil(1'500), 91'001);
}

TEST_F(ServerHealthTest, ProbesUntilACallSucceeds) {
  for (int row = 1; row <= 3; row++) Fails(row, kDown, 1'000);
  EXPECT_TRUE(health_.Succeeded("s", kStage, 2'100).was_parked);
  EXPECT_FALSE(health_.IsProbing("s", kStage));
  EXPECT_EQ(ParkedUntil(1'500), 0);
  EXPECT_FALSE(health_.Succeeded("s", kStage, 2'200).was_parked) << "nothing is left to forget";
}

TEST_F(ServerHealthTest, ALateAnswerFromBeforeTheOutageProvesNothing) {
  for (int row = 1; row <= 3; row++) Fails(row, kFault, 1'000);
  EXPECT_FALSE(health_.Succeeded("s", kStage, 500).was_parked);
  EXPECT_TRUE(health_.IsProbing("s", kStage));
  EXPECT_FALSE(Fails(1, kFault, 2'100, 1'001).evidence.worked_since);
}

TEST_F(ServerHealthTest, ARowThatFailsAloneParksNobody) {
  for (int64_t at_ms = 0; at_ms < 600'000; at_ms += 60'000) {
    const ServerHealth::Verdict verdict = Fails(7, kFault, 1'000 + at_ms, at_ms);
    EXPECT_EQ(verdict.park_ms, 0);
    EXPECT_FALSE(verdict.evidence.fails_others);
    EXPECT_FALSE(verdict.evidence.worked_since);
  }
}

TEST_F(ServerHealthTest, SeveralRowsMakeItTheServers) {
  EXPECT_FALSE(Fails(1, kFault, 1'000).evidence.fails_others);
  EXPECT_TRUE(Fails(2, kFault, 1'010).evidence.fails_others);
  EXPECT_EQ(Fails(3, kFault, 1'020).park_ms, 1'000);
}

TEST_F(ServerHealthTest, ASuccessSinceTheCallOrSinceTheRowsLastFailureMakesItTheRows) {
  EXPECT_FALSE(Fails(7, kFault, 1'000).evidence.worked_since);
  health_.Succeeded("s", kStage, 2'000);
  EXPECT_TRUE(Fails(7, kFault, 1'500).evidence.worked_since) << "a call that began later";
  EXPECT_TRUE(Fails(7, kFault, 3'000, 1'001).evidence.worked_since) << "since the last time";
  EXPECT_FALSE(Fails(8, kFault, 3'000).evidence.worked_since) << "another row's first failure";
}

TEST_F(ServerHealthTest, RowsThatWerePutOffAreRememberedUntilItWorks) {
  health_.PutOff("s", kStage, 1'000);
  EXPECT_FALSE(health_.Succeeded("s", kStage, 900).has_put_off) << "it began before";
  EXPECT_TRUE(health_.Succeeded("s", kStage, 1'100).has_put_off);
  EXPECT_FALSE(health_.Succeeded("s", kStage, 1'200).has_put_off);
}

TEST_F(ServerHealthTest, ABusyServerIsLeftAloneButNotProbed) {
  EXPECT_EQ(Fails(1, kBusy, 1'000).evidence.in_a_row, 1);
  EXPECT_EQ(Fails(2, kBusy, 1'000).evidence.in_a_row, 1) << "refused together";
  EXPECT_EQ(health_.Busy("s", kStage, 500, 1'000), 500);
  EXPECT_EQ(health_.Busy("s", kStage, 300, 1'100), 0) << "known already";
  EXPECT_EQ(ParkedUntil(1'200), 1'500);
  EXPECT_FALSE(health_.IsProbing("s", kStage));
  EXPECT_EQ(Fails(3, kBusy, 1'600).evidence.in_a_row, 2);
  health_.Succeeded("s", kStage, 1'700);
  EXPECT_EQ(Fails(3, kBusy, 1'800).evidence.in_a_row, 1);
}

TEST_F(ServerHealthTest, TakesUpWhatTheTableSays) {
  health_.Load("s", kStage, 1'000, 700, 3);
  EXPECT_EQ(ParkedUntil(1'000), 1'700);
  EXPECT_EQ(health_.parks("s", kStage), 3);
  EXPECT_TRUE(Fails(1, kFault, 1'800).evidence.is_parked) << "a probe of what others parked";
  health_.Load("s", kStage, 1'100, 0, 0);
  EXPECT_EQ(ParkedUntil(1'100), 0);
  EXPECT_FALSE(health_.IsProbing("s", kStage));
}

}  // namespace
}  // namespace debrief

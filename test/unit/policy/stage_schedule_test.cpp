// When a stage's rows are claimed, and which of them first.

#include "bgworker/core/policy/stage_schedule.h"

#include <gtest/gtest.h>

namespace debrief {
namespace {

constexpr int64_t kNowMs = 1'000'000;
constexpr int64_t kNowUs = 1'700'000'000'000'000;

class StageScheduleTest : public testing::Test {
 protected:
  StageScheduleTest() { schedule_.OnConfigured(true); }

  bool Wants(int64_t now_ms = kNowMs) { return schedule_.WantsClaim(false, now_ms, 0); }
  static StageReply Rows(int count, int64_t waited_us = 0, const std::string& user = "u") {
    StageReply reply;
    for (int i = 0; i < count; i++) {
      reply.jobs.push_back({.id = i + 1, .waited_us = waited_us, .user_id = user});
    }
    return reply;
  }
  // A claim of `wanted` rows that is replied to so.
  StageClaim Claim(int wanted, const StageReply& reply, int64_t now_ms = kNowMs,
                   bool is_limited = false) {
    EXPECT_TRUE(schedule_.WantsClaim(false, now_ms, 0));
    StageClaim claim = schedule_.Plan(wanted, is_limited, now_ms);
    schedule_.Apply(claim, {.began_unix_us = kNowUs, .took_us = 1'000}, reply, now_ms);
    return claim;
  }
  int64_t NextMs() { return schedule_.NextMs(kNowMs, 0, 0); }

  StageSchedule schedule_;
};

TEST_F(StageScheduleTest, LooksOnceItIsConfigured) {
  EXPECT_TRUE(Wants());
  EXPECT_FALSE(StageSchedule().WantsClaim(false, kNowMs, 0)) << "nobody serves it";
}

TEST_F(StageScheduleTest, RestsWhenAClaimTookAllThereWas) {
  Claim(10, Rows(3));
  EXPECT_FALSE(Wants());
  EXPECT_EQ(NextMs(), -1);
  schedule_.OnWake(true, kNowMs);
  EXPECT_TRUE(Wants());
}

TEST_F(StageScheduleTest, GoesOnAfterAFullClaim) {
  Claim(3, Rows(3));
  EXPECT_TRUE(Wants());
}

TEST_F(StageScheduleTest, ARowThatComesDueByItselfWakesTheStage) {
  Claim(10, Rows(0));
  schedule_.SetNextDue(kNowMs + 500);
  EXPECT_EQ(NextMs(), kNowMs + 500);
  schedule_.OnWake(false, kNowMs + 499);
  EXPECT_FALSE(Wants(kNowMs + 499));
  schedule_.OnWake(false, kNowMs + 500);
  EXPECT_TRUE(Wants(kNowMs + 500));
}

TEST_F(StageScheduleTest, RowsMadeDueNowAreClaimedAtOnceAndLaterOnesInTime) {
  Claim(10, Rows(0));
  schedule_.OnRowsDueIn(300, kNowMs);
  schedule_.OnRowsDueIn(700, kNowMs);
  EXPECT_EQ(NextMs(), kNowMs + 300);
  EXPECT_FALSE(schedule_.work_due());
  schedule_.OnRowsDueIn(0, kNowMs);
  EXPECT_TRUE(schedule_.work_due());
  EXPECT_EQ(NextMs(), kNowMs);
}

TEST_F(StageScheduleTest, AParkedServerIsNotCalledUntilItsTime) {
  EXPECT_FALSE(schedule_.WantsClaim(false, kNowMs, kNowMs + 200));
  EXPECT_EQ(schedule_.NextMs(kNowMs, kNowMs + 200, 0), kNowMs + 200);
  EXPECT_EQ(schedule_.NextMs(kNowMs, 0, kNowMs + 900), kNowMs + 900)
      << "nor is a database in trouble";
}

TEST_F(StageScheduleTest, WhatComesWhileParkedIsLookedForAfterwards) {
  Claim(10, Rows(0));
  EXPECT_FALSE(schedule_.WantsClaim(false, kNowMs, kNowMs + 200));
  EXPECT_TRUE(Wants(kNowMs + 200));
}

TEST_F(StageScheduleTest, WaitsAMomentWhenOthersUseTheLimit) {
  EXPECT_TRUE(Wants());
  schedule_.OnBlocked(kNowMs);
  EXPECT_FALSE(Wants());
  EXPECT_EQ(NextMs(), kNowMs + 100);
  EXPECT_TRUE(Wants(kNowMs + 100));
}

TEST_F(StageScheduleTest, ALimitThatGrantsNothingIsAskedAgainWhenItSaysSo) {
  StageReply reply;
  reply.limited_ms = 1'500;
  Claim(10, reply, kNowMs, /*is_limited=*/true);
  EXPECT_FALSE(Wants());
  EXPECT_EQ(NextMs(), kNowMs + 1'500);
}

TEST_F(StageScheduleTest, APartOfALimitIsFollowedByAnotherClaimAtOnce) {
  Claim(10, Rows(4), kNowMs, /*is_limited=*/true);
  EXPECT_EQ(NextMs(), kNowMs);
  EXPECT_TRUE(Wants());
}

TEST_F(StageScheduleTest, AClaimThatFailedIsTriedAgain) {
  EXPECT_TRUE(Wants());
  schedule_.GiveBack();
  EXPECT_EQ(NextMs(), kNowMs);
  EXPECT_EQ(schedule_.NextMs(kNowMs, 0, kNowMs + 400), kNowMs + 400)
      << "not before trouble is over";
}

TEST_F(StageScheduleTest, LaterClaimsBeginASecondBeforeTheMark) {
  EXPECT_EQ(Claim(10, Rows(2)).from_us, 0);
  schedule_.OnRowsDue();
  EXPECT_EQ(Claim(10, Rows(2)).from_us, kNowUs - 1'000'000);
}

TEST_F(StageScheduleTest, TheMarkOfAFullClaimIsItsLastRow) {
  Claim(2, Rows(2, /*waited_us=*/5'000'000));
  EXPECT_EQ(Claim(2, Rows(2)).from_us, kNowUs - 6'000'000);
}

TEST_F(StageScheduleTest, AMarkAheadOfTheClockIsForgotten) {
  constexpr int64_t kHourUs = 3'600'000'000;
  Claim(10, Rows(2));
  schedule_.OnRowsDue();
  const StageClaim claim = schedule_.Plan(10, false, kNowMs);
  schedule_.Apply(claim, {.began_unix_us = kNowUs - kHourUs, .took_us = 1'000}, Rows(0), kNowMs);
  EXPECT_TRUE(Wants()) << "rows of the new time are behind the mark";
  EXPECT_EQ(Claim(10, Rows(0)).from_us, 0);
  schedule_.OnRowsDue();
  EXPECT_EQ(schedule_.Plan(10, false, kNowMs).from_us, kNowUs - 1'000'000);
}

TEST_F(StageScheduleTest, RowsThatWentFirstDoNotMoveTheMark) {
  schedule_.OnRescued();
  StageReply reply = Rows(1);
  reply.went_alone = 1;
  Claim(1, reply);
  EXPECT_EQ(Claim(1, Rows(1)).from_us, 0);
}

TEST_F(StageScheduleTest, ALimitedClaimDoesNotMoveTheMark) {
  Claim(10, Rows(2), kNowMs, /*is_limited=*/true);
  EXPECT_EQ(Claim(10, Rows(2), kNowMs, true).from_us, 0);
}

TEST_F(StageScheduleTest, LooksBehindTheMarkWhenNothingWasAboveIt) {
  Claim(10, Rows(0));  // took 1 ms: the next look behind is 50 ms away
  schedule_.OnRowsDue();
  Claim(10, Rows(0), kNowMs + 10);
  EXPECT_EQ(schedule_.NextMs(kNowMs + 10, 0, 0), kNowMs + 50);
  schedule_.OnWake(false, kNowMs + 50);
  EXPECT_EQ(Claim(10, Rows(0), kNowMs + 50).from_us, 0);
  EXPECT_EQ(schedule_.NextMs(kNowMs + 50, 0, 0), -1);
}

TEST_F(StageScheduleTest, NewConfigurationLooksAtEverything) {
  Claim(10, Rows(2));
  schedule_.OnBlocked(kNowMs);
  schedule_.OnConfigured(true);
  EXPECT_EQ(Claim(10, Rows(0), kNowMs + 1).from_us, 0);
  schedule_.OnConfigured(false);
  EXPECT_FALSE(Wants());
  EXPECT_EQ(NextMs(), -1);
}

TEST_F(StageScheduleTest, UsersWhoWaitAreServedInTurnWhileClaimsComeBackFull) {
  StageReply first = Rows(4, 0, "busy");
  EXPECT_EQ(Claim(4, first).look_ahead, nullptr);
  StageReply second = Rows(4, 0, "busy");
  second.seen = {{.id = 70, .due_us = kNowUs + 1, .user_id = "patient", .is_wanted = true},
                 {.id = 71, .due_us = kNowUs + 2, .user_id = "busy", .is_wanted = false}};
  EXPECT_NE(Claim(4, second).look_ahead, nullptr);
  const StageClaim third = Claim(4, Rows(1));
  EXPECT_EQ(third.preferred, std::vector<int64_t>{70});
  schedule_.OnRowsDue();
  EXPECT_EQ(Claim(4, Rows(0)).look_ahead, nullptr) << "a claim took all there was";
}

TEST_F(StageScheduleTest, RowsThatRunAloneFollowEachOther) {
  Claim(10, Rows(0));
  schedule_.OnCallEnded();
  EXPECT_FALSE(Wants());
  schedule_.SetAloneWait(true);
  schedule_.OnCallEnded();
  EXPECT_TRUE(Claim(10, Rows(0)).alone);
}

}  // namespace
}  // namespace debrief

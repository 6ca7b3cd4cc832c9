// fair_share_test.cpp: whose rows go first while rows wait.
#include "bgworker/core/policy/fair_share.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace debrief {
namespace {

using Ids = std::vector<int64_t>;

TEST(FairShare, NobodyIsLookedForUntilAClaimComesBackFull) {
  FairShare turns;
  EXPECT_FALSE(turns.is_wanted());
  EXPECT_TRUE(turns.Next(10).empty());
}

TEST(FairShare, ReadsOnFromTheLastClaimedRowAndLeavesOutWhomItServed) {
  FairShare turns;
  turns.ClaimedFull({"ann", "bob", "ann"}, 0, 77, 1'000);
  EXPECT_TRUE(turns.is_wanted());
  EXPECT_EQ(turns.place().due_us, 77);
  EXPECT_EQ(turns.served(), (std::vector<std::string>{"ann", "bob"}));
}

TEST(FairShare, UsersTakeTurnsRowByRow) {
  FairShare turns;
  turns.ClaimedFull({"ann"}, 0, 0, 0);
  for (int64_t id : {1, 2, 3}) turns.Saw(id, "bob");
  turns.Saw(4, "cid");
  turns.Saw(5, "dan");
  EXPECT_EQ(turns.Next(2), (Ids{1, 4}));
  EXPECT_EQ(turns.Next(2), (Ids{5, 2}));
  EXPECT_EQ(turns.Next(9), Ids{3});
  EXPECT_TRUE(turns.Next(9).empty());
}

TEST(FairShare, ARowThatIsSeenTwiceHasOneTurn) {
  FairShare turns;
  turns.ClaimedFull({"ann"}, 0, 0, 0);
  turns.Saw(1, "bob");
  turns.Saw(1, "bob");
  EXPECT_EQ(turns.Next(9), Ids{1});
}

TEST(FairShare, KeepsItsPlaceForALapAndThenBeginsAgain) {
  FairShare turns;
  turns.ClaimedFull({"ann"}, 0, 10, 0);
  turns.ReadTo({.due_us = 500, .id = 9});
  turns.ClaimedFull({"ann"}, 0, 20, FairShare::kLapMs - 1);
  EXPECT_EQ(turns.place().due_us, 500);
  turns.ClaimedFull({"ann"}, 0, 30, FairShare::kLapMs);
  EXPECT_EQ(turns.place().due_us, 30);
  EXPECT_EQ(turns.place().id, 0);
}

TEST(FairShare, ForgetsEverybodyWhenAllIsClaimed) {
  FairShare turns;
  turns.ClaimedFull({"ann"}, 1, 10, 0);
  turns.Saw(1, "bob");
  turns.ClaimedAll();
  EXPECT_FALSE(turns.is_wanted());
  EXPECT_FALSE(turns.wants_fresh());
  EXPECT_TRUE(turns.Next(9).empty());
}

TEST(FairShare, WantsFreshRowsOfAnybodyWhenRetriesFillTheClaims) {
  FairShare turns;
  turns.ClaimedFull({"ann", "ann", "ann"}, 2, 0, 0);
  EXPECT_TRUE(turns.wants_fresh());
  turns.ClaimedFull({"ann", "ann", "ann", "ann"}, 2, 0, 0);
  EXPECT_FALSE(turns.wants_fresh());
}

TEST(FairShare, HoldsSoManyRowsOfAUserAndSoManyInAll) {
  FairShare turns;
  turns.ClaimedFull({"ann"}, 0, 0, 0);
  int64_t id = 0;
  for (int user = 0; user < 20; user++) {
    for (size_t row = 0; row < FairShare::kWaitingOfUserMax + 5; row++) {
      turns.Saw(++id, "user" + std::to_string(user));
    }
  }
  EXPECT_EQ(turns.Next(100'000).size(), FairShare::kWaitingMax);
  for (size_t row = 0; row < FairShare::kWaitingOfUserMax + 5; row++) turns.Saw(++id, "bob");
  EXPECT_EQ(turns.Next(100'000).size(), FairShare::kWaitingOfUserMax);
}

}  // namespace
}  // namespace debrief

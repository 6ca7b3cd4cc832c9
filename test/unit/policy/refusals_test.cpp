// refusals_test.cpp: a row's fault, or the database's.
#include "bgworker/core/policy/refusals.h"

#include <gtest/gtest.h>

namespace debrief {
namespace {

using Verdict = Refusals::Verdict;
constexpr int kDenied = 1, kTooLong = 2;

TEST(Refusals, TwoRowsOfTwoUsersThatAreRefusedAlikeParkTheStage) {
  Refusals refusals;
  EXPECT_EQ(refusals.Refused(1, "a", kDenied), Verdict::kTryLater);
  EXPECT_EQ(refusals.Refused(2, "b", kDenied), Verdict::kParkStage);
}

TEST(Refusals, OneUsersRowsParkItOnlyWhenNobodyElsesWereTried) {
  Refusals refusals;
  EXPECT_EQ(refusals.Refused(1, "a", kDenied), Verdict::kTryLater);
  EXPECT_EQ(refusals.Refused(2, "a", kDenied), Verdict::kTryLater);
  EXPECT_EQ(refusals.Refused(1, "a", kDenied), Verdict::kTryLater);
  EXPECT_EQ(refusals.Refused(1, "a", kDenied), Verdict::kParkStage);
}

TEST(Refusals, ARowThatIsRefusedWhileOthersAreStoredIsCharged) {
  Refusals refusals;
  EXPECT_EQ(refusals.Refused(1, "a", kDenied), Verdict::kTryLater);
  refusals.Stored();
  EXPECT_EQ(refusals.Refused(2, "b", kDenied), Verdict::kTryLater) << "1 was refused before that";
  EXPECT_EQ(refusals.Refused(1, "a", kDenied), Verdict::kChargeRow);
}

TEST(Refusals, DifferentRefusalsAreTheRowsOwn) {
  Refusals refusals;
  for (int i = 0; i < 11; i++) {
    EXPECT_EQ(refusals.Refused(1, "a", kDenied), Verdict::kTryLater);
    EXPECT_EQ(refusals.Refused(2, "b", kTooLong), Verdict::kTryLater);
  }
  EXPECT_EQ(refusals.Refused(1, "a", kDenied), Verdict::kChargeRow);
}

TEST(Refusals, ARowThatIsGoneIsNoWitness) {
  Refusals refusals;
  refusals.Refused(1, "a", kDenied);
  refusals.Forget(1);
  EXPECT_EQ(refusals.Refused(2, "b", kDenied), Verdict::kTryLater);
}

}  // namespace
}  // namespace debrief

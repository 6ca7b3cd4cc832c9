// retry_test.cpp: what follows from a failure, class by class.
#include "bgworker/core/policy/retry.h"

#include <gtest/gtest.h>

#include <limits>

namespace debrief {
namespace {

constexpr int64_t kDayMs = 86'400'000;
constexpr double kLeast = 0;
constexpr double kMost = 0.999999999;
constexpr int kHuge = std::numeric_limits<int>::max();
constexpr RetryPolicy kPolicy = {
    .attempts_max = 10, .deferrals_max = 20, .backoff_base_ms = 1'000, .backoff_cap_ms = 60'000};

Failure Of(FailureClass failure_class, std::optional<int64_t> retry_after_ms = std::nullopt) {
  return {.failure_class = failure_class, .code = "c", .retry_after_ms = retry_after_ms};
}

Decision Transient(int attempt, double random, const RetryPolicy& policy = kPolicy) {
  return Decide(Of(FailureClass::kTransient), attempt, 0, policy, random);
}

Decision Busy(int deferrals, double random, const RetryPolicy& policy = kPolicy) {
  return Decide(Of(FailureClass::kRateLimited), 1, deferrals, policy, random);
}

TEST(Retry, TriesATransientFailureAgainUntilTheAttemptsAreUsed) {
  EXPECT_EQ(Transient(1, 0.5).disposition, Disposition::kRetry);
  EXPECT_EQ(Transient(9, 0.5).disposition, Disposition::kRetry);
  EXPECT_EQ(Transient(10, 0.5).disposition, Disposition::kFail);
  EXPECT_EQ(Transient(11, 0.5).disposition, Disposition::kFail);
}

TEST(Retry, TriesNothingAgainWhenOneAttemptIsAllowed) {
  EXPECT_EQ(Transient(1, 0.5, {.attempts_max = 1}).disposition, Disposition::kFail);
}

TEST(Retry, DoublesTheCeilingOfTheBackoffWithEachAttempt) {
  EXPECT_EQ(Transient(1, kMost).delay_ms, 999);
  EXPECT_EQ(Transient(2, kMost).delay_ms, 1'999);
  EXPECT_EQ(Transient(3, kMost).delay_ms, 3'999);
  EXPECT_EQ(Transient(6, kMost).delay_ms, 31'999);
}

TEST(Retry, JittersOverTheWholeBackoff) {
  EXPECT_EQ(Transient(3, kLeast).delay_ms, 0);
  EXPECT_EQ(Transient(3, 0.25).delay_ms, 1'000);
  EXPECT_EQ(Transient(3, 0.5).delay_ms, 2'000);
}

TEST(Retry, NeverWaitsLongerThanTheCap) {
  EXPECT_EQ(Transient(7, kMost).delay_ms, 59'999);
  EXPECT_EQ(Transient(9, kMost).delay_ms, 59'999);
  const RetryPolicy policy = {.attempts_max = 3, .backoff_base_ms = 5'000, .backoff_cap_ms = 100};
  EXPECT_EQ(Transient(1, 0.5, policy).delay_ms, 50);
}

TEST(Retry, DoesNotOverflowAfterManyAttempts) {
  RetryPolicy policy = {.attempts_max = kHuge, .deferrals_max = kHuge};
  EXPECT_EQ(Transient(kHuge - 1, 0.5, policy).delay_ms, 30'000);
  EXPECT_EQ(Busy(kHuge - 1, 0, policy).delay_ms, 30'000);
  policy.backoff_cap_ms = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(Transient(64, 0.5, policy).delay_ms, int64_t{1} << 62);
  policy.backoff_base_ms = 0;
  EXPECT_EQ(Transient(kHuge - 1, 0.5, policy).delay_ms, 0);
}

TEST(Retry, HonoursRetryAfterEvenWhenBackoffIsShorter) {
  const Failure failure = Of(FailureClass::kTransient, 30'000);
  EXPECT_EQ(Decide(failure, 1, 0, kPolicy, kMost).delay_ms, 30'000);
}

TEST(Retry, KeepsTheBackoffWhenRetryAfterIsShorter) {
  const Failure failure = Of(FailureClass::kTransient, 1'000);
  EXPECT_EQ(Decide(failure, 5, 0, kPolicy, 0.5).delay_ms, 8'000);
}

TEST(Retry, WaitsNoLongerThanADayWhateverTheServerSays) {
  for (const FailureClass busy : {FailureClass::kTransient, FailureClass::kRateLimited}) {
    EXPECT_EQ(Decide(Of(busy, kDayMs + 1), 1, 0, kPolicy, 0).delay_ms, kDayMs);
    EXPECT_EQ(Decide(Of(busy, std::numeric_limits<int64_t>::max()), 1, 0, kPolicy, 0).delay_ms,
              kDayMs);
  }
}

TEST(Retry, TakesANegativeRetryAfterForNone) {
  EXPECT_EQ(Decide(Of(FailureClass::kTransient, -5), 1, 0, kPolicy, 0.5).delay_ms, 500);
  EXPECT_EQ(Decide(Of(FailureClass::kRateLimited, -5), 1, 0, kPolicy, 0).delay_ms, 500);
}

TEST(Retry, ParksNoServerForATransientFailure) {
  EXPECT_FALSE(Transient(1, 0.5).parks_server);
  EXPECT_FALSE(Transient(10, 0.5).parks_server);
}

TEST(Retry, DefersToABusyServerForAsLongAsItSays) {
  const Decision decision = Decide(Of(FailureClass::kRateLimited, 7'000), 1, 3, kPolicy, 0.9);
  EXPECT_EQ(decision.disposition, Disposition::kDefer);
  EXPECT_EQ(decision.delay_ms, 7'000);
  EXPECT_TRUE(decision.parks_server);
}

TEST(Retry, DefersBetweenHalfAndAllOfTheBackoffWhenABusyServerSaysNothing) {
  EXPECT_EQ(Busy(0, kLeast).delay_ms, 500);
  EXPECT_EQ(Busy(0, 0.5).delay_ms, 750);
  EXPECT_EQ(Busy(0, kMost).delay_ms, 999);
  EXPECT_EQ(Busy(3, kLeast).delay_ms, 4'000);
  EXPECT_EQ(Busy(3, kMost).delay_ms, 7'999);
  EXPECT_EQ(Busy(19, kMost).delay_ms, 59'999);
}

TEST(Retry, ParksABusyServerForTheSameTime) { EXPECT_TRUE(Busy(2, 0.3).parks_server); }

TEST(Retry, DoesNotHammerABusyServerThatSaysZeroSeconds) {
  const Decision decision = Decide(Of(FailureClass::kRateLimited, 0), 1, 1, kPolicy, 0);
  EXPECT_EQ(decision.delay_ms, 1'000);
  EXPECT_TRUE(decision.parks_server);
}

TEST(Retry, DefersWhateverTheAttempt) {
  const Failure failure = Of(FailureClass::kRateLimited);
  EXPECT_EQ(Decide(failure, 10, 0, kPolicy, 0).disposition, Disposition::kDefer);
}

TEST(Retry, GivesUpOnABusyServerWhenTheDeferralsAreUsed) {
  EXPECT_EQ(Busy(19, 0).disposition, Disposition::kDefer);
  EXPECT_EQ(Busy(20, 0).disposition, Disposition::kFail);
  EXPECT_FALSE(Busy(20, 0).parks_server);
  EXPECT_EQ(Busy(0, 0, {.deferrals_max = 0}).disposition, Disposition::kFail);
}

TEST(Retry, ReleasesTheRowAndMarksTheServerWhenTheFaultIsTheServers) {
  for (const FailureClass fault :
       {FailureClass::kOutage, FailureClass::kAuth, FailureClass::kConfig}) {
    const Decision decision = Decide(Of(fault), kHuge, kHuge, kPolicy, 0.5);
    EXPECT_EQ(decision.disposition, Disposition::kRelease);
    EXPECT_EQ(decision.delay_ms, 0);
    EXPECT_TRUE(decision.parks_server);
  }
}

TEST(Retry, FailsAtOnceWhatWillNeverWork) {
  for (const FailureClass hopeless :
       {FailureClass::kPermanent, FailureClass::kBlocked, FailureClass::kTooLarge}) {
    const Decision decision = Decide(Of(hopeless, 1'000), 1, 0, kPolicy, 0.5);
    EXPECT_EQ(decision.disposition, Disposition::kFail);
    EXPECT_FALSE(decision.parks_server);
  }
}

TEST(Park, LeavesAnUnreachableServerAloneFromASecondDoublingToAMinute) {
  const int64_t expected_ms[] = {1'000, 2'000, 4'000, 8'000, 16'000, 32'000, 60'000, 60'000};
  for (int failures = 1; failures <= 8; failures++) {
    EXPECT_EQ(ParkMs(Of(FailureClass::kOutage), failures, 0.5), expected_ms[failures - 1]);
  }
}

TEST(Park, LeavesAMisconfiguredServerAloneFromFiveSecondsDoublingToFiveMinutes) {
  const int64_t expected_ms[] = {5'000, 10'000, 20'000, 40'000, 80'000, 160'000, 300'000, 300'000};
  for (int failures = 1; failures <= 8; failures++) {
    EXPECT_EQ(ParkMs(Of(FailureClass::kAuth), failures, 0.5), expected_ms[failures - 1]);
    EXPECT_EQ(ParkMs(Of(FailureClass::kConfig), failures, 0.5), expected_ms[failures - 1]);
  }
}

TEST(Park, JittersByAFifthToBothSides) {
  EXPECT_EQ(ParkMs(Of(FailureClass::kOutage), 1, kLeast), 800);
  EXPECT_EQ(ParkMs(Of(FailureClass::kOutage), 1, kMost), 1'199);
  EXPECT_EQ(ParkMs(Of(FailureClass::kAuth), 30, kLeast), 240'000);
  EXPECT_EQ(ParkMs(Of(FailureClass::kAuth), 30, kMost), 359'999);
}

TEST(Park, CountsAnyNumberOfFailures) {
  EXPECT_EQ(ParkMs(Of(FailureClass::kOutage), kHuge, 0.5), 60'000);
  EXPECT_EQ(ParkMs(Of(FailureClass::kOutage), 0, 0.5), 1'000);
}

TEST(Retry, LeavesAServerWhoseQuotaIsUsedUpForAnHourAtLeastAndChargesNoRow) {
  const Decision decision = Decide(Of(FailureClass::kQuota), 10, 20, kPolicy, 0.5);
  EXPECT_EQ(decision.disposition, Disposition::kRelease);
  EXPECT_TRUE(decision.parks_server);
  EXPECT_EQ(ParkMs(Of(FailureClass::kQuota), 1, 0.5), 3'600'000);
  EXPECT_EQ(ParkMs(Of(FailureClass::kQuota), 9, 0.5), 6 * 3'600'000);
}

TEST(Retry, LeavesAServerAloneForAsLongAsItAskedFor) {
  EXPECT_EQ(ParkMs(Of(FailureClass::kQuota, 5 * 3'600'000), 1, 0.5), 5 * 3'600'000);
  EXPECT_EQ(ParkMs(Of(FailureClass::kOutage, 90'000), 1, 0.5), 90'000);
}

TEST(Retry, BeginsAnExchangeAnewAsAnAttemptWhenItsUploadIsGone) {
  EXPECT_EQ(Decide(Of(FailureClass::kStaleInput), 1, 0, kPolicy, 0.5).disposition,
            Disposition::kRetry);
  EXPECT_EQ(Decide(Of(FailureClass::kStaleInput), 10, 0, kPolicy, 0.5).disposition,
            Disposition::kFail);
}

}  // namespace
}  // namespace debrief

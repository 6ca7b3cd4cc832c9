// retry_test.cpp: what follows from a failure.
#include "retry.h"

#include <gtest/gtest.h>

namespace debrief {
namespace {

Failure Of(FailureClass failure_class, std::optional<int64_t> retry_after_ms = std::nullopt) {
  Failure failure;
  failure.failure_class = failure_class;
  failure.code = "code";
  failure.retry_after_ms = retry_after_ms;
  return failure;
}

const RetryPolicy kPolicy{
    .attempts_max = 3, .deferrals_max = 5, .backoff_base_ms = 1'000, .backoff_cap_ms = 10'000};

TEST(Retry, BacksOffTwiceAsLongEachTime) {
  const Failure failure = Of(FailureClass::kTransient);
  const RetryPolicy policy{.attempts_max = 10, .backoff_base_ms = 1'000, .backoff_cap_ms = 60'000};
  EXPECT_EQ(Decide(failure, 1, 0, policy, 0.999).delay_ms, 999);
  EXPECT_EQ(Decide(failure, 2, 0, policy, 0.999).delay_ms, 1'998);
  EXPECT_EQ(Decide(failure, 3, 0, policy, 0.999).delay_ms, 3'996);
}

TEST(Retry, SpreadsRetriesFromZeroToTheCeiling) {
  const Failure failure = Of(FailureClass::kTransient);
  EXPECT_EQ(Decide(failure, 2, 0, kPolicy, 0.0).delay_ms, 0);
  EXPECT_EQ(Decide(failure, 2, 0, kPolicy, 0.5).delay_ms, 1'000);
}

TEST(Retry, NeverWaitsLongerThanTheCapHoweverManyAttempts) {
  const RetryPolicy policy{
      .attempts_max = 1'000'000, .backoff_base_ms = 1'000, .backoff_cap_ms = 10'000};
  EXPECT_LE(Decide(Of(FailureClass::kTransient), 500'000, 0, policy, 0.999).delay_ms, 10'000);
}

TEST(Retry, FailsWhenTheAttemptsAreUsed) {
  EXPECT_EQ(Decide(Of(FailureClass::kTransient), 2, 0, kPolicy, 0).disposition,
            Disposition::kRetry);
  EXPECT_EQ(Decide(Of(FailureClass::kTransient), 3, 0, kPolicy, 0).disposition, Disposition::kFail);
}

TEST(Retry, HonoursRetryAfterEvenWhenBackoffIsShorter) {
  const Decision decision = Decide(Of(FailureClass::kTransient, 9'000), 1, 0, kPolicy, 0.1);
  EXPECT_EQ(decision.disposition, Disposition::kRetry);
  EXPECT_EQ(decision.delay_ms, 9'000);
}

TEST(Retry, DoesNotBelieveARetryAfterOfAYear) {
  const int64_t year_ms = int64_t{365} * 24 * 3'600'000;
  EXPECT_EQ(Decide(Of(FailureClass::kTransient, year_ms), 1, 0, kPolicy, 0).delay_ms,
            24 * 3'600'000);
}

TEST(Retry, DefersWhatABusyServerRefusesAndLeavesTheServerAlone) {
  const Decision decision = Decide(Of(FailureClass::kRateLimited, 2'000), 3, 0, kPolicy, 0);
  EXPECT_EQ(decision.disposition, Disposition::kDefer);
  EXPECT_EQ(decision.delay_ms, 2'000);
  EXPECT_EQ(decision.park_server_ms, 2'000);
}

TEST(Retry, DefersLongerEachTimeWhenTheServerDoesNotSayHowLong) {
  const Failure busy = Of(FailureClass::kRateLimited);
  EXPECT_EQ(Decide(busy, 1, 0, kPolicy, 0).delay_ms, 500);
  EXPECT_EQ(Decide(busy, 1, 1, kPolicy, 0).delay_ms, 1'000);
  EXPECT_EQ(Decide(busy, 1, 4, kPolicy, 0.999).delay_ms, 9'995);
}

TEST(Retry, FailsWhatWasDeferredTooOften) {
  EXPECT_EQ(Decide(Of(FailureClass::kRateLimited), 1, 5, kPolicy, 0).disposition,
            Disposition::kFail);
}

TEST(Retry, ChargesNoRowForTheServersFault) {
  for (FailureClass fault :
       {FailureClass::kUnreachable, FailureClass::kAuth, FailureClass::kConfig}) {
    const Decision decision = Decide(Of(fault), 3, 5, kPolicy, 0.5);
    EXPECT_EQ(decision.disposition, Disposition::kRelease);
    EXPECT_GT(decision.park_server_ms, 0);
  }
}

TEST(Retry, FailsAtOnceWhatCanNeverWork) {
  for (FailureClass fault :
       {FailureClass::kPermanent, FailureClass::kBlocked, FailureClass::kTooLarge}) {
    EXPECT_EQ(Decide(Of(fault), 1, 0, kPolicy, 0.5).disposition, Disposition::kFail);
  }
}

TEST(Retry, LeavesAnUnreachableServerAloneForUpToAMinute) {
  EXPECT_EQ(ParkMs(FailureClass::kUnreachable, 1, 0.5), 1'000);
  EXPECT_EQ(ParkMs(FailureClass::kUnreachable, 3, 0.5), 4'000);
  EXPECT_EQ(ParkMs(FailureClass::kUnreachable, 60, 0.5), 60'000);
  EXPECT_EQ(ParkMs(FailureClass::kUnreachable, 1, 0.0), 800);
}

TEST(Retry, LeavesAServerThatRefusesTheKeyAloneForUpToFiveMinutes) {
  EXPECT_EQ(ParkMs(FailureClass::kAuth, 1, 0.5), 5'000);
  EXPECT_EQ(ParkMs(FailureClass::kConfig, 2, 0.5), 10'000);
  EXPECT_EQ(ParkMs(FailureClass::kAuth, 60, 0.5), 300'000);
}

}  // namespace
}  // namespace debrief

// retry_test.cpp: whose fault a failure is, and what follows from it, class by class.
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
    .attempts_max = 10, .backoff_base_ms = 1'000, .backoff_cap_ms = 60'000};

Failure Of(FailureClass failure_class, std::optional<int64_t> retry_after_ms = std::nullopt) {
  return {.failure_class = failure_class, .code = "c", .retry_after_ms = retry_after_ms};
}

Decision On(const Failure& failure, const RowHistory& row = {}, const Evidence& evidence = {},
            double random = 0.5, const RetryPolicy& policy = kPolicy) {
  return Decide(failure, row, evidence, policy, random);
}

Decision Transient(int attempt, double random, const RetryPolicy& policy = kPolicy) {
  return On(Of(FailureClass::kTransient), {.attempt = attempt}, {}, random, policy);
}

Decision Busy(int in_a_row, double random) {
  return On(Of(FailureClass::kRateLimited), {}, {.in_a_row = in_a_row}, random);
}

TEST(Retry, TriesATransientFailureAgainUntilTheAttemptsAreUsed) {
  EXPECT_EQ(Transient(1, 0.5).disposition, Disposition::kRetried);
  EXPECT_EQ(Transient(9, 0.5).disposition, Disposition::kRetried);
  EXPECT_EQ(Transient(10, 0.5).disposition, Disposition::kFailed);
  EXPECT_EQ(Transient(11, 0.5).disposition, Disposition::kFailed);
  EXPECT_EQ(Transient(1, 0.5, {.attempts_max = 1}).disposition, Disposition::kFailed);
}

TEST(Retry, DoublesTheCeilingOfTheBackoffWithEachAttempt) {
  EXPECT_EQ(Transient(1, kMost).delay_ms, 999);
  EXPECT_EQ(Transient(2, kMost).delay_ms, 1'999);
  EXPECT_EQ(Transient(6, kMost).delay_ms, 31'999);
  EXPECT_EQ(Transient(7, kMost).delay_ms, 59'999);
  EXPECT_EQ(Transient(9, kMost).delay_ms, 59'999);
}

TEST(Retry, JittersOverTheWholeBackoff) {
  EXPECT_EQ(Transient(3, kLeast).delay_ms, 0);
  EXPECT_EQ(Transient(3, 0.25).delay_ms, 1'000);
  EXPECT_EQ(Transient(3, 0.5).delay_ms, 2'000);
}

TEST(Retry, DoesNotOverflowAfterManyAttempts) {
  RetryPolicy policy = {.attempts_max = kHuge};
  EXPECT_EQ(Transient(kHuge - 1, 0.5, policy).delay_ms, 30'000);
  policy.backoff_cap_ms = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(Transient(64, 0.5, policy).delay_ms, int64_t{1} << 62);
}

TEST(Retry, HonoursRetryAfterWithinADay) {
  EXPECT_EQ(On(Of(FailureClass::kTransient, 30'000), {}, {}, kMost).delay_ms, 30'000);
  EXPECT_EQ(On(Of(FailureClass::kTransient, 1'000), {.attempt = 5}).delay_ms, 8'000);
  EXPECT_EQ(On(Of(FailureClass::kTransient, -5)).delay_ms, 500);
  for (const FailureClass busy : {FailureClass::kTransient, FailureClass::kRateLimited}) {
    EXPECT_EQ(On(Of(busy, kDayMs + 1)).delay_ms, kDayMs);
    EXPECT_EQ(On(Of(busy, std::numeric_limits<int64_t>::max())).delay_ms, kDayMs);
  }
}

TEST(Retry, FailsAtOnceWhatWillNeverWork) {
  for (const FailureClass hopeless :
       {FailureClass::kPermanent, FailureClass::kBlocked, FailureClass::kTooLarge}) {
    EXPECT_EQ(On(Of(hopeless, 1'000)).disposition, Disposition::kFailed);
  }
}

TEST(Retry, BeginsAnExchangeAnewAsAnAttemptWhenItsUploadIsGone) {
  EXPECT_EQ(On(Of(FailureClass::kStaleInput)).disposition, Disposition::kRetried);
  EXPECT_EQ(On(Of(FailureClass::kStaleInput), {.attempt = 10}).disposition, Disposition::kFailed);
}

TEST(Retry, DefersToABusyServerForAsLongAsItSaysAndNeverGivesUp) {
  const Decision decision = On(Of(FailureClass::kRateLimited, 7'000), {.attempt = kHuge});
  EXPECT_EQ(decision.disposition, Disposition::kDeferred);
  EXPECT_EQ(decision.delay_ms, 7'000);
}

TEST(Retry, DefersBetweenHalfAndAllOfTheBackoffWhenABusyServerSaysNothing) {
  EXPECT_EQ(Busy(1, kLeast).delay_ms, 500);
  EXPECT_EQ(Busy(1, kMost).delay_ms, 999);
  EXPECT_EQ(Busy(4, kLeast).delay_ms, 4'000);
  EXPECT_EQ(Busy(20, kMost).delay_ms, 59'999);
  EXPECT_EQ(On(Of(FailureClass::kRateLimited, 0), {}, {.in_a_row = 2}, kLeast).delay_ms, 1'000)
      << "zero seconds is no answer";
}

TEST(Blame, ChargesNoRowForTheServersFault) {
  for (const FailureClass fault :
       {FailureClass::kOutage, FailureClass::kAuth, FailureClass::kConfig, FailureClass::kQuota}) {
    const RowHistory row{.attempt = kHuge, .unproven = 2};
    const Decision first = On(Of(fault), row);
    EXPECT_EQ(first.disposition, Disposition::kDeferred);
    EXPECT_EQ(first.delay_ms, 750);
    EXPECT_EQ(first.unproven, 2);
    const Decision parked = On(Of(fault), row, {.is_parked = true, .in_a_row = 3});
    EXPECT_EQ(parked.disposition, Disposition::kReleased);
    EXPECT_EQ(parked.delay_ms, 0);
    EXPECT_EQ(parked.unproven, 2);
  }
}

// What else happens at the server decides what a 500 or a timeout means.
struct UnprovenCase {
  const char* what;
  RowHistory row;
  Evidence evidence;
  Disposition disposition;
  int unproven;
  bool waits_a_minute;
};

const UnprovenCase kUnprovenCases[] = {
    {"the first, and nothing is known", {}, {}, Disposition::kDeferred, 1, false},
    {"others worked since", {}, {.worked_since = true}, Disposition::kRetried, 0, false},
    {"others worked since, and the attempts before count too",
     {.attempt = 1, .unproven = 2, .unproven_age_ms = 5},
     {.worked_since = true},
     Disposition::kFailed,
     0,
     false},
    {"others fail too",
     {},
     {.fails_others = true, .in_a_row = 2},
     Disposition::kDeferred,
     0,
     false},
    {"the server is parked",
     {.attempt = 3, .unproven = 2, .unproven_age_ms = 90'000},
     {.fails_others = true, .is_parked = true, .in_a_row = 9},
     Disposition::kReleased,
     2,
     false},
    {"again within a minute",
     {.unproven = 1, .unproven_age_ms = 59'999},
     {},
     Disposition::kDeferred,
     1,
     true},
    {"again after a minute",
     {.unproven = 1, .unproven_age_ms = 60'000},
     {},
     Disposition::kDeferred,
     2,
     true},
    {"after an attempt that was charged",
     {.attempt = 2, .unproven = 1, .unproven_age_ms = 60'000},
     {},
     Disposition::kFailed,
     2,
     false},
    {"the last of them",
     {.unproven = 2, .unproven_age_ms = 60'000},
     {},
     Disposition::kFailed,
     2,
     false},
};

TEST(Blame, LaysAFailureWithoutProofAtTheRowOnlyByEvidence) {
  for (const UnprovenCase& known : kUnprovenCases) {
    SCOPED_TRACE(known.what);
    const Decision decision =
        On(Of(FailureClass::kUnproven), known.row, known.evidence, 0.5, {.attempts_max = 3});
    EXPECT_EQ(decision.disposition, known.disposition);
    if (decision.disposition != Disposition::kRetried) {
      EXPECT_EQ(decision.delay_ms >= 60'000, known.waits_a_minute);
    }
    if (decision.disposition == Disposition::kDeferred ||
        decision.disposition == Disposition::kReleased) {
      EXPECT_EQ(decision.unproven, known.unproven);
    }
  }
}

TEST(Park, GrowsToACapForEachClass) {
  const int64_t outage_ms[] = {1'000, 2'000, 4'000, 8'000, 16'000, 32'000, 60'000, 60'000};
  const int64_t key_ms[] = {5'000, 10'000, 20'000, 40'000, 80'000, 160'000, 300'000, 300'000};
  for (int parks = 1; parks <= 8; parks++) {
    EXPECT_EQ(ParkMs(Of(FailureClass::kOutage), parks, 0.5), outage_ms[parks - 1]);
    EXPECT_EQ(ParkMs(Of(FailureClass::kUnproven), parks, 0.5), outage_ms[parks - 1]);
    EXPECT_EQ(ParkMs(Of(FailureClass::kAuth), parks, 0.5), key_ms[parks - 1]);
    EXPECT_EQ(ParkMs(Of(FailureClass::kConfig), parks, 0.5), key_ms[parks - 1]);
  }
  EXPECT_EQ(ParkMs(Of(FailureClass::kQuota), 1, 0.5), 3'600'000);
  EXPECT_EQ(ParkMs(Of(FailureClass::kQuota), 9, 0.5), 6 * 3'600'000);
  EXPECT_EQ(ParkMs(Of(FailureClass::kOutage), kHuge, 0.5), 60'000);
}

TEST(Park, JittersByAFifthToBothSides) {
  EXPECT_EQ(ParkMs(Of(FailureClass::kOutage), 1, kLeast), 800);
  EXPECT_EQ(ParkMs(Of(FailureClass::kOutage), 1, kMost), 1'199);
  EXPECT_EQ(ParkMs(Of(FailureClass::kAuth), 30, kLeast), 240'000);
}

TEST(Park, LeavesAServerAloneForAsLongAsItAskedFor) {
  EXPECT_EQ(ParkMs(Of(FailureClass::kQuota, 5 * 3'600'000), 1, 0.5), 5 * 3'600'000);
  EXPECT_EQ(ParkMs(Of(FailureClass::kOutage, 90'000), 1, 0.5), 90'000);
}

}  // namespace
}  // namespace debrief

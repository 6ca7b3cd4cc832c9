// retry.cpp: the table of consequences.

#include "bgworker/core/policy/retry.h"

#include <algorithm>

#include "bgworker/core/policy/backoff.h"

namespace debrief {
namespace {

constexpr int64_t kRetryAfterMaxMs = int64_t{24} * 60 * 60 * 1000;
// How long a server is left alone after its first failure in a row, and at most.
struct Park {
  int64_t base_ms, cap_ms;
};
constexpr Park kUnreachablePark = {1'000, 60'000};
constexpr Park kFaultPark = {5'000, 300'000};
constexpr Park kQuotaPark = {3'600'000, 6 * 3'600'000};  // quotas come back by the day
constexpr double kParkJitter = 0.2;

int64_t Scaled(int64_t value_ms, double factor) {
  return static_cast<int64_t>(factor * static_cast<double>(value_ms));
}

// A busy server's "retry after 0 seconds" counts as no answer to the question.
int64_t RetryAfterMs(const Failure& failure) {
  return std::clamp<int64_t>(failure.retry_after_ms.value_or(0), 0, kRetryAfterMaxMs);
}

Park ParkOf(FailureClass failure_class) {
  if (failure_class == FailureClass::kUnreachable) return kUnreachablePark;
  return failure_class == FailureClass::kQuota ? kQuotaPark : kFaultPark;
}

Decision Retry(const Failure& failure, int attempt, const RetryPolicy& policy, double random) {
  if (attempt >= policy.attempts_max) return {.disposition = Disposition::kFail};
  // Full jitter: rows that failed together do not come back together.
  const int64_t ceiling_ms = Doubled(policy.backoff_base_ms, attempt - 1, policy.backoff_cap_ms);
  return {.disposition = Disposition::kRetry,
          .delay_ms = std::max(Scaled(ceiling_ms, random), RetryAfterMs(failure))};
}

Decision Defer(const Failure& failure, int deferrals, const RetryPolicy& policy, double random) {
  if (deferrals >= policy.deferrals_max) return {.disposition = Disposition::kFail};
  int64_t delay_ms = RetryAfterMs(failure);
  if (delay_ms == 0) {
    const int64_t ceiling_ms = Doubled(policy.backoff_base_ms, deferrals, policy.backoff_cap_ms);
    delay_ms = Scaled(ceiling_ms, 0.5 + random / 2);
  }
  return {.disposition = Disposition::kDefer, .delay_ms = delay_ms, .parks_server = delay_ms > 0};
}

}  // namespace

Decision Decide(const Failure& failure, int attempt, int deferrals, const RetryPolicy& policy,
                double random) {
  switch (failure.failure_class) {
    case FailureClass::kTransient:
    case FailureClass::kStaleInput:
      return Retry(failure, attempt, policy, random);
    case FailureClass::kRateLimited:
      return Defer(failure, deferrals, policy, random);
    case FailureClass::kUnreachable:
    case FailureClass::kAuth:
    case FailureClass::kConfig:
    case FailureClass::kQuota:
      return {.disposition = Disposition::kRelease, .parks_server = true};
    case FailureClass::kPermanent:
    case FailureClass::kBlocked:
    case FailureClass::kTooLarge:
      break;
  }
  return {.disposition = Disposition::kFail};
}

int64_t ParkMs(const Failure& failure, int failures, double random) {
  const Park park = ParkOf(failure.failure_class);
  const int64_t park_ms = Doubled(park.base_ms, failures - 1, park.cap_ms);
  return std::max(Scaled(park_ms, 1 - kParkJitter + 2 * kParkJitter * random),
                  RetryAfterMs(failure));
}

}  // namespace debrief

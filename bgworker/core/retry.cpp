// retry.cpp: the table of consequences.

#include "retry.h"

#include <algorithm>

namespace debrief {
namespace {

constexpr int64_t kRetryAfterMaxMs = int64_t{24} * 60 * 60 * 1000;
constexpr int64_t kUnreachableBaseMs = 1'000;
constexpr int64_t kUnreachableCapMs = 60'000;
constexpr int64_t kFaultBaseMs = 5'000;
constexpr int64_t kFaultCapMs = 300'000;

// base * 2^exponent, never above the cap and never overflowing.
int64_t Doubled(int64_t base_ms, int exponent, int64_t cap_ms) {
  int64_t value_ms = std::min(base_ms, cap_ms);
  for (int i = 0; i < exponent && value_ms < cap_ms; i++) value_ms = std::min(value_ms * 2, cap_ms);
  return value_ms;
}

int64_t RetryAfterMs(const Failure& failure) {
  return std::clamp<int64_t>(failure.retry_after_ms.value_or(0), 0, kRetryAfterMaxMs);
}

Decision Retry(const Failure& failure, int attempt, const RetryPolicy& policy, double random) {
  if (attempt >= policy.attempts_max) return {.disposition = Disposition::kFail};
  // Full jitter: rows that failed together do not come back together.
  const int64_t ceiling_ms =
      Doubled(policy.backoff_base_ms, std::max(0, attempt - 1), policy.backoff_cap_ms);
  const int64_t jittered_ms = static_cast<int64_t>(random * static_cast<double>(ceiling_ms));
  return {.disposition = Disposition::kRetry,
          .delay_ms = std::max(jittered_ms, RetryAfterMs(failure))};
}

Decision Defer(const Failure& failure, int deferrals, const RetryPolicy& policy, double random) {
  if (deferrals >= policy.deferrals_max) return {.disposition = Disposition::kFail};
  int64_t delay_ms = RetryAfterMs(failure);
  if (!failure.retry_after_ms) {
    const int64_t ceiling_ms = Doubled(policy.backoff_base_ms, deferrals, policy.backoff_cap_ms);
    delay_ms = static_cast<int64_t>((0.5 + random / 2) * static_cast<double>(ceiling_ms));
  }
  return {.disposition = Disposition::kDefer, .delay_ms = delay_ms, .park_server_ms = delay_ms};
}

}  // namespace

Decision Decide(const Failure& failure, int attempt, int deferrals, const RetryPolicy& policy,
                double random) {
  switch (failure.failure_class) {
    case FailureClass::kTransient:
      return Retry(failure, attempt, policy, random);
    case FailureClass::kRateLimited:
      return Defer(failure, deferrals, policy, random);
    case FailureClass::kUnreachable:
    case FailureClass::kAuth:
    case FailureClass::kConfig:
      // How long, ParkMs() says: it depends on the server's history, not on the row's.
      return {.disposition = Disposition::kRelease, .park_server_ms = 1};
    case FailureClass::kPermanent:
    case FailureClass::kBlocked:
    case FailureClass::kTooLarge:
      break;
  }
  return {.disposition = Disposition::kFail};
}

int64_t ParkMs(FailureClass failure_class, int failures, double random) {
  const bool unreachable = failure_class == FailureClass::kUnreachable;
  const int64_t base_ms = unreachable ? kUnreachableBaseMs : kFaultBaseMs;
  const int64_t cap_ms = unreachable ? kUnreachableCapMs : kFaultCapMs;
  const int64_t park_ms = Doubled(base_ms, std::max(0, failures - 1), cap_ms);
  return static_cast<int64_t>((0.8 + 0.4 * random) * static_cast<double>(park_ms));
}

}  // namespace debrief

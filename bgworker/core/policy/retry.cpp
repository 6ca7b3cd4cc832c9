// retry.cpp: the table of consequences.

#include "bgworker/core/policy/retry.h"

#include <algorithm>

#include "bgworker/core/policy/backoff.h"

namespace debrief {
namespace {

constexpr int64_t kRetryAfterMaxMs = int64_t{24} * 60 * 60 * 1000;
// Unproven failures of a row that fails alone are counted at least this far apart.
constexpr int64_t kUnprovenWaitMs = 60'000;
// How long a server is left alone the first time, and at most.
struct Park {
  int64_t base_ms, cap_ms;
};
constexpr Park kOutagePark = {1'000, 60'000};
constexpr Park kOperatorPark = {5'000, 300'000};         // keys and configuration
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
  switch (failure_class) {
    case FailureClass::kAuth:
    case FailureClass::kConfig:
      return kOperatorPark;
    case FailureClass::kQuota:
      return kQuotaPark;
    default:
      return kOutagePark;
  }
}

// What was laid at nobody before is the row's too, now that it is known whose fault it is.
Decision Charge(const Failure& failure, const RowHistory& row, const RetryPolicy& policy,
                double random) {
  const int attempt = row.attempt + row.unproven;
  if (attempt >= policy.attempts_max) return {.disposition = Disposition::kFailed};
  // Full jitter: rows that failed together do not come back together.
  const int64_t ceiling_ms = Doubled(policy.backoff_base_ms, attempt - 1, policy.backoff_cap_ms);
  return {.disposition = Disposition::kRetried,
          .delay_ms = std::max(Scaled(ceiling_ms, random), RetryAfterMs(failure))};
}

int64_t PauseMs(const Failure& failure, const Evidence& evidence, const RetryPolicy& policy,
                double random) {
  if (const int64_t named_ms = RetryAfterMs(failure); named_ms > 0) return named_ms;
  const int64_t ceiling_ms =
      Doubled(policy.backoff_base_ms, evidence.in_a_row - 1, policy.backoff_cap_ms);
  return Scaled(ceiling_ms, 0.5 + random / 2);
}

// The server's fault: while it is parked its rows wait for it, without a time of their own.
Decision PutOff(const Failure& failure, const RowHistory& row, const Evidence& evidence,
                const RetryPolicy& policy, double random) {
  if (evidence.is_parked) {
    return {.disposition = Disposition::kReleased, .unproven = row.unproven};
  }
  return {.disposition = Disposition::kDeferred,
          .delay_ms = PauseMs(failure, evidence, policy, random),
          .unproven = row.unproven};
}

Decision DecideUnproven(const Failure& failure, const RowHistory& row, const Evidence& evidence,
                        const RetryPolicy& policy, double random) {
  if (evidence.worked_since) return Charge(failure, row, policy, random);
  if (evidence.is_parked || evidence.fails_others) {
    return PutOff(failure, row, evidence, policy, random);
  }
  const bool counts = row.unproven_age_ms < 0 || row.unproven_age_ms >= kUnprovenWaitMs;
  if (counts && row.attempt + row.unproven >= policy.attempts_max) {
    return {.disposition = Disposition::kFailed};
  }
  // Most such failures pass at once: one more call, which is not counted, saves a minute then.
  const bool is_first = row.unproven_age_ms < 0;
  const int64_t wait_ms = is_first ? PauseMs(failure, evidence, policy, random) : kUnprovenWaitMs;
  return {.disposition = Disposition::kDeferred,
          .delay_ms = std::max(wait_ms, RetryAfterMs(failure)),
          .unproven = row.unproven + (counts ? 1 : 0)};
}

}  // namespace

Fault FaultOf(FailureClass failure_class) {
  switch (failure_class) {
    case FailureClass::kRateLimited:
      return Fault::kBusy;
    case FailureClass::kUnproven:
      return Fault::kUnproven;
    case FailureClass::kOutage:
    case FailureClass::kAuth:
    case FailureClass::kConfig:
    case FailureClass::kQuota:
      return Fault::kServer;
    case FailureClass::kTransient:
    case FailureClass::kStaleInput:
    case FailureClass::kPermanent:
    case FailureClass::kBlocked:
    case FailureClass::kTooLarge:
      break;
  }
  return Fault::kRow;
}

Decision Decide(const Failure& failure, const RowHistory& row, const Evidence& evidence,
                const RetryPolicy& policy, double random) {
  switch (FaultOf(failure.failure_class)) {
    case Fault::kServer:
      return PutOff(failure, row, evidence, policy, random);
    case Fault::kBusy:
      return {.disposition = Disposition::kDeferred,
              .delay_ms = PauseMs(failure, evidence, policy, random),
              .unproven = row.unproven};
    case Fault::kUnproven:
      return DecideUnproven(failure, row, evidence, policy, random);
    case Fault::kRow:
      break;
  }
  const bool may_pass = failure.failure_class == FailureClass::kTransient ||
                        failure.failure_class == FailureClass::kStaleInput;
  if (!may_pass) return {.disposition = Disposition::kFailed};
  return Charge(failure, row, policy, random);
}

int64_t ParkMs(const Failure& failure, int parks, double random) {
  const Park park = ParkOf(failure.failure_class);
  const int64_t park_ms = Doubled(park.base_ms, parks - 1, park.cap_ms);
  return std::max(Scaled(park_ms, 1 - kParkJitter + 2 * kParkJitter * random),
                  RetryAfterMs(failure));
}

}  // namespace debrief

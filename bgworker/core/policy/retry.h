// retry.h: whether a failed row is tried again, and when. Pure: randomness comes in as a number.
#pragma once

#include <cstdint>

#include "bgworker/core/model/failure.h"

namespace debrief {

// The limits of one row of debrief.stages.
struct RetryPolicy {
  int attempts_max = 3;
  int deferrals_max = 100;
  int64_t backoff_base_ms = 1'000;
  int64_t backoff_cap_ms = 60'000;
};

enum class Disposition {
  kRetry,    // queued again after delay_ms; the attempt stays counted
  kDefer,    // queued again after delay_ms; the attempt is given back, a deferral counted
  kRelease,  // queued again at once; the attempt is given back: the fault is the server's
  kFail,     // failed for good
};

// Its name in the SQL of _settle_failures() and in the log.
constexpr const char* DispositionName(Disposition disposition) {
  switch (disposition) {
    case Disposition::kRetry:
      return "retry";
    case Disposition::kDefer:
      return "defer";
    case Disposition::kRelease:
      return "release";
    case Disposition::kFail:
      break;
  }
  return "fail";
}

struct Decision {
  Disposition disposition = Disposition::kFail;
  int64_t delay_ms = 0;
  // Nobody calls this server for some time: with kDefer for delay_ms, with kRelease for ParkMs().
  bool parks_server = false;
};

// `attempt` counts the one that failed. `random` is uniform in [0, 1).
Decision Decide(const Failure& failure, int attempt, int deferrals, const RetryPolicy& policy,
                double random);

// How long nobody calls a server that failed `failures` times in a row (1 or more), the last time
// with this failure.
int64_t ParkMs(const Failure& failure, int failures, double random);

}  // namespace debrief

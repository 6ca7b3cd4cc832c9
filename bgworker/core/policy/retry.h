// retry.h: whose fault a failure is, whether its row is tried again, and when. Pure: randomness
// comes in as a number.
//
// A row is charged only for an answer about that row. What a status alone cannot tell (500, a
// timeout) is the row's when the server has worked for others since, or when nobody else fails
// there and it came often enough.
#pragma once

#include <cstdint>

#include "bgworker/core/model/failure.h"

namespace debrief {

// The limits of one row of debrief.stages.
struct RetryPolicy {
  int attempts_max = 3;
  int64_t backoff_base_ms = 1'000;
  int64_t backoff_cap_ms = 60'000;
};

enum class Fault {
  kRow,       // an answer about this row
  kServer,    // not about any row: the row is not charged
  kBusy,      // the server is well, and says when to come back
  kUnproven,  // the row's or the server's
};
Fault FaultOf(FailureClass failure_class);

enum class Disposition {
  kRetried,   // queued again after delay_ms; the attempt stays counted
  kDeferred,  // queued again after delay_ms; the attempt is returned
  kReleased,  // queued again at once, behind the others; the attempt is returned
  kFailed,    // failed for good
};

// Its name in SQL, in attempts.disposition and in the log.
constexpr const char* DispositionName(Disposition disposition) {
  switch (disposition) {
    case Disposition::kRetried:
      return "retried";
    case Disposition::kDeferred:
      return "deferred";
    case Disposition::kReleased:
      return "released";
    case Disposition::kFailed:
      break;
  }
  return "failed";
}

// What the row has met with.
struct RowHistory {
  int attempt = 1;               // counts the one that failed
  int unproven = 0;              // failures that were laid at nobody
  int64_t unproven_age_ms = -1;  // since the last of them was counted; -1: there is none
};

// What other calls say of the server.
struct Evidence {
  bool worked_since = false;  // for another row, since this row's call or its last unproven failure
  bool fails_others = false;  // for other rows too, since it last worked
  bool is_parked = false;     // nobody calls it for now
  int in_a_row = 1;           // failures since it last worked, this one counted
};

struct Decision {
  Disposition disposition = Disposition::kFailed;
  int64_t delay_ms = 0;
  int unproven = 0;  // what the row's count is from now on
};

// `random` is uniform in [0, 1).
Decision Decide(const Failure& failure, const RowHistory& row, const Evidence& evidence,
                const RetryPolicy& policy, double random);

// How long nobody calls a server that is parked the `parks`th time in a row (1 or more), the last
// time for this failure.
int64_t ParkMs(const Failure& failure, int parks, double random);

}  // namespace debrief

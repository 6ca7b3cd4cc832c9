// session_lost.h: what a row pays for the end of a session.
//
// A worker outside the server lives on when what it writes crashes the server (a trigger of the
// user's, a bug), and would write it again for ever. Rows that were written when the session ended
// (Attempt::sessions_lost) are written by themselves from then on; one that ends it again pays, as
// if it had taken its worker down.
#pragma once

#include "bgworker/backend/pg_error.h"
#include "bgworker/core/model/failure.h"

namespace debrief {

inline Failure WorkerLost(const PgError& error) {
  return Failure{.failure_class = FailureClass::kTransient,
                 .code = "worker_lost",
                 .message = "The worker stopped in the middle of this attempt.",
                 .detail = error.message};
}

}  // namespace debrief

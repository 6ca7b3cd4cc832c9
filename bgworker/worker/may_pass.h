// may_pass.h: errors of PostgreSQL that are of the moment.
#pragma once

#include "bgworker/backend/transaction.h"

namespace debrief {

// Whether an ERROR is of the moment (a lock, a conflict, no space, a shutdown) and not of the row's
// data or of a trigger that the user hung on our tables. At COMMIT a full NOTIFY queue is one too.
inline bool MayPass(const PgError& error) {
  if (error.at_commit && error.sqlstate == ERRCODE_PROGRAM_LIMIT_EXCEEDED) return true;
  switch (ERRCODE_TO_CATEGORY(error.sqlstate)) {
    case MAKE_SQLSTATE('2', '5', '0', '0', '0'):  // invalid transaction state: read only
    case MAKE_SQLSTATE('4', '0', '0', '0', '0'):  // transaction rollback
    case MAKE_SQLSTATE('5', '3', '0', '0', '0'):  // insufficient resources
    case MAKE_SQLSTATE('5', '5', '0', '0', '0'):  // object not in prerequisite state: locks
    case MAKE_SQLSTATE('5', '7', '0', '0', '0'):  // operator intervention
    case MAKE_SQLSTATE('5', '8', '0', '0', '0'):  // system error
      return true;
    default:
      return false;
  }
}

}  // namespace debrief

// may_pass.h: errors of PostgreSQL that are of the moment.
#pragma once

#include "bgworker/backend/pg_error.h"

namespace debrief {

// Whether an ERROR is of the moment (a lock, a conflict, no space, a shutdown) and not of the row's
// data or of a trigger that the user hung on our tables. At COMMIT a full NOTIFY queue is one too.
inline bool MayPass(const PgError& error) {
  if (error.at_commit && error.sqlstate == PackSqlState("54000")) return true;
  switch (SqlStateClass(error.sqlstate)) {
    case PackSqlState("25000"):  // invalid transaction state: read only
    case PackSqlState("40000"):  // transaction rollback
    case PackSqlState("53000"):  // insufficient resources
    case PackSqlState("55000"):  // object not in prerequisite state: locks
    case PackSqlState("57000"):  // operator intervention
    case PackSqlState("58000"):  // system error
      return true;
    default:
      return false;
  }
}

}  // namespace debrief

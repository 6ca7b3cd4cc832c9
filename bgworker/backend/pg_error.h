// pg_error.h: what an ERROR of PostgreSQL said.
#pragma once

namespace debrief {

// Cut to size; plain, so that it outlives the aborted transaction.
struct PgError {
  int sqlstate = 0;        // as MAKE_SQLSTATE() packs it
  bool at_commit = false;  // every statement went through
  char message[512] = "";
  char hint[256] = "";
};

}  // namespace debrief

// database_list.h: the databases of the cluster, from the shared catalogs.
#pragma once

extern "C" {
#include "postgres.h"
}

namespace debrief {

struct DatabaseEntry {
  Oid oid = InvalidOid;
  char name[NAMEDATALEN] = "";
};

inline constexpr int kDatabasesMax = 10'000;

// Fills at most kDatabasesMax places with the databases that take connections, in a transaction of
// its own; answers how many. `role` is that of the workers, InvalidOid when there is none yet. An
// ERROR ends the launcher, and the postmaster starts another.
int ReadDatabases(DatabaseEntry* databases, Oid* role);

}  // namespace debrief

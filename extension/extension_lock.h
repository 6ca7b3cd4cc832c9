// extension_lock.h: the lock that DROP EXTENSION takes first.
#pragma once

extern "C" {
#include "postgres.h"

#include "catalog/pg_extension.h"
#include "commands/extension.h"
#include "storage/lmgr.h"
}

namespace debrief {

// Until the transaction ends. DROP EXTENSION takes this lock first, and then those of the tables,
// in another order than a worker's statements: without it each could come to wait for the other,
// and the user's command would fail.
inline void HoldExtension() {
  const Oid extension = get_extension_oid("pg_debrief", true);
  if (OidIsValid(extension)) LockDatabaseObject(ExtensionRelationId, extension, 0, AccessShareLock);
}

}  // namespace debrief

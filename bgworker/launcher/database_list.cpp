// database_list.cpp: scans pg_database, which every database shares: SPI needs a database of its
// own.

extern "C" {
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_database.h"
#include "utils/acl.h"
#include "utils/inval.h"
#include "utils/snapmgr.h"
}

#include "bgworker/launcher/database_list.h"

namespace debrief {

int ReadDatabases(DatabaseEntry* databases, Oid* role) {
  int count = 0;
  SetCurrentStatementStartTimestamp();
  StartTransactionCommand();
  (void)GetTransactionSnapshot();
  // Who has woken us may not have announced yet what their commit has changed: they wake others
  // first, and under Citus all nodes commit in between.
  InvalidateSystemCaches();
  *role = get_role_oid("debrief_worker", true);
  Relation relation = table_open(DatabaseRelationId, AccessShareLock);
  TableScanDesc scan = table_beginscan_catalog(relation, 0, nullptr);
  HeapTuple tuple;
  while (count < kDatabasesMax &&
         HeapTupleIsValid(tuple = heap_getnext(scan, ForwardScanDirection))) {
    const Form_pg_database form = reinterpret_cast<Form_pg_database>(GETSTRUCT(tuple));
    // datconnlimit -2 is a database whose DROP was interrupted.
    if (form->datistemplate || !form->datallowconn || form->datconnlimit == -2) continue;
    databases[count].oid = form->oid;
    strlcpy(databases[count].name, NameStr(form->datname), NAMEDATALEN);
    count++;
  }
  table_endscan(scan);
  table_close(relation, AccessShareLock);
  CommitTransactionCommand();
  return count;
}

}  // namespace debrief

// utility_hooks.cpp: has workers leave a database that a command needs for itself, and wakes them
// when extensions, foreign servers or subscriptions change, and at COMMIT PREPARED.
//
// PostgreSQL waits five seconds for other sessions to leave; a worker takes milliseconds.

extern "C" {
#include "postgres.h"

#include "catalog/objectaccess.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_database.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_subscription.h"
#include "catalog/pg_user_mapping.h"
#include "commands/dbcommands.h"
#include "commands/defrem.h"
#include "commands/extension.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/parsenodes.h"
#include "parser/parse_func.h"
#include "tcop/utility.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
}

#include "extension/compat.h"
#include "extension/utility_hooks.h"
#include "extension/wakeup.h"

namespace debrief {
namespace {

ProcessUtility_hook_type previous_utility_hook = nullptr;
object_access_hook_type previous_access_hook = nullptr;

// As createdb() decides: everybody who may create databases copies templates, others their owner.
bool MayCopy(Oid database) {
  if (OwnsDatabase(database)) return true;
  bool is_template = false;
  HeapTuple tuple = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(database));
  if (HeapTupleIsValid(tuple)) {
    is_template = reinterpret_cast<Form_pg_database>(GETSTRUCT(tuple))->datistemplate;
    ReleaseSysCache(tuple);
  }
  return is_template;
}

bool MayCreateDatabases() {
  if (superuser()) return true;
  bool may = false;
  HeapTuple role = SearchSysCache1(AUTHOID, ObjectIdGetDatum(GetUserId()));
  if (HeapTupleIsValid(role)) {
    may = reinterpret_cast<Form_pg_authid>(GETSTRUCT(role))->rolcreatedb;
    ReleaseSysCache(role);
  }
  return may;
}

void NoteDeparture(Oid database) {
  const TimestampTz now = GetCurrentTimestamp();
  Departure* place = &shared->departures[0];
  for (Departure& departure : shared->departures) {
    if (departure.database == database || departure.not_before < now) {
      place = &departure;
      break;
    }
  }
  place->database = database;
  place->not_before = TimestampTzPlusMilliseconds(now, kStayAwayMs);
}

void SendWorkersAway(const char* database_name) {
  const Oid database = get_database_oid(database_name, true);
  if (!OidIsValid(database)) return;
  LWLockAcquire(shared->lock, LW_EXCLUSIVE);
  NoteDeparture(database);
  LWLockRelease(shared->lock);
  WakeNow(database, kWakeLeave);
}

void SendAwayFromTemplate(CreatedbStmt* statement) {
  ListCell* cell;
  foreach (cell, statement->options) {
    DefElem* option = lfirst_node(DefElem, cell);
    if (strcmp(option->defname, "template") != 0 || option->arg == nullptr) continue;
    const Oid database = get_database_oid(defGetString(option), true);
    if (OidIsValid(database) && MayCreateDatabases() && MayCopy(database)) {
      SendWorkersAway(defGetString(option));
    }
  }
}

void SendAwayFromAltered(AlterDatabaseStmt* statement) {
  ListCell* cell;
  foreach (cell, statement->options) {
    const Oid database = get_database_oid(statement->dbname, true);
    if (strcmp(lfirst_node(DefElem, cell)->defname, "tablespace") == 0 && OidIsValid(database) &&
        OwnsDatabase(database)) {
      SendWorkersAway(statement->dbname);
    }
  }
}

// What an application has built on us goes with CASCADE, and no CREATE EXTENSION brings it back.
void WarnOfDependents(DropStmt* drop) {
  bool is_ours = false;
  ListCell* cell;
  foreach (cell, drop->objects) is_ours |= strcmp(strVal(lfirst(cell)), "pg_debrief") == 0;
  if (!is_ours || drop->behavior != DROP_CASCADE || !superuser()) return;
  List* const name =
      list_make2(makeString(pstrdup("debrief")), makeString(pstrdup("_warn_of_dependents")));
  const Oid function = LookupFuncName(name, 0, nullptr, true);
  if (OidIsValid(function) && OidIsValid(get_extension_oid("pg_debrief", true))) {
    OidFunctionCall0(function);
  }
}

bool IsCommitPrepared(const Node* statement) {
  return statement != nullptr && IsA(statement, TransactionStmt) &&
         reinterpret_cast<const TransactionStmt*>(statement)->kind == TRANS_STMT_COMMIT_PREPARED;
}

// What it wrote was known to the session that prepared it, which may be gone. A database without
// the extension is not to have a worker look at it each time.
void WakeAfterPrepared() {
  const bool exists = OidIsValid(get_extension_oid("pg_debrief", true));
  WakeAtCommit(exists ? kWakeWork | kWakePrepared : kWakeLeave);
}

// Only who may run the command may send workers away by it.
void PrepareFor(Node* statement) {
  if (IsA(statement, DropdbStmt)) {
    const char* name = reinterpret_cast<DropdbStmt*>(statement)->dbname;
    const Oid database = get_database_oid(name, true);
    if (OidIsValid(database) && OwnsDatabase(database)) SendWorkersAway(name);
  } else if (IsA(statement, RenameStmt)) {
    auto* rename = reinterpret_cast<RenameStmt*>(statement);
    if (rename->renameType != OBJECT_DATABASE) return;
    const Oid database = get_database_oid(rename->subname, true);
    if (OidIsValid(database) && OwnsDatabase(database)) SendWorkersAway(rename->subname);
  } else if (IsA(statement, CreatedbStmt)) {
    SendAwayFromTemplate(reinterpret_cast<CreatedbStmt*>(statement));
  } else if (IsA(statement, AlterDatabaseStmt)) {
    SendAwayFromAltered(reinterpret_cast<AlterDatabaseStmt*>(statement));
  } else if (IsA(statement, DropStmt)) {
    auto* drop = reinterpret_cast<DropStmt*>(statement);
    if (drop->removeType == OBJECT_EXTENSION) WarnOfDependents(drop);
  }
}

}  // namespace

extern "C" {

static void OnUtility(PlannedStmt* planned, const char* query, bool read_only_tree,
                      ProcessUtilityContext context, ParamListInfo params,
                      QueryEnvironment* environment, DestReceiver* receiver,
                      QueryCompletion* completion) {
  const bool is_commit_prepared = shared != nullptr && IsCommitPrepared(planned->utilityStmt);
  if (shared != nullptr && planned->utilityStmt != nullptr) PrepareFor(planned->utilityStmt);
  if (previous_utility_hook != nullptr) {
    previous_utility_hook(planned, query, read_only_tree, context, params, environment, receiver,
                          completion);
  } else {
    standard_ProcessUtility(planned, query, read_only_tree, context, params, environment, receiver,
                            completion);
  }
  if (is_commit_prepared) WakeAfterPrepared();
}

static void OnObjectAccess(ObjectAccessType access, Oid class_id, Oid object_id, int sub_id,
                           void* argument) {
  if (previous_access_hook != nullptr) {
    previous_access_hook(access, class_id, object_id, sub_id, argument);
  }
  if (access != OAT_POST_CREATE && access != OAT_DROP && access != OAT_POST_ALTER) return;
  if (class_id == ExtensionRelationId || class_id == ForeignServerRelationId ||
      class_id == SubscriptionRelationId) {
    WakeAtCommit(kWakeWork | kWakeConfig);
  } else if (class_id == DatabaseRelationId) {
    WakeAtCommit(kWakeScan);
  }
}

}  // extern "C"

void InstallUtilityHooks() {
  previous_utility_hook = ProcessUtility_hook;
  ProcessUtility_hook = OnUtility;
  previous_access_hook = object_access_hook;
  object_access_hook = OnObjectAccess;
}

}  // namespace debrief

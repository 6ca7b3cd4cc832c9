// compat.h: the only place that asks which PostgreSQL this is (15, 17 and 18 are supported).
#pragma once

extern "C" {
#include "postgres.h"

#include "catalog/pg_database.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/latch.h"
#include "utils/acl.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"
#if PG_VERSION_NUM >= 180000
#include "storage/waiteventset.h"
#endif
}

#if PG_VERSION_NUM < 150000
#error "pg_debrief needs PostgreSQL 15 or newer"
#endif

namespace debrief {

// A wait event set that lives as long as the process.
inline WaitEventSet* CreateLifelongWaitEventSet(int events_max) {
#if PG_VERSION_NUM >= 170000
  return CreateWaitEventSet(nullptr, events_max);
#else
  return CreateWaitEventSet(TopMemoryContext, events_max);
#endif
}

// What pg_stat_activity.wait_event shows while the worker waits: named from 17 on.
inline uint32 WorkerWaitEvent() {
#if PG_VERSION_NUM >= 170000
  static uint32 event = 0;
  if (event == 0) event = WaitEventExtensionNew("DebriefWorkerMain");
  return event;
#else
  return PG_WAIT_EXTENSION;
#endif
}

inline bool OwnsDatabase(Oid database) {
#if PG_VERSION_NUM >= 160000
  return object_ownercheck(DatabaseRelationId, database, GetUserId());
#else
  return pg_database_ownercheck(database, GetUserId());
#endif
}

inline bool HasTransactionTimeout() { return PG_VERSION_NUM >= 170000; }

}  // namespace debrief

// From 18 on pg_get_loaded_modules() reports name and version.
#ifdef PG_MODULE_MAGIC_EXT
#define DEBRIEF_MODULE_MAGIC(library) \
  PG_MODULE_MAGIC_EXT(.name = library, .version = DEBRIEF_VERSION)
#else
#define DEBRIEF_MODULE_MAGIC(library) PG_MODULE_MAGIC
#endif

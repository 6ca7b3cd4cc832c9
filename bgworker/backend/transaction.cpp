// transaction.cpp: the door in the server. See transaction.h.

extern "C" {
#include "postgres.h"

#include "access/xact.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/interrupt.h"
#include "utils/backend_status.h"
#include "utils/elog.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
}

#include "bgworker/backend/fixed_text.h"
#include "bgworker/backend/slot.h"
#include "bgworker/backend/transaction.h"
#include "extension/extension_lock.h"

namespace debrief {
namespace {

void CopyError(PgError* error) {
  ErrorData* data = CopyErrorData();
  error->sqlstate = data->sqlerrcode;
  CopyText(data->message != nullptr ? data->message : "", error->message);
  CopyText(data->hint != nullptr ? data->hint : "", error->hint);
  FreeErrorData(data);
}

static_assert(PackSqlState("54000") == ERRCODE_PROGRAM_LIMIT_EXCEEDED);
static_assert(SqlStateClass(ERRCODE_LOCK_NOT_AVAILABLE) == PackSqlState("55000"));

}  // namespace

// SPI is connected and a snapshot pushed.
bool RunInTransaction(const char* activity, PgError* error,
                      void (*block)(void* data, MemoryContext context), void* data) {
  const MemoryContext caller_context = CurrentMemoryContext;
  volatile bool committed = false;
  volatile bool at_commit = false;
  // Cancels are for statements: termination.h.
  const uint32 cancels_held = QueryCancelHoldoffCount;
  QueryCancelHoldoffCount = 0;
  pgstat_report_activity(STATE_RUNNING, activity);
  PG_TRY();
  {
    // One SIGTERM cancels one statement, or one wait for a standby: another must not begin.
    if (ShutdownRequestPending) ereport(ERROR, errcode(ERRCODE_QUERY_CANCELED), errmsg("ending"));
    ResetAllOptions();
    SetCurrentStatementStartTimestamp();
    StartTransactionCommand();
    HoldExtension();
    SPI_connect();
    PushActiveSnapshot(GetTransactionSnapshot());
    block(data, caller_context);
    PopActiveSnapshot();
    SPI_finish();
    ResetAllOptions();
    // Now, so that what a deferred trigger sets does not reach the commit.
    AfterTriggerFireDeferred();
    ResetAllOptions();
    ForceSyncCommit();
    at_commit = true;
    slot::SetCommitting(GetCurrentStatementStartTimestamp());
    CommitTransactionCommand();
    committed = true;
  }
  PG_CATCH();
  {
    // The order of do_autovacuum(): nothing may interrupt the cleaning up.
    HOLD_INTERRUPTS();
    MemoryContextSwitchTo(caller_context);
    CopyError(error);
    error->at_commit = at_commit;
    AbortOutOfAnyTransaction();
    FlushErrorState();
    RESUME_INTERRUPTS();
  }
  PG_END_TRY();
  QueryCancelHoldoffCount = cancels_held;
  slot::SetCommitting(0);
  // After a commit the current context is TopMemoryContext: leaks there last for ever.
  MemoryContextSwitchTo(caller_context);
  pgstat_report_activity(STATE_IDLE, nullptr);
  return committed;
}

}  // namespace debrief

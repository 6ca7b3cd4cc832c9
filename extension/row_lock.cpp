// row_lock.cpp: who holds a row in a mode in which a claim passes over it. SQL shows xmax, but not
// what it is: a claim waits for no KEY SHARE, which foreign keys take, and of several holders xmax
// is a multixact.

extern "C" {
#include "postgres.h"

#include "access/htup_details.h"
#include "access/multixact.h"
#include "access/subtrans.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "fmgr.h"
#include "storage/bufmgr.h"
#include "storage/procarray.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
}

namespace debrief {
namespace {

// pg_locks has no subtransaction once its savepoint is released, or its block has ended.
TransactionId Holder(TransactionId xid) {
  if (TransactionIdIsCurrentTransactionId(xid) || !TransactionIdIsInProgress(xid))
    return InvalidTransactionId;
  return SubTransGetTopmostTransaction(xid);
}

TransactionId HolderAmong(MultiXactId holders, bool are_locks) {
  MultiXactMember* members;
  const int count = GetMultiXactIdMembers(holders, &members, false, are_locks);
  TransactionId holder = InvalidTransactionId;
  for (int i = 0; i < count && !TransactionIdIsValid(holder); i++) {
    if (members[i].status != MultiXactStatusForKeyShare) holder = Holder(members[i].xid);
  }
  return holder;
}

TransactionId HolderOf(uint16 mask, TransactionId xmax) {
  const bool is_lock = HEAP_XMAX_IS_LOCKED_ONLY(mask);
  if ((mask & HEAP_XMAX_INVALID) || HEAP_LOCKED_UPGRADED(mask)) return InvalidTransactionId;
  if (mask & HEAP_XMAX_IS_MULTI) return HolderAmong(xmax, is_lock);
  return is_lock && HEAP_XMAX_IS_KEYSHR_LOCKED(mask) ? InvalidTransactionId : Holder(xmax);
}

}  // namespace
}  // namespace debrief

extern "C" {

PG_FUNCTION_INFO_V1(debrief_row_holder);

PGDLLEXPORT Datum debrief_row_holder(PG_FUNCTION_ARGS) {
  const Relation table = table_open(PG_GETARG_OID(0), AccessShareLock);
  TupleTableSlot* const slot = table_slot_create(table, nullptr);
  TransactionId holder = InvalidTransactionId;
  const ItemPointer place = reinterpret_cast<ItemPointer>(PG_GETARG_POINTER(1));
  if (table_tuple_fetch_row_version(table, place, GetActiveSnapshot(), slot)) {
    // Both change together, under this lock.
    const Buffer buffer = reinterpret_cast<BufferHeapTupleTableSlot*>(slot)->buffer;
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    bool is_copy;
    const HeapTupleHeader row = ExecFetchSlotHeapTuple(slot, false, &is_copy)->t_data;
    const uint16 mask = row->t_infomask;
    const TransactionId xmax = HeapTupleHeaderGetRawXmax(row);
    LockBuffer(buffer, BUFFER_LOCK_UNLOCK);
    holder = debrief::HolderOf(mask, xmax);
  }
  ExecDropSingleTupleTableSlot(slot);
  table_close(table, AccessShareLock);
  if (!TransactionIdIsValid(holder)) PG_RETURN_NULL();
  PG_RETURN_TRANSACTIONID(holder);
}

}  // extern "C"

// feedback_update.cpp: the trigger by which an edited message, or a status set by hand, restarts a
// stage and makes the results in flight stale.
//
// It is written in C because every update pays for it, the worker's own too: as a WHEN clause, its
// condition was a fifth of what the update of one row cost, since PostgreSQL parses the clause from
// the catalog in each statement.

extern "C" {
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"
}

#include "extension/feedback_row.h"
#include "extension/wakeup.h"

namespace debrief {
namespace {

using enum FeedbackColumn;

struct Row {
  HeapTuple tuple;
  TupleDesc columns;
  SqlValue operator[](FeedbackColumn column) const { return ValueOf(tuple, columns, column); }
  bool MayBeSpoken() const {
    return Is((*this)[kAudioStatus], "queued") && Is((*this)[kSsmlStatus], "completed");
  }
};

// As the operator <>: not true where one of them is null.
bool Differ(PGFunction equal, SqlValue a, SqlValue b) {
  return !a.is_null && !b.is_null &&
         !DatumGetBool(DirectFunctionCall2Coll(equal, C_COLLATION_OID, a.datum, b.datum));
}

bool ChangesOwner(const Row& before, const Row& after) {
  return Differ(uuid_eq, before[kUserId], after[kUserId]) ||
         Differ(int8eq, before[kJobId], after[kJobId]);
}

// Whether somebody set a status: whoever knows the columns of the queue sets them with it.
bool SetsStatus(const Row& before, const Row& after) {
  const SqlValue ssml_status = after[kSsmlStatus];
  const bool is_ssml_due = !after[kSsmlDueAt].is_null, is_audio_due = !after[kAudioDueAt].is_null;
  if (Is(ssml_status, "queued")) {
    if (!is_ssml_due && !Is(before[kSsmlStatus], "queued")) return true;
  } else if (is_ssml_due) {
    return true;
  }
  if (after.MayBeSpoken()) {
    if (!is_audio_due && !before.MayBeSpoken()) return true;
  } else if (is_audio_due) {
    return true;
  }
  return !after[kClaimToken].is_null && !Is(ssml_status, "processing") &&
         !Is(after[kAudioStatus], "processing");
}

bool SameText(SqlValue a, SqlValue b) { return !Differ(texteq, a, b); }

SqlValue Trimmed(SqlValue message) {
  return message.is_null ? kSqlNull : SqlValue{DirectFunctionCall1(btrim1, message.datum), false};
}

// The rest of a claim goes, too: what is under way is stale.
void ForgetClaim(const Row& before, SqlValue not_before, FeedbackChange* change) {
  if (!before[kClaimToken].is_null) WakeAtCommit(kWakeWork | kWakeRevoked);
  change->Set(kUnproven, {Int32GetDatum(0), false});
  change->Set(kUnprovenAt, kSqlNull);
  change->Set(kAskedAt, DueNow(not_before));
  change->Set(kDismissedAt, kSqlNull);
  change->Set(kClaimToken, kSqlNull);
  change->Set(kClaimedBy, kSqlNull);
  change->Set(kLeaseExpiresAt, kSqlNull);
}

HeapTuple Restarted(const Row& before, const Row& after) {
  const SqlValue message = after[kMessage], not_before = after[kNotBefore];
  const SqlValue now = {TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()), false};
  const bool speaks = Speaks(message);
  SqlValue ssml_status = after[kSsmlStatus], audio_status = after[kAudioStatus];
  if (Differ(texteq, Trimmed(before[kMessage]), Trimmed(message))) {
    ssml_status = StatusValue("queued");
  } else if (SameText(ssml_status, before[kSsmlStatus]) &&
             SameText(audio_status, before[kAudioStatus])) {
    return after.tuple;  // white space only
  }
  FeedbackChange change;
  const bool restarts_ssml = Is(ssml_status, "queued");
  if (restarts_ssml) {
    audio_status = ssml_status;
    change.Set(kSsmlStatus, ssml_status);
    change.Set(kSsmlAttempts, {Int32GetDatum(0), false});
    change.Set(kSsmlLastError, kSqlNull);
    change.Set(kSsmlErrorCode, kSqlNull);
    change.Set(kSsmlUpdatedAt, now);
  }
  change.Set(kSsmlDueAt, restarts_ssml && speaks ? DueNow(not_before) : kSqlNull);
  const bool restarts_audio = Is(audio_status, "queued");
  if (restarts_audio) {
    change.Set(kAudioStatus, audio_status);
    change.Set(kAudioAttempts, {Int32GetDatum(0), false});
    change.Set(kAudioLastError, kSqlNull);
    change.Set(kAudioErrorCode, kSqlNull);
    change.Set(kAudioUpdatedAt, now);
  }
  const bool is_audio_due = restarts_audio && speaks && Is(ssml_status, "completed");
  change.Set(kAudioDueAt, is_audio_due ? DueNow(not_before) : kSqlNull);
  ForgetClaim(before, not_before, &change);
  return change.AppliedTo(after.tuple, after.columns);
}

HeapTuple Updated(const Row& before, const Row& after) {
  if (ChangesOwner(before, after)) {
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
            errmsg("user_id and analysis_job_id cannot change"));
  }
  const bool is_edited = Differ(texteq, before[kMessage], after[kMessage]);
  return is_edited || SetsStatus(before, after) ? Restarted(before, after) : after.tuple;
}

}  // namespace
}  // namespace debrief

extern "C" {

PG_FUNCTION_INFO_V1(debrief_feedback_update);

PGDLLEXPORT Datum debrief_feedback_update(PG_FUNCTION_ARGS) {
  const TriggerData* const data = reinterpret_cast<const TriggerData*>(fcinfo->context);
  if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(data->tg_event) ||
      !TRIGGER_FIRED_FOR_ROW(data->tg_event) || !TRIGGER_FIRED_BY_UPDATE(data->tg_event)) {
    ereport(ERROR, errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
            errmsg("debrief._feedback_update() must be called as a trigger before an update, for "
                   "each row"));
  }
  const TupleDesc columns = RelationGetDescr(data->tg_relation);
  return PointerGetDatum(
      debrief::Updated({data->tg_trigtuple, columns}, {data->tg_newtuple, columns}));
}

}  // extern "C"

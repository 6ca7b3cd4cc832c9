// feedback_insert.cpp: the trigger that fills a new row of analysis_feedback from its job and
// queues it.
//
// It is written in C because every writer pays for it. It runs with the rights of whoever inserts:
// they find the job only if they may read it.

extern "C" {
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/uuid.h"
}

#include "extension/feedback_row.h"
#include "extension/wakeup.h"

namespace debrief {
namespace {

// The job of the statement's last row, which the next one is likely to have too.
struct KnownJob {
  int64 id;
  pg_uuid_t user_id;
};

SqlValue SelectOwner(SqlValue job_id) {
  static SPIPlanPtr plan = nullptr;
  if (plan == nullptr) {
    Oid type = INT8OID;
    // Generic: otherwise each session would plan its first five again.
    const SPIPlanPtr prepared = SPI_prepare_cursor(
        "select j.user_id::pg_catalog.uuid from debrief.analysis_jobs j where j.id "
        "operator(pg_catalog.=) $1",
        1, &type, CURSOR_OPT_GENERIC_PLAN);
    if (prepared == nullptr)
      elog(ERROR, "could not prepare: %s", SPI_result_code_string(SPI_result));
    SPI_keepplan(prepared);
    plan = prepared;
  }
  const char null = job_id.is_null ? 'n' : ' ';
  SPI_execute_plan(plan, &job_id.datum, &null, false, 1);
  if (SPI_processed == 0) {
    ereport(ERROR, errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
            job_id.is_null ? errmsg("analysis job <NULL> does not exist")
                           : errmsg("analysis job " INT64_FORMAT " does not exist",
                                    DatumGetInt64(job_id.datum)));
  }
  SqlValue user_id;
  user_id.datum = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &user_id.is_null);
  return user_id;
}

const KnownJob* JobOf(SqlValue job_id, FmgrInfo* function) {
  KnownJob* known = static_cast<KnownJob*>(function->fn_extra);
  if (known != nullptr && !job_id.is_null && known->id == DatumGetInt64(job_id.datum)) return known;
  SPI_connect();
  const SqlValue user_id = SelectOwner(job_id);
  if (user_id.is_null)
    ereport(ERROR, errcode(ERRCODE_NOT_NULL_VIOLATION), errmsg("an analysis job needs an owner"));
  if (known == nullptr)
    known = static_cast<KnownJob*>(MemoryContextAlloc(function->fn_mcxt, sizeof(KnownJob)));
  *known = {DatumGetInt64(job_id.datum), *DatumGetUUIDP(user_id.datum)};
  function->fn_extra = known;
  SPI_finish();
  return known;
}

HeapTuple Filled(HeapTuple row, TupleDesc columns, FmgrInfo* function) {
  using enum FeedbackColumn;
  const auto value = [=](FeedbackColumn column) { return ValueOf(row, columns, column); };
  const KnownJob* const job = JobOf(value(kJobId), function);
  bool ssml_is_due = false, audio_is_due = false;
  if (Speaks(value(kMessage))) {
    const SqlValue ssml_status = value(kSsmlStatus);
    ssml_is_due = Is(ssml_status, "queued");
    audio_is_due = Is(ssml_status, "completed") && Is(value(kAudioStatus), "queued");
  }
  // Marked here, not by triggers of their own: one with a WHEN clause, and one for the statement,
  // cost an INSERT a hundredth.
  if (ssml_is_due) WakeForRows(WakeOf(Stage::kSsml));
  if (audio_is_due) WakeForRows(WakeOf(Stage::kAudio));
  const SqlValue not_before = value(kNotBefore);
  FeedbackChange change;
  change.Set(kUserId, {UUIDPGetDatum(&job->user_id), false});
  change.Set(kSsmlDueAt, ssml_is_due ? DueNow(not_before) : kSqlNull);
  change.Set(kAudioDueAt, audio_is_due ? DueNow(not_before) : kSqlNull);
  change.Set(kAskedAt, Later(value(kAskedAt), not_before));
  return change.AppliedTo(row, columns);
}

}  // namespace
}  // namespace debrief

extern "C" {

PG_FUNCTION_INFO_V1(debrief_feedback_insert);

PGDLLEXPORT Datum debrief_feedback_insert(PG_FUNCTION_ARGS) {
  const TriggerData* const data = reinterpret_cast<const TriggerData*>(fcinfo->context);
  if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(data->tg_event) ||
      !TRIGGER_FIRED_FOR_ROW(data->tg_event) || !TRIGGER_FIRED_BY_INSERT(data->tg_event)) {
    ereport(ERROR, errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
            errmsg("debrief._feedback_insert() must be called as a trigger before an insert, for "
                   "each row"));
  }
  return PointerGetDatum(
      debrief::Filled(data->tg_trigtuple, RelationGetDescr(data->tg_relation), fcinfo->flinfo));
}

}  // extern "C"

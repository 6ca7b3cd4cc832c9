// feedback_insert.cpp: the trigger that fills a new row of analysis_feedback from its job and
// queues it.
//
// It is written in C because every writer pays for it. It runs with the rights of whoever inserts:
// they find the job only if they may read it.

extern "C" {
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"
}

namespace debrief {
namespace {

// What has nothing to speak does not match. The same list: debrief._is_blank().
constexpr char kSpeaks[] =
    "[^\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f-\\u1160\\u1680\\u17b4-\\u17b5"
    "\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164"
    "\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff9-\\ufffb\\U000e0000-\\U000e0fff]";

// Of one statement: where the columns are, and the job of the last row, which the next one is
// likely to have too.
struct Statement {
  int job_id, user_id, message, ssml_status, audio_status;
  int ssml_due_at, audio_due_at, asked_at, not_before;
  Datum speaks;
  bool knows_job;
  int64 known_job_id;
  pg_uuid_t known_user_id;
};

int ColumnOf(TupleDesc columns, const char* name, Oid type) {
  const int number = SPI_fnumber(columns, name);
  if (number <= 0 || TupleDescAttr(columns, number - 1)->atttypid != type) {
    ereport(
        ERROR, errcode(ERRCODE_DATATYPE_MISMATCH),
        errmsg("analysis_feedback needs a column \"%s\" of type %s", name, format_type_be(type)));
  }
  return number;
}

Statement* StatementOf(FmgrInfo* function, TupleDesc columns) {
  if (function->fn_extra != nullptr) return static_cast<Statement*>(function->fn_extra);
  const MemoryContext before = MemoryContextSwitchTo(function->fn_mcxt);
  Statement* const found = static_cast<Statement*>(palloc0(sizeof(Statement)));
  found->job_id = ColumnOf(columns, "analysis_job_id", INT8OID);
  found->user_id = ColumnOf(columns, "user_id", UUIDOID);
  found->message = ColumnOf(columns, "message", TEXTOID);
  found->ssml_status = ColumnOf(columns, "ssml_status", TEXTOID);
  found->audio_status = ColumnOf(columns, "audio_status", TEXTOID);
  found->ssml_due_at = ColumnOf(columns, "ssml_due_at", TIMESTAMPTZOID);
  found->audio_due_at = ColumnOf(columns, "audio_due_at", TIMESTAMPTZOID);
  found->asked_at = ColumnOf(columns, "asked_at", TIMESTAMPTZOID);
  found->not_before = ColumnOf(columns, "not_before", TIMESTAMPTZOID);
  found->speaks = CStringGetTextDatum(kSpeaks);
  MemoryContextSwitchTo(before);
  function->fn_extra = found;
  return found;
}

struct Value {
  Datum datum;
  bool is_null;
};

Value ValueOf(const TriggerData* data, int column) {
  Value value;
  value.datum =
      heap_getattr(data->tg_trigtuple, column, RelationGetDescr(data->tg_relation), &value.is_null);
  return value;
}

bool Is(Value status, const char* expected) {
  if (status.is_null) return false;
  const text* const found = DatumGetTextPP(status.datum);
  const size_t length = VARSIZE_ANY_EXHDR(found);
  return length == strlen(expected) && memcmp(VARDATA_ANY(found), expected, length) == 0;
}

// As greatest(): null only where both are.
Value Later(Value a, Value b) {
  if (a.is_null || (!b.is_null && DatumGetTimestampTz(b.datum) > DatumGetTimestampTz(a.datum)))
    return b;
  return a;
}

void FindOwner(Value job_id, Statement* statement) {
  if (!job_id.is_null && statement->knows_job &&
      statement->known_job_id == DatumGetInt64(job_id.datum))
    return;
  static SPIPlanPtr plan = nullptr;
  SPI_connect();
  if (plan == nullptr) {
    Oid type = INT8OID;
    const SPIPlanPtr prepared = SPI_prepare(
        "select j.user_id::pg_catalog.uuid from debrief.analysis_jobs j where j.id "
        "operator(pg_catalog.=) $1",
        1, &type);
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
  bool is_null = false;
  const Datum user_id = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null);
  if (is_null)
    ereport(ERROR, errcode(ERRCODE_NOT_NULL_VIOLATION), errmsg("an analysis job needs an owner"));
  statement->known_job_id = DatumGetInt64(job_id.datum);
  statement->known_user_id = *DatumGetUUIDP(user_id);
  statement->knows_job = true;
  SPI_finish();
}

bool Speaks(Value message, const Statement& statement) {
  return !message.is_null && DatumGetBool(DirectFunctionCall2Coll(textregexeq, C_COLLATION_OID,
                                                                  message.datum, statement.speaks));
}

HeapTuple Filled(const TriggerData* data, Statement* statement) {
  FindOwner(ValueOf(data, statement->job_id), statement);
  const Value not_before = ValueOf(data, statement->not_before);
  const Value asked_at = Later(ValueOf(data, statement->asked_at), not_before);
  bool ssml_is_due = false, audio_is_due = false;
  if (Speaks(ValueOf(data, statement->message), *statement)) {
    const Value ssml_status = ValueOf(data, statement->ssml_status);
    ssml_is_due = Is(ssml_status, "queued");
    audio_is_due =
        Is(ssml_status, "completed") && Is(ValueOf(data, statement->audio_status), "queued");
  }
  const Value due_at = ssml_is_due || audio_is_due
                           ? Later({TimestampTzGetDatum(GetCurrentTimestamp()), false}, not_before)
                           : Value{0, true};
  int columns[] = {statement->user_id, statement->ssml_due_at, statement->audio_due_at,
                   statement->asked_at};
  Datum values[] = {UUIDPGetDatum(&statement->known_user_id), due_at.datum, due_at.datum,
                    asked_at.datum};
  bool nulls[] = {false, !ssml_is_due, !audio_is_due, asked_at.is_null};
  return heap_modify_tuple_by_cols(data->tg_trigtuple, RelationGetDescr(data->tg_relation),
                                   lengthof(columns), columns, values, nulls);
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
  debrief::Statement* const statement =
      debrief::StatementOf(fcinfo->flinfo, RelationGetDescr(data->tg_relation));
  return PointerGetDatum(debrief::Filled(data, statement));
}

}  // extern "C"

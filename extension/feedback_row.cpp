// feedback_row.cpp: columns found by name, and remembered; what triggers in C ask of their values.

extern "C" {
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
}

#include "extension/feedback_row.h"

namespace debrief {
namespace {

// What has nothing to speak does not match. The same list: debrief._is_blank().
constexpr char kSpeaks[] =
    "[^\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f-\\u1160\\u1680\\u17b4-\\u17b5"
    "\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164"
    "\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff9-\\ufffb\\U000e0000-\\U000e0fff]";

struct Place {
  const char* name;
  Oid type;
  int number;  // where it was the last time
};

// In the order of FeedbackColumn.
Place places[kFeedbackColumns] = {
    {"analysis_job_id", INT8OID, 0},
    {"user_id", UUIDOID, 0},
    {"message", TEXTOID, 0},
    {"not_before", TIMESTAMPTZOID, 0},
    {"asked_at", TIMESTAMPTZOID, 0},
    {"dismissed_at", TIMESTAMPTZOID, 0},
    {"unproven", INT4OID, 0},
    {"unproven_at", TIMESTAMPTZOID, 0},
    {"claim_token", INT8OID, 0},
    {"claimed_by", INT8OID, 0},
    {"lease_expires_at", TIMESTAMPTZOID, 0},
    {"ssml_status", TEXTOID, 0},
    {"ssml_attempts", INT4OID, 0},
    {"ssml_last_error", TEXTOID, 0},
    {"ssml_error_code", TEXTOID, 0},
    {"ssml_updated_at", TIMESTAMPTZOID, 0},
    {"ssml_due_at", TIMESTAMPTZOID, 0},
    {"audio_status", TEXTOID, 0},
    {"audio_attempts", INT4OID, 0},
    {"audio_last_error", TEXTOID, 0},
    {"audio_error_code", TEXTOID, 0},
    {"audio_updated_at", TIMESTAMPTZOID, 0},
    {"audio_due_at", TIMESTAMPTZOID, 0},
};

bool IsAt(const Place& place, TupleDesc columns, int number) {
  const Form_pg_attribute column = TupleDescAttr(columns, number - 1);
  return !column->attisdropped && strcmp(NameStr(column->attname), place.name) == 0;
}

int NumberOf(FeedbackColumn column, TupleDesc columns) {
  Place& place = places[static_cast<int>(column)];
  if (place.number == 0 || place.number > columns->natts || !IsAt(place, columns, place.number)) {
    place.number = 1;
    while (place.number <= columns->natts && !IsAt(place, columns, place.number)) place.number++;
  }
  if (place.number > columns->natts ||
      TupleDescAttr(columns, place.number - 1)->atttypid != place.type) {
    ereport(ERROR, errcode(ERRCODE_DATATYPE_MISMATCH),
            errmsg("analysis_feedback needs a column \"%s\" of type %s", place.name,
                   format_type_be(place.type)));
  }
  return place.number;
}

}  // namespace

SqlValue ValueOf(HeapTuple row, TupleDesc columns, FeedbackColumn column) {
  SqlValue value;
  value.datum = heap_getattr(row, NumberOf(column, columns), columns, &value.is_null);
  return value;
}

void FeedbackChange::Set(FeedbackColumn column, SqlValue value) {
  columns_[count_] = column;
  values_[count_++] = value;
}

HeapTuple FeedbackChange::AppliedTo(HeapTuple row, TupleDesc columns) const {
  int numbers[kFeedbackColumns];
  Datum values[kFeedbackColumns];
  bool nulls[kFeedbackColumns];
  for (int i = 0; i < count_; i++) {
    numbers[i] = NumberOf(columns_[i], columns);
    values[i] = values_[i].datum;
    nulls[i] = values_[i].is_null;
  }
  return heap_modify_tuple_by_cols(row, columns, count_, numbers, values, nulls);
}

bool Is(SqlValue status, const char* expected) {
  if (status.is_null) return false;
  const text* const found = DatumGetTextPP(status.datum);
  const size_t length = VARSIZE_ANY_EXHDR(found);
  return length == strlen(expected) && memcmp(VARDATA_ANY(found), expected, length) == 0;
}

SqlValue StatusValue(const char* status) { return {CStringGetTextDatum(status), false}; }

SqlValue Later(SqlValue a, SqlValue b) {
  const bool is_b =
      a.is_null || (!b.is_null && DatumGetTimestampTz(b.datum) > DatumGetTimestampTz(a.datum));
  return is_b ? b : a;
}

SqlValue DueNow(SqlValue not_before) {
  return Later({TimestampTzGetDatum(GetCurrentTimestamp()), false}, not_before);
}

bool Speaks(SqlValue message) {
  static text* speaks = nullptr;
  if (speaks == nullptr) {
    const MemoryContext before = MemoryContextSwitchTo(TopMemoryContext);
    speaks = cstring_to_text(kSpeaks);
    MemoryContextSwitchTo(before);
  }
  return !message.is_null &&
         DatumGetBool(DirectFunctionCall2Coll(textregexeq, C_COLLATION_OID, message.datum,
                                              PointerGetDatum(speaks)));
}

}  // namespace debrief

// history_functions.cpp: arithmetic on the histograms of the history.

extern "C" {
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "fmgr.h"
#include "utils/array.h"
}

namespace debrief {
namespace {

// A plain array of bigint, without nulls.
int LengthOf(ArrayType* array) {
  if (ARR_NDIM(array) > 1 || ARR_HASNULL(array)) {
    ereport(ERROR, (errcode(ERRCODE_ARRAY_ELEMENT_ERROR),
                    errmsg("buckets must be a one-dimensional array without nulls")));
  }
  return ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
}

}  // namespace
}  // namespace debrief

extern "C" {

PG_FUNCTION_INFO_V1(debrief_add_buckets);

// The first argument is changed in place where it is the state of an aggregate.
PGDLLEXPORT Datum debrief_add_buckets(PG_FUNCTION_ARGS) {
  ArrayType* const sum = AggCheckCallContext(fcinfo, nullptr) != 0 ? PG_GETARG_ARRAYTYPE_P(0)
                                                                   : PG_GETARG_ARRAYTYPE_P_COPY(0);
  ArrayType* const added = PG_GETARG_ARRAYTYPE_P(1);
  const int length = debrief::LengthOf(sum);
  if (length != debrief::LengthOf(added)) {
    ereport(ERROR,
            (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR), errmsg("buckets must be of equal number")));
  }
  int64* const to = reinterpret_cast<int64*>(ARR_DATA_PTR(sum));
  const int64* const from = reinterpret_cast<const int64*>(ARR_DATA_PTR(added));
  for (int i = 0; i < length; i++) {
    if (pg_add_s64_overflow(to[i], from[i], &to[i])) {
      ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("bigint out of range")));
    }
  }
  PG_RETURN_ARRAYTYPE_P(sum);
}

}  // extern "C"

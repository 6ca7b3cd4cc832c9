// planted_faults.cpp: faults that the sanitizers must report when a server runs them. It shows that
// make asan would see one of ours: the same compiler, flags, preloading and folder of reports.
#include <vector>

extern "C" {
#include "postgres.h"

#include "fmgr.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(heap_overflow);
PG_FUNCTION_INFO_V1(integer_overflow);

PGDLLEXPORT Datum heap_overflow(PG_FUNCTION_ARGS) {
  const std::vector<int32> numbers(static_cast<size_t>(PG_GETARG_INT32(0) % 7 + 1));
  PG_RETURN_INT32(numbers.data()[numbers.size()]);
}

PGDLLEXPORT Datum integer_overflow(PG_FUNCTION_ARGS) { PG_RETURN_INT32(PG_GETARG_INT32(0) + 1); }
}

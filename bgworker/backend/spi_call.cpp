// spi_call.cpp: statements by SPI: the only user of SPI beside the door.
//
// Nothing here has a destructor: every function may be left by longjmp.

extern "C" {
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
}

#include "bgworker/backend/statement.h"

namespace debrief {
namespace {

Oid TypeOf(SqlArgument::Kind kind) {
  switch (kind) {
    case SqlArgument::Kind::kInt:
      return INT8OID;
    case SqlArgument::Kind::kText:
      return TEXTOID;
    case SqlArgument::Kind::kInts:
      return INT8ARRAYOID;
    case SqlArgument::Kind::kTexts:
    case SqlArgument::Kind::kNullableTexts:
      return TEXTARRAYOID;
    case SqlArgument::Kind::kBytes:
      return BYTEAARRAYOID;
  }
  return InvalidOid;
}

// The core works in UTF-8, the database in its own encoding; a character it lacks is an ERROR.
Datum TextDatum(const std::string& value) {
  const char* bytes = value.data();
  int length = static_cast<int>(value.size());
  char* converted = pg_any_to_server(bytes, length, PG_UTF8);
  if (converted != bytes) length = static_cast<int>(strlen(converted));
  return PointerGetDatum(cstring_to_text_with_len(converted, length));
}

Datum ByteaDatum(const std::string& value) {
  // A text and a bytea are the same varlena.
  return PointerGetDatum(cstring_to_text_with_len(value.data(), static_cast<int>(value.size())));
}

Datum ArrayDatum(Datum* items, bool* nulls, size_t count, Oid type) {
  const bool by_value = type == INT8OID;
  int dimensions[1] = {static_cast<int>(count)};
  int lower_bounds[1] = {1};
  if (count == 0) return PointerGetDatum(construct_empty_array(type));
  return PointerGetDatum(construct_md_array(items, nulls, 1, dimensions, lower_bounds, type,
                                            by_value ? static_cast<int>(sizeof(int64)) : -1,
                                            by_value, by_value ? TYPALIGN_DOUBLE : TYPALIGN_INT));
}

Datum TextsDatum(const SqlArgument& argument) {
  const size_t count = argument.texts->size();
  Datum* items = static_cast<Datum*>(palloc0(sizeof(Datum) * (count + 1)));
  bool* nulls = static_cast<bool*>(palloc0(count + 1));
  for (size_t i = 0; i < count; i++) {
    const std::string& text = (*argument.texts)[i];
    nulls[i] = text.empty() && argument.kind != SqlArgument::Kind::kTexts;
    if (!nulls[i]) items[i] = TextDatum(text);
  }
  return ArrayDatum(items, nulls, count, TEXTOID);
}

Datum BytesDatum(const std::vector<const std::string*>& values) {
  const size_t count = values.size();
  Datum* items = static_cast<Datum*>(palloc0(sizeof(Datum) * (count + 1)));
  bool* nulls = static_cast<bool*>(palloc0(count + 1));
  for (size_t i = 0; i < count; i++) {
    nulls[i] = values[i]->empty();
    if (!nulls[i]) items[i] = ByteaDatum(*values[i]);
  }
  return ArrayDatum(items, nulls, count, BYTEAOID);
}

Datum IntsDatum(const SqlArgument& argument) {
  const size_t count = argument.integers->size();
  Datum* items = static_cast<Datum*>(palloc(sizeof(Datum) * (count + 1)));
  for (size_t i = 0; i < count; i++) items[i] = Int64GetDatum((*argument.integers)[i]);
  return ArrayDatum(items, nullptr, count, INT8OID);
}

Datum DatumOf(const SqlArgument& argument) {
  switch (argument.kind) {
    case SqlArgument::Kind::kInt:
      return Int64GetDatum(argument.integer);
    case SqlArgument::Kind::kText:
      return TextDatum(*argument.text);
    case SqlArgument::Kind::kInts:
      return IntsDatum(argument);
    case SqlArgument::Kind::kBytes:
      return BytesDatum(*argument.bytes);
    default:
      return TextsDatum(argument);
  }
}

// SPI_getvalue() would look the output function up for each value.
SqlRows CopyRows(MemoryContext context) {
  SqlRows rows;
  if (SPI_tuptable == nullptr) return rows;
  const TupleDesc shape = SPI_tuptable->tupdesc;
  rows.rows = static_cast<int>(SPI_processed);
  rows.columns = shape->natts;
  rows.values = static_cast<char**>(
      MemoryContextAllocZero(context, sizeof(char*) * (rows.rows * rows.columns + 1)));
  FmgrInfo* outputs = static_cast<FmgrInfo*>(palloc(sizeof(FmgrInfo) * rows.columns));
  Datum* values = static_cast<Datum*>(palloc(sizeof(Datum) * rows.columns));
  bool* nulls = static_cast<bool*>(palloc(rows.columns));
  for (int column = 0; column < rows.columns; column++) {
    Oid output;
    bool is_varlena;
    getTypeOutputInfo(SPI_gettypeid(shape, column + 1), &output, &is_varlena);
    fmgr_info(output, &outputs[column]);
  }
  for (int row = 0; row < rows.rows; row++) {
    heap_deform_tuple(SPI_tuptable->vals[row], shape, values, nulls);
    for (int column = 0; column < rows.columns; column++) {
      if (nulls[column]) continue;
      char* value = OutputFunctionCall(&outputs[column], values[column]);
      const char* utf8 = pg_server_to_any(value, static_cast<int>(strlen(value)), PG_UTF8);
      rows.values[row * rows.columns + column] = MemoryContextStrdup(context, utf8);
    }
  }
  SPI_freetuptable(SPI_tuptable);
  return rows;
}

void Plan(Statement* statement, const SqlArgument* arguments, int count) {
  Oid types[kArgumentsMax];
  for (int i = 0; i < count; i++) types[i] = TypeOf(arguments[i].kind);
  SPIPlanPtr plan = SPI_prepare(statement->text, count, types);
  if (plan == nullptr) {
    ereport(
        ERROR, errcode(ERRCODE_INTERNAL_ERROR),
        errmsg("could not plan \"%s\": %s", statement->text, SPI_result_code_string(SPI_result)));
  }
  SPI_keepplan(plan);
  statement->plan = plan;
}

}  // namespace

SqlRows Run(Statement* statement, const SqlArgument* arguments, int count, MemoryContext context) {
  Assert(count <= kArgumentsMax);
  Datum values[kArgumentsMax];
  if (statement->plan == nullptr) Plan(statement, arguments, count);
  for (int i = 0; i < count; i++) values[i] = DatumOf(arguments[i]);
  const int result =
      SPI_execute_plan(static_cast<SPIPlanPtr>(statement->plan), values, nullptr, false, 0);
  if (result < 0) {
    ereport(ERROR, errcode(ERRCODE_INTERNAL_ERROR),
            errmsg("could not run \"%s\": %s", statement->text, SPI_result_code_string(result)));
  }
  return CopyRows(context);
}

}  // namespace debrief

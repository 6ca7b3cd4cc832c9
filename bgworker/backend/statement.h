// statement.h: one SQL statement with its arguments and rows as plain data, for use inside the
// door.
#pragma once

#include <cassert>
#include <cstdint>
#include <string>
#include <vector>

// PostgreSQL's; outside the server nothing.
typedef struct MemoryContextData* MemoryContext;

namespace debrief {

// An argument of a statement: refers to the caller's values, owns nothing.
struct SqlArgument {
  enum class Kind { kInt, kText, kInts, kTexts, kNullableTexts, kBytes };
  Kind kind;
  int64_t integer = 0;
  const std::string* text = nullptr;
  const std::vector<int64_t>* integers = nullptr;
  const std::vector<std::string>* texts = nullptr;         // kNullableTexts: empty means NULL
  const std::vector<const std::string*>* bytes = nullptr;  // empty means NULL
};

inline SqlArgument Int(int64_t value) {
  return {.kind = SqlArgument::Kind::kInt, .integer = value};
}
inline SqlArgument Text(const std::string& value) {
  return {.kind = SqlArgument::Kind::kText, .text = &value};
}
inline SqlArgument Ints(const std::vector<int64_t>& value) {
  return {.kind = SqlArgument::Kind::kInts, .integers = &value};
}
inline SqlArgument Texts(const std::vector<std::string>& value) {
  return {.kind = SqlArgument::Kind::kTexts, .texts = &value};
}
inline SqlArgument NullableTexts(const std::vector<std::string>& value) {
  return {.kind = SqlArgument::Kind::kNullableTexts, .texts = &value};
}
inline SqlArgument Bytes(const std::vector<const std::string*>& value) {
  return {.kind = SqlArgument::Kind::kBytes, .bytes = &value};
}

// A constant, schema-qualified statement, planned once per session.
struct Statement {
  const char* text;
  void* plan = nullptr;  // SPIPlanPtr; of the home that runs it
};

// Rows in their text form, UTF-8, in memory of the context they were asked for in.
struct SqlRows {
  int rows = 0;
  int columns = 0;
  char** values = nullptr;  // row by row; null for SQL NULL

  const char* At(int row, int column) const {
    assert(row < rows && column < columns);
    return values[row * columns + column];
  }
};

inline constexpr int kArgumentsMax = 20;

// Runs a statement. Raises ERROR as PostgreSQL does: only for use inside InTransaction(), whose
// block gets the `context` the rows are copied to.
SqlRows Run(Statement* statement, const SqlArgument* arguments, int count, MemoryContext context);

}  // namespace debrief

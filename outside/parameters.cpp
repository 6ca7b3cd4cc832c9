// parameters.cpp: see parameters.h. Integers are sent most significant byte first; an array as its
// dimensions and then its elements, each after its length.

#include "outside/parameters.h"

#include <cstdint>

namespace debrief::parameters {
namespace {

// The OIDs of pg_type.dat.
constexpr unsigned int kInt8 = 20, kText = 25, kBytea = 17;
constexpr unsigned int kInt8Array = 1016, kTextArray = 1009, kByteaArray = 1001;

template <class Integer>
void Put(Integer value, std::string* to) {
  for (int shift = static_cast<int>(sizeof(value) * 8) - 8; shift >= 0; shift -= 8) {
    *to += static_cast<char>((value >> shift) & 0xFF);
  }
}

void PutHead(size_t count, unsigned int element, std::string* to) {
  Put(int32_t{count > 0}, to);  // dimensions
  Put(int32_t{1}, to);          // there may be nulls
  Put(static_cast<int32_t>(element), to);
  if (count == 0) return;
  Put(static_cast<int32_t>(count), to);
  Put(int32_t{1}, to);  // the first index
}

void PutElement(const std::string& value, bool is_null, std::string* to) {
  Put(is_null ? int32_t{-1} : static_cast<int32_t>(value.size()), to);
  if (!is_null) *to += value;
}

std::string Ints(const std::vector<int64_t>& values) {
  std::string array;
  PutHead(values.size(), kInt8, &array);
  for (const int64_t value : values) {
    Put(int32_t{8}, &array);
    Put(value, &array);
  }
  return array;
}

std::string Texts(const std::vector<std::string>& values, bool empty_is_null) {
  std::string array;
  PutHead(values.size(), kText, &array);
  for (const std::string& value : values) {
    PutElement(value, empty_is_null && value.empty(), &array);
  }
  return array;
}

std::string Bytes(const std::vector<const std::string*>& values) {
  std::string array;
  PutHead(values.size(), kBytea, &array);
  for (const std::string* value : values) PutElement(*value, value->empty(), &array);
  return array;
}

}  // namespace

unsigned int TypeOf(SqlArgument::Kind kind) {
  switch (kind) {
    case SqlArgument::Kind::kInt:
      return kInt8;
    case SqlArgument::Kind::kText:
      return kText;
    case SqlArgument::Kind::kInts:
      return kInt8Array;
    case SqlArgument::Kind::kTexts:
    case SqlArgument::Kind::kNullableTexts:
      return kTextArray;
    case SqlArgument::Kind::kBytes:
      return kByteaArray;
  }
  return 0;
}

std::string Binary(const SqlArgument& argument) {
  switch (argument.kind) {
    case SqlArgument::Kind::kInt: {
      std::string value;
      Put(argument.integer, &value);
      return value;
    }
    case SqlArgument::Kind::kText:
      return *argument.text;
    case SqlArgument::Kind::kInts:
      return Ints(*argument.integers);
    case SqlArgument::Kind::kBytes:
      return Bytes(*argument.bytes);
    default:
      return Texts(*argument.texts, argument.kind == SqlArgument::Kind::kNullableTexts);
  }
}

}  // namespace debrief::parameters

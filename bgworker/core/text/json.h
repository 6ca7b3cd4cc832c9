// json.h: reading and writing JSON that came from outside. The only file that includes RapidJSON
// is json.cpp's side of this interface; callers see values.
//
// Reading is strict: UTF-8 is validated, depth is capped before a DOM is built, \u0000, numbers
// that are not finite and keys that occur twice are refused, trailing text is an error.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace debrief::json {

inline constexpr int kDepthMax = 32;

// Whether an object may have a key twice: a model's words may, an answer of a protocol may not.
enum class Keys { kOnce, kMayRepeat };

// A parsed value: a cheap reference into a document that it keeps alive.
class Value {
 public:
  bool IsObject() const;
  bool IsArray() const;
  bool IsString() const;
  bool IsNumber() const;
  bool IsNull() const;
  bool IsTrue() const;
  // The member, or nothing. Of a key that occurs twice (Keys::kMayRepeat) it is the last one that
  // holds something: not null, and not empty.
  std::optional<Value> Find(std::string_view key) const;
  // Of an object, in the order they were written.
  void ForEachMember(const std::function<void(std::string_view, const Value&)>& visit) const;
  size_t Size() const;              // of an array
  Value At(size_t index) const;     // of an array
  std::string_view String() const;  // of a string
  double Number() const;            // of a number; finite
  // The number as decimal text that PostgreSQL's numeric reads back without loss of the double.
  std::string NumberText() const;

 private:
  friend std::optional<Value> Parse(std::string_view text, std::string* error, Keys keys);
  std::shared_ptr<const void> document_;
  const void* node_ = nullptr;
};

// The string, or an empty one where there is none or it is no string.
std::string TextOf(const std::optional<Value>& value);

// The text without a byte order mark at its head: Parse() passes over one, PostgreSQL's json does
// not take it.
std::string_view WithoutBom(std::string_view text);

// Parses one document. On failure returns nothing and says why in one short sentence.
std::optional<Value> Parse(std::string_view text, std::string* error, Keys keys = Keys::kOnce);

// Writes JSON text, one call per token; strings are escaped and must be valid UTF-8.
class Writer {
 public:
  Writer();
  ~Writer();
  Writer& StartObject();
  Writer& EndObject();
  Writer& StartArray();
  Writer& EndArray();
  Writer& Key(std::string_view key);
  Writer& String(std::string_view value);
  Writer& Int(int64_t value);
  Writer& Double(double value);
  Writer& Bool(bool value);
  Writer& Null();
  // A value that is JSON text already.
  Writer& Raw(std::string_view json);
  std::string Take();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace debrief::json

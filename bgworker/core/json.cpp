// json.cpp: RapidJSON, made strict.
//
// A first pass without a document checks depth, duplicate keys and NUL, so that no recursion and no
// allocation can be driven by hostile input before its shape is known.

#include "json.h"

#include <cmath>
#include <cstdio>
#include <set>

#include "rapidjson/document.h"
#include "rapidjson/error/en.h"
#include "rapidjson/reader.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"

namespace debrief::json {
namespace {

constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
                            rapidjson::kParseFullPrecisionFlag;

// Judges the shape while the text is scanned. False from any method stops the scan.
class ShapeCheck {
 public:
  std::string_view problem() const { return problem_; }

  bool Null() { return true; }
  bool Bool(bool) { return true; }
  bool Int(int) { return true; }
  bool Uint(unsigned) { return true; }
  bool Int64(int64_t) { return true; }
  bool Uint64(uint64_t) { return true; }
  bool Double(double value) { return std::isfinite(value) || Refuse("a number is out of range"); }
  bool RawNumber(const char*, rapidjson::SizeType, bool) { return true; }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    return std::string_view(text, length).find('\0') == std::string_view::npos ||
           Refuse("a string holds \\u0000");
  }
  bool StartObject() {
    keys_.emplace_back();
    return Deeper();
  }
  bool Key(const char* text, rapidjson::SizeType length, bool copy) {
    if (!String(text, length, copy)) return false;
    return keys_.back().emplace(text, length).second || Refuse("a key occurs twice");
  }
  bool EndObject(rapidjson::SizeType) {
    keys_.pop_back();
    depth_--;
    return true;
  }
  bool StartArray() { return Deeper(); }
  bool EndArray(rapidjson::SizeType) {
    depth_--;
    return true;
  }

 private:
  bool Deeper() { return ++depth_ <= kDepthMax || Refuse("it is nested too deeply"); }
  bool Refuse(std::string_view problem) {
    problem_ = problem;
    return false;
  }

  int depth_ = 0;
  std::vector<std::set<std::string>> keys_;
  std::string_view problem_;
};

const rapidjson::Value& Node(const void* node) {
  return *static_cast<const rapidjson::Value*>(node);
}

}  // namespace

bool Value::IsObject() const { return Node(node_).IsObject(); }
bool Value::IsArray() const { return Node(node_).IsArray(); }
bool Value::IsString() const { return Node(node_).IsString(); }
bool Value::IsNumber() const { return Node(node_).IsNumber(); }
bool Value::IsNull() const { return Node(node_).IsNull(); }

std::optional<Value> Value::Find(std::string_view key) const {
  if (!IsObject()) return std::nullopt;
  const rapidjson::Value name(
      rapidjson::StringRef(key.data(), static_cast<rapidjson::SizeType>(key.size())));
  const auto member = Node(node_).FindMember(name);
  if (member == Node(node_).MemberEnd()) return std::nullopt;
  Value found = *this;
  found.node_ = &member->value;
  return found;
}

size_t Value::Size() const { return Node(node_).Size(); }

Value Value::At(size_t index) const {
  Value found = *this;
  found.node_ = &Node(node_)[static_cast<rapidjson::SizeType>(index)];
  return found;
}

std::string_view Value::String() const {
  return {Node(node_).GetString(), Node(node_).GetStringLength()};
}

double Value::Number() const { return Node(node_).GetDouble(); }

std::string Value::NumberText() const {
  const rapidjson::Value& node = Node(node_);
  if (node.IsInt64()) return std::to_string(node.GetInt64());
  if (node.IsUint64()) return std::to_string(node.GetUint64());
  char text[40];
  std::snprintf(text, sizeof(text), "%.17g", node.GetDouble());
  // The shortest text that reads back the same.
  for (int digits = 1; digits < 17; digits++) {
    char shorter[40];
    std::snprintf(shorter, sizeof(shorter), "%.*g", digits, node.GetDouble());
    if (std::strtod(shorter, nullptr) == node.GetDouble()) return shorter;
  }
  return text;
}

std::optional<Value> Parse(std::string_view text, std::string* error) {
  ShapeCheck shape;
  rapidjson::Reader reader;
  rapidjson::MemoryStream bytes(text.data(), text.size());
  rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> stream(bytes);
  const rapidjson::ParseResult scanned = reader.Parse<kFlags>(stream, shape);
  if (!scanned) {
    *error = shape.problem().empty() ? rapidjson::GetParseError_En(scanned.Code())
                                     : std::string(shape.problem());
    return std::nullopt;
  }
  auto document = std::make_shared<rapidjson::Document>();
  document->Parse<kFlags>(text.data(), text.size());
  if (document->HasParseError()) {
    *error = rapidjson::GetParseError_En(document->GetParseError());
    return std::nullopt;
  }
  Value value;
  value.node_ = static_cast<const rapidjson::Value*>(document.get());
  value.document_ = std::move(document);
  return value;
}

struct Writer::Impl {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};
};

Writer::Writer() : impl_(std::make_unique<Impl>()) {}
Writer::~Writer() = default;

namespace {
rapidjson::SizeType Length(std::string_view text) {
  return static_cast<rapidjson::SizeType>(text.size());
}
}  // namespace

Writer& Writer::StartObject() {
  impl_->writer.StartObject();
  return *this;
}
Writer& Writer::EndObject() {
  impl_->writer.EndObject();
  return *this;
}
Writer& Writer::StartArray() {
  impl_->writer.StartArray();
  return *this;
}
Writer& Writer::EndArray() {
  impl_->writer.EndArray();
  return *this;
}
Writer& Writer::Key(std::string_view key) {
  impl_->writer.Key(key.data(), Length(key));
  return *this;
}
Writer& Writer::String(std::string_view value) {
  impl_->writer.String(value.data(), Length(value));
  return *this;
}
Writer& Writer::Int(int64_t value) {
  impl_->writer.Int64(value);
  return *this;
}
Writer& Writer::Double(double value) {
  impl_->writer.Double(value);
  return *this;
}
Writer& Writer::Null() {
  impl_->writer.Null();
  return *this;
}
std::string Writer::Take() { return {impl_->buffer.GetString(), impl_->buffer.GetSize()}; }

}  // namespace debrief::json

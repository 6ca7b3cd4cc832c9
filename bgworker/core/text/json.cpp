// json.cpp: RapidJSON, made strict: depth, duplicate keys, NUL and numbers are judged while the
// text is scanned, and nothing recurses.

#include "bgworker/core/text/json.h"

#include <charconv>
#include <set>

#include "bgworker/core/text/number.h"
#include "rapidjson/document.h"
#include "rapidjson/error/en.h"
#include "rapidjson/reader.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"

namespace debrief::json {
namespace {

// Numbers come as text: RapidJSON 1.1.0's own full precision reading indexes out of bounds on some
// (found by fuzzing: 0.00000000000033323333333333e-334).
constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
                            rapidjson::kParseNumbersAsStringsFlag;

// Builds the document while the text is scanned, and judges it: false from any method stops the
// scan.
class Builder {
 public:
  Builder(rapidjson::Document* document, Keys keys)
      : document_(document), may_repeat_(keys == Keys::kMayRepeat) {}
  std::string_view problem() const { return problem_; }

  bool Null() { return document_->Null(); }
  bool Bool(bool value) { return document_->Bool(value); }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool) {
    return Number({text, length});
  }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    return HasNoNul({text, length}) && document_->String(text, length, true);
  }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    if (!HasNoNul({text, length})) return false;
    if (!keys_.back().emplace(text, length).second && !may_repeat_) {
      return Refuse("a key occurs twice");
    }
    return document_->Key(text, length, true);
  }
  bool StartObject() {
    keys_.emplace_back();
    return Deeper() && document_->StartObject();
  }
  bool EndObject(rapidjson::SizeType members) {
    keys_.pop_back();
    depth_--;
    return document_->EndObject(members);
  }
  bool StartArray() { return Deeper() && document_->StartArray(); }
  bool EndArray(rapidjson::SizeType items) {
    depth_--;
    return document_->EndArray(items);
  }
  // Never called, with numbers as text.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(int64_t) { return false; }
  bool Uint64(uint64_t) { return false; }
  bool Double(double) { return false; }

 private:
  template <class T>
  static bool Reads(std::string_view text, T* value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
    return error == std::errc() && end == text.data() + text.size();
  }
  bool Number(std::string_view text) {
    int64_t whole = 0;
    if (Reads(text, &whole)) return document_->Int64(whole);
    double real = 0;
    if (!Reads(text, &real)) return Refuse("a number is out of range");
    return document_->Double(real);
  }
  bool HasNoNul(std::string_view text) {
    return text.find('\0') == std::string_view::npos || Refuse("a string holds \\u0000");
  }
  bool Deeper() { return ++depth_ <= kDepthMax || Refuse("it is nested too deeply"); }
  bool Refuse(std::string_view problem) {
    problem_ = problem;
    return false;
  }

  rapidjson::Document* document_;
  const bool may_repeat_;
  int depth_ = 0;
  std::vector<std::set<std::string>> keys_;
  std::string_view problem_;
};

const rapidjson::Value& Node(const void* node) {
  return *static_cast<const rapidjson::Value*>(node);
}

bool IsEmpty(const rapidjson::Value& value) {
  return value.IsNull() || (value.IsString() && value.GetStringLength() == 0) ||
         (value.IsArray() && value.Empty()) || (value.IsObject() && value.ObjectEmpty());
}

}  // namespace

bool Value::IsObject() const { return Node(node_).IsObject(); }
bool Value::IsArray() const { return Node(node_).IsArray(); }
bool Value::IsString() const { return Node(node_).IsString(); }
bool Value::IsNumber() const { return Node(node_).IsNumber(); }
bool Value::IsNull() const { return Node(node_).IsNull(); }
bool Value::IsTrue() const { return Node(node_).IsTrue(); }

std::optional<Value> Value::Find(std::string_view key) const {
  if (!IsObject()) return std::nullopt;
  const rapidjson::Value* member = nullptr;
  for (const auto& other : Node(node_).GetObject()) {
    if (std::string_view(other.name.GetString(), other.name.GetStringLength()) != key) continue;
    if (member == nullptr || IsEmpty(*member) || !IsEmpty(other.value)) member = &other.value;
  }
  if (member == nullptr) return std::nullopt;
  Value found = *this;
  found.node_ = member;
  return found;
}

void Value::ForEachMember(const std::function<void(std::string_view, const Value&)>& visit) const {
  if (!IsObject()) return;
  for (const auto& member : Node(node_).GetObject()) {
    Value value;
    value.document_ = document_;
    value.node_ = &member.value;
    visit({member.name.GetString(), member.name.GetStringLength()}, value);
  }
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
  char text[40];  // the shortest text that reads back the same
  return std::string(text, std::to_chars(text, text + sizeof text, node.GetDouble()).ptr);
}

std::string TextOf(const std::optional<Value>& value) {
  return value && value->IsString() ? std::string(value->String()) : std::string();
}

std::string_view WithoutBom(std::string_view text) {
  constexpr std::string_view kBom = "\xEF\xBB\xBF";
  if (text.starts_with(kBom)) text.remove_prefix(kBom.size());
  return text;
}

std::optional<Value> Parse(std::string_view text, std::string* error, Keys keys) {
  auto document = std::make_shared<rapidjson::Document>();
  Builder builder(document.get(), keys);
  rapidjson::ParseResult parsed;
  bool ends_early = false;
  auto generate = [&](rapidjson::Document&) {
    rapidjson::Reader reader;
    rapidjson::MemoryStream bytes(text.data(), text.size());
    rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> stream(bytes);
    parsed = reader.Parse<kFlags>(stream, builder);
    // A NUL is where RapidJSON takes the text to end.
    ends_early = !parsed.IsError() && bytes.Tell() < text.size();
    return !parsed.IsError();
  };
  document->Populate(generate);
  if (ends_early) {
    *error = "there are bytes after its end";
    return std::nullopt;
  }
  if (parsed.IsError()) {
    *error = builder.problem().empty() ? rapidjson::GetParseError_En(parsed.Code())
                                       : std::string(builder.problem());
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
Writer& Writer::Bool(bool value) {
  impl_->writer.Bool(value);
  return *this;
}
Writer& Writer::Null() {
  impl_->writer.Null();
  return *this;
}
Writer& Writer::Raw(std::string_view json) {
  // The type only decides whether the writer takes a key next.
  impl_->writer.RawValue(json.data(), json.size(), rapidjson::kObjectType);
  return *this;
}
std::string Writer::Take() { return {impl_->buffer.GetString(), impl_->buffer.GetSize()}; }

}  // namespace debrief::json

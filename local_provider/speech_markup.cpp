#include "local_provider/speech_markup.h"

#include <expat.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <type_traits>
#include <utility>

namespace debrief::local_provider {
namespace {

constexpr int kDepthMax = 32;
constexpr size_t kAttributesMax = 3;

struct Element {
  const char* name;
  std::array<const char*, kAttributesMax> attributes;
};

constexpr Element kElements[] = {
    {"speak", {"version", "xmlns", "xml:lang"}},
    {"p", {}},
    {"s", {}},
    {"break", {"time", "strength"}},
    {"emphasis", {"level"}},
    {"prosody", {"rate", "pitch", "volume"}},
    {"sub", {"alias"}},
    {"say-as", {"interpret-as", "format"}},
};

const Element* FindElement(std::string_view name) {
  const auto found = std::find_if(std::begin(kElements), std::end(kElements),
                                  [&](const Element& one) { return name == one.name; });
  return found == std::end(kElements) ? nullptr : found;
}

bool Allows(const Element& element, std::string_view attribute) {
  return std::any_of(element.attributes.begin(), element.attributes.end(),
                     [&](const char* one) { return one != nullptr && attribute == one; });
}

void AppendEscaped(std::string_view text, std::string& output) {
  for (const char c : text) {
    switch (c) {
      case '&':
        output += "&amp;";
        break;
      case '<':
        output += "&lt;";
        break;
      case '>':
        output += "&gt;";
        break;
      case '"':
        output += "&quot;";
        break;
      default:
        output += c;
    }
  }
}

// One pass over a document. The first problem stops the parser.
class Rewriter {
 public:
  explicit Rewriter(XML_Parser parser) : parser_(parser) {
    XML_SetUserData(parser, this);
    XML_SetElementHandler(parser, Begin, End);
    XML_SetCharacterDataHandler(parser, Characters);
    XML_SetStartDoctypeDeclHandler(parser, Doctype);
    XML_SetProcessingInstructionHandler(parser, Instruction);
  }

  std::variant<PlainMarkup, MarkupProblem> Rewrite(std::string_view ssml) {
    const bool is_whole =
        XML_Parse(parser_, ssml.data(), static_cast<int>(ssml.size()), XML_TRUE) == XML_STATUS_OK;
    if (!problem_.empty()) return MarkupProblem{problem_};
    if (!is_whole) return MarkupProblem{"The SSML is not well-formed XML in UTF-8."};
    return PlainMarkup{std::move(output_)};
  }

 private:
  static Rewriter& Self(void* self) { return *static_cast<Rewriter*>(self); }

  static void XMLCALL Begin(void* self, const XML_Char* name, const XML_Char** attributes) {
    Self(self).BeginElement(name, attributes);
  }
  static void XMLCALL End(void* self, const XML_Char* name) { Self(self).EndElement(name); }
  static void XMLCALL Characters(void* self, const XML_Char* text, int length) {
    AppendEscaped({text, static_cast<size_t>(length)}, Self(self).output_);
  }
  static void XMLCALL Doctype(void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    Self(self).Refuse("The SSML has a document type.");
  }
  static void XMLCALL Instruction(void* self, const XML_Char*, const XML_Char*) {
    Self(self).Refuse("The SSML has a processing instruction.");
  }

  // No names from the document: a message is logged and shown.
  void Refuse(const char* problem) {
    if (problem_.empty()) problem_ = problem;
    XML_StopParser(parser_, XML_FALSE);
  }

  void BeginElement(const char* name, const char** attributes) {
    const Element* const element = FindElement(name);
    const bool is_root = depth_ == 0;
    if (element == nullptr || is_root != (std::strcmp(name, "speak") == 0)) {
      return Refuse("The SSML has an element that is not allowed there.");
    }
    if (++depth_ > kDepthMax) return Refuse("The SSML is nested too deeply.");
    output_ += '<';
    output_ += name;
    for (; attributes[0] != nullptr; attributes += 2) {
      if (!Allows(*element, attributes[0])) {
        return Refuse("The SSML has an attribute that is not allowed there.");
      }
      output_ += ' ';
      output_ += attributes[0];
      output_ += "=\"";
      AppendEscaped(attributes[1], output_);
      output_ += '"';
    }
    output_ += '>';
  }

  void EndElement(const char* name) {
    --depth_;
    output_ += "</";
    output_ += name;
    output_ += '>';
  }

  const XML_Parser parser_;
  int depth_ = 0;
  std::string output_;
  std::string problem_;
};

struct FreeParser {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};

}  // namespace

std::variant<PlainMarkup, MarkupProblem> MakePlain(std::string_view ssml) {
  // A declared encoding other than UTF-8 is overruled: JSON strings are UTF-8.
  const std::unique_ptr<std::remove_pointer_t<XML_Parser>, FreeParser> parser(
      XML_ParserCreate("UTF-8"));
  if (parser == nullptr) return MarkupProblem{"There is no memory for the SSML."};
  return Rewriter(parser.get()).Rewrite(ssml);
}

}  // namespace debrief::local_provider

// xml.cpp: see xml.h.

#include "bgworker/core/text/xml.h"

#include <expat.h>

#include <memory>
#include <new>

namespace debrief::xml {
namespace {

// What expat calls back into. It may call once more after it was stopped.
struct Reader {
  XML_Parser parser;
  const Rules& rules;
  Handler* handler;
  int depth = 0;
  std::string problem = {};

  void RefuseIf(std::string why) {
    if (why.empty() || !problem.empty()) return;
    problem = std::move(why);
    XML_StopParser(parser, XML_FALSE);
  }
};

void OnStart(void* data, const XML_Char* name, const XML_Char** pairs) {
  Reader& reader = *static_cast<Reader*>(data);
  if (!reader.problem.empty()) return;
  if (reader.depth == reader.rules.depth_max) return reader.RefuseIf("it is nested too deeply");
  reader.depth++;
  Attributes attributes;
  for (; pairs[0] != nullptr; pairs += 2) attributes.emplace_back(pairs[0], pairs[1]);
  reader.RefuseIf(reader.handler->OnStart(name, attributes));
}

void OnEnd(void* data, const XML_Char*) {
  Reader& reader = *static_cast<Reader*>(data);
  if (!reader.problem.empty()) return;
  reader.depth--;
  reader.handler->OnEnd();
}

void OnText(void* data, const XML_Char* text, int length) {
  Reader& reader = *static_cast<Reader*>(data);
  if (!reader.problem.empty()) return;
  reader.RefuseIf(reader.handler->OnText({text, static_cast<size_t>(length)}));
}

void OnDoctype(void* data, const XML_Char*, const XML_Char*, const XML_Char*, int) {
  static_cast<Reader*>(data)->RefuseIf("it has a DOCTYPE");
}

void OnInstruction(void* data, const XML_Char*, const XML_Char*) {
  static_cast<Reader*>(data)->RefuseIf("it has a processing instruction");
}

}  // namespace

std::string Read(std::string_view document, const Rules& rules, Handler* handler) {
  if (document.size() > kDocumentBytesMax) return "it is longer than 64 KB";
  const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(
      rules.namespaces ? XML_ParserCreateNS("UTF-8", kSeparator) : XML_ParserCreate("UTF-8"),
      XML_ParserFree);
  if (parser == nullptr) throw std::bad_alloc();
  Reader reader{.parser = parser.get(), .rules = rules, .handler = handler};
  XML_SetUserData(parser.get(), &reader);
  XML_SetElementHandler(parser.get(), OnStart, OnEnd);
  XML_SetCharacterDataHandler(parser.get(), OnText);
  XML_SetStartDoctypeDeclHandler(parser.get(), OnDoctype);
  if (rules.refuses_instructions) XML_SetProcessingInstructionHandler(parser.get(), OnInstruction);
  const XML_Status status =
      XML_Parse(parser.get(), document.data(), static_cast<int>(document.size()), XML_TRUE);
  if (status == XML_STATUS_OK || !reader.problem.empty()) return reader.problem;
  return XML_ErrorString(XML_GetErrorCode(parser.get()));
}

}  // namespace debrief::xml

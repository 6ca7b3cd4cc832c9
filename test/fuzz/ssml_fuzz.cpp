// ssml_fuzz.cpp: any bytes into the SSML checker; what it lets through must split into good pieces,
// and so must what is repaired, in the terms of each service too.
#include <cstdint>
#include <cstdlib>

#include "bgworker/core/ssml/lower_services.h"
#include "bgworker/core/ssml/repair.h"
#include "bgworker/core/ssml/same_words.h"
#include "bgworker/core/ssml/ssml.h"
#include "bgworker/core/text/utf8.h"

namespace {

using namespace debrief;

void Require(bool holds) {
  if (!holds) std::abort();
}

std::unique_ptr<ssml::Node> Tree(std::string_view document) {
  std::string problem;
  return ssml::ParseDocument(document, &problem);
}

void CheckRepair(std::string_view text) {
  const std::optional<std::string> repaired = ssml::Repair(text);
  if (!repaired) return;
  Require(ssml::Check(*repaired).empty());
  ssml::SayWordsOf({*repaired}, text);
  const auto lowered = Tree(*repaired);
  ssml::LowerForAzure(lowered.get(), text.size() % 2 == 0);
  Require(ssml::Check(ssml::Serialize(*lowered)).empty());
  for (const char* engine : {"standard", "neural", "generative"}) {
    const auto polly = Tree(*repaired);
    ssml::LowerForPolly(polly.get(), engine);
    Require(ssml::Check(ssml::Serialize(*polly)).empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const std::string& piece : debrief::ssml::Split(text, 200)) {
    if (!debrief::ssml::Check(piece).empty()) std::abort();
  }
  if (debrief::utf8::IsValid(text) && size < 20'000 &&
      !debrief::ssml::Check(debrief::ssml::FromText(text, "en-US")).empty()) {
    std::abort();
  }
  CheckRepair(text);
  return 0;
}

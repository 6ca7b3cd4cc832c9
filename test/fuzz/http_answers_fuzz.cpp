// http_answers_fuzz.cpp: any bytes as a provider's answer, and as a model's: what is kept of that
// obeys the protocol.
#include <cstdint>
#include <cstdlib>

#include "bgworker/core/services/answers.h"
#include "bgworker/core/services/model_answers.h"
#include "bgworker/core/ssml/ssml.h"
#include "bgworker/core/text/json.h"
#include "bgworker/core/text/jsonb_fitness.h"
#include "bgworker/core/text/utf8.h"

namespace {

using namespace debrief;

void Require(bool holds) {
  if (!holds) std::abort();
}

template <class Kind>
const Kind* KeptOf(const Step& step) {
  const Result* result = std::get_if<Result>(&step);
  return result != nullptr ? std::get_if<Kind>(result) : nullptr;
}

void CheckModel(const std::string& text) {
  const Step read = ReadModelAnalysis(text, {});
  if (const auto* analysis = KeptOf<AnalysisResult>(read)) {
    std::string problem;
    Require(json::Parse(analysis->raw_response, &problem, json::Keys::kMayRepeat).has_value());
    Require(WhyUnfitForJsonb(analysis->raw_response).empty());
    Require(utf8::CountCharacters(analysis->title) <= 200 && !analysis->title.empty());
    for (const FeedbackItem& item : analysis->feedback) {
      Require(!item.category.empty() && utf8::CountCharacters(item.category) <= 64);
      Require(!item.message.empty() && utf8::CountCharacters(item.message) <= 4'000);
    }
  }
  const Job job{.stage = Stage::kSsml, .feedback = {.message = "Look up."}};
  const Step written = ReadModelSsml(text, {.ssml_bytes_max = 500}, job);
  if (const auto* ssml = KeptOf<SsmlResult>(written)) {
    Require(!ssml->segments.empty());
    for (const std::string& segment : ssml->segments) Require(ssml::Check(segment).empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  ReadAnalysis(body);
  ReadSsml(body, 500);
  CheckModel(body);
  return 0;
}

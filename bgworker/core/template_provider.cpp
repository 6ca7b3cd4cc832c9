// template_provider.cpp: sentences and paragraphs of the message, nothing added to its words.

#include "template_provider.h"

#include "classify.h"
#include "ssml.h"

namespace debrief {
namespace {

constexpr char kVersion[] = "template 1";
constexpr char kLanguageDefault[] = "en-US";

Failure NotServed() {
  return Failure{.failure_class = FailureClass::kConfig,
                 .code = "stage_not_served",
                 .message = "The provider does not serve this stage.",
                 .detail = "kind template writes SSML only"};
}

}  // namespace

Step TemplateProvider::Start(const ServerConfig& server, const Call& call) const {
  if (call.job->stage != Stage::kSsml) return NotServed();
  const std::string& language = call.job->voice.language;
  const std::string document =
      ssml::FromText(call.job->feedback.message, language.empty() ? kLanguageDefault : language);
  SsmlResult result;
  result.segments = ssml::Split(document, static_cast<size_t>(server.ssml_bytes_max));
  result.version = kVersion;
  if (result.segments.empty()) {
    return Failure{.failure_class = FailureClass::kTooLarge,
                   .code = "too_large",
                   .message = "The message cannot be split into pieces that the provider takes.",
                   .detail = "ssml_bytes_max " + std::to_string(server.ssml_bytes_max)};
  }
  return Result(std::move(result));
}

Step TemplateProvider::Next(const ServerConfig&, const Call&, Response) const {
  return BadAnswer("kind template makes no request");
}

}  // namespace debrief

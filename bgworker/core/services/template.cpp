// template.cpp: writes SSML here, without any call.
//
// Sentences and paragraphs of the message, nothing added to its words. The category is not
// announced and no pause is put around: each message is heard by itself, and silence before it
// would only seem to be a player that does not react.

#include "bgworker/core/services/template.h"

#include <utility>

#include "bgworker/core/services/kinds.h"
#include "bgworker/core/ssml/ssml.h"

namespace debrief {
namespace {

constexpr char kLanguageDefault[] = "en-US";

Failure MakesNoRequest() {
  return Failure{.failure_class = FailureClass::kConfig,
                 .code = "stage_not_served",
                 .message = "The provider does not serve this stage.",
                 .detail = "kind template writes SSML and makes no request"};
}

Failure CannotSplit(int64_t bytes_max) {
  return Failure{.failure_class = FailureClass::kTooLarge,
                 .code = "too_large",
                 .message = "The message cannot be split into pieces that the next stage takes.",
                 .detail = "ssml_bytes_max " + std::to_string(bytes_max)};
}

class TemplateProvider final : public Provider {
 public:
  Step Start(const ServerConfig& server, const CallInput& call) const override {
    std::vector<std::string> segments =
        TemplateSegments(*call.job, static_cast<size_t>(server.ssml_bytes_max));
    if (segments.empty()) return CannotSplit(server.ssml_bytes_max);
    return Result(SsmlResult{.segments = std::move(segments), .version = kTemplateVersion});
  }

  Step Next(const ServerConfig&, const CallInput&, Response) const override {
    return MakesNoRequest();
  }

  SpeechLimits Limits(const ServerConfig&) const override { return {}; }

  ProbeStep Probe(const ServerConfig&, const CallContext&) const override {
    return Works{"needs no service: the worker writes the SSML itself."};
  }

  std::optional<Failure> ReadProbe(const ServerConfig&, const Response&) const override {
    return MakesNoRequest();
  }
};

}  // namespace

std::vector<std::string> TemplateSegments(const Job& job, size_t bytes_max) {
  const std::string& language = job.voice.language;
  return ssml::Split(
      ssml::FromText(job.feedback.message, language.empty() ? kLanguageDefault : language),
      bytes_max);
}

std::unique_ptr<const Provider> NewTemplateProvider() {
  return std::make_unique<TemplateProvider>();
}

}  // namespace debrief

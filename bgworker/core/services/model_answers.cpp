// model_answers.cpp: what both stages have in common, and SSML. model_analysis.cpp reads analyses.

#include "bgworker/core/services/model_answers.h"

#include <algorithm>

#include "bgworker/core/services/answer_limits.h"
#include "bgworker/core/services/classify.h"
#include "bgworker/core/services/template.h"
#include "bgworker/core/ssml/repair.h"
#include "bgworker/core/ssml/same_words.h"
#include "bgworker/core/ssml/ssml.h"
#include "bgworker/core/text/found_json.h"
#include "bgworker/core/text/number.h"
#include "bgworker/core/text/utf8.h"

namespace debrief {
namespace {

// A string, or an object that holds one.
std::string DocumentOf(const json::Value& segment) {
  if (segment.IsString()) return std::string(segment.String());
  std::string document;
  segment.ForEachMember([&](std::string_view, const json::Value& member) {
    if (document.empty() && member.IsString()) document = member.String();
  });
  return document;
}

std::vector<std::string> Documents(std::string_view text) {
  std::vector<std::string> documents;
  if (const auto found = json::FindObject(text, "segments")) {
    const json::Value segments = *found->value.Find("segments");
    for (size_t i = 0; i < segments.Size(); i++) documents.push_back(DocumentOf(segments.At(i)));
  } else if (text.find("<speak") != std::string_view::npos) {
    documents.emplace_back(text);
  }
  return documents;
}

struct Written {
  std::vector<std::string> segments;
  bool was_repaired = false;
  std::string problem;  // why the segments cannot be used; empty: they can
};

Written Prepare(const std::vector<std::string>& documents, size_t bytes_max) {
  Written written;
  for (const std::string& document : documents) {
    const std::string wrong = ssml::Check(document);
    const std::optional<std::string> good =
        wrong.empty() ? std::optional(document) : ssml::Repair(document);
    if (!good) return {.problem = wrong};
    written.was_repaired = written.was_repaired || !wrong.empty();
    if (ssml::IsBlank(ssml::ToText(*good))) continue;
    std::vector<std::string> pieces = ssml::Split(*good, bytes_max);
    if (pieces.empty()) return {.problem = "it cannot be split"};
    std::move(pieces.begin(), pieces.end(), std::back_inserter(written.segments));
    if (written.segments.size() > ssml::kSegmentsMax) return {.problem = "too many segments"};
  }
  return written;
}

// The model measures time roughly: nothing happens after the end.
void KeepInside(const Recording& recording, AnalysisResult* result) {
  if (!recording.duration_seconds || !(*recording.duration_seconds > 0)) return;
  for (FeedbackItem& item : result->feedback) {
    if (number::Leading(item.timestamp_seconds) > recording.duration_seconds) {
      item.timestamp_seconds = number::Fixed(*recording.duration_seconds, 6);
    }
  }
}

std::string Version(const std::string& model, const std::string& note) {
  return std::string(
      utf8::Cut(model.empty() ? note : model + ", " + note, answer_limits::kVersion));
}

}  // namespace

Step ReadModelSsml(std::string_view text, const ServerConfig& server, const Job& job) {
  const auto bytes_max = static_cast<size_t>(server.ssml_bytes_max);
  const std::vector<std::string> documents = Documents(text);
  if (documents.empty()) return BadAnswer("there is no SSML in it", text, server.key);
  Written written = Prepare(documents, bytes_max);
  if (written.problem.empty()) {
    if (written.segments.empty()) return BadAnswer("the SSML has no words", text, server.key);
    if (!ssml::SayWordsOf(written.segments, job.feedback.message)) {
      written.problem = "it says other words";
    }
  }
  if (written.problem.empty()) {
    return Result(SsmlResult{.segments = std::move(written.segments),
                             .version = written.was_repaired ? "repaired" : ""});
  }
  std::vector<std::string> segments = TemplateSegments(job, bytes_max);
  if (segments.empty()) return BadAnswer(written.problem, text, server.key);
  return Result(SsmlResult{.segments = std::move(segments),
                           .version = std::string(kTemplateVersion) + ": " + written.problem});
}

Step ReadModelAnswer(const ServerConfig& server, const CallInput& call, ModelAnswer answer) {
  const bool is_analysis = call.job->stage == Stage::kAnalysis;
  Step step = is_analysis ? ReadModelAnalysis(answer.text, server.key)
                          : ReadModelSsml(answer.text, server, *call.job);
  if (Failure* failure = std::get_if<Failure>(&step)) failure->usage = answer.usage;
  if (Result* result = std::get_if<Result>(&step)) {
    if (AnalysisResult* analysis = std::get_if<AnalysisResult>(result)) {
      KeepInside(call.job->recording, analysis);
      analysis->usage = answer.usage;
      analysis->version = std::move(answer.model);
    } else {
      SsmlResult& ssml = std::get<SsmlResult>(*result);
      ssml.usage = answer.usage;
      ssml.version =
          ssml.version.empty() ? std::move(answer.model) : Version(answer.model, ssml.version);
    }
  }
  return step;
}

}  // namespace debrief

// results.h: what a provider's answer is to a stage, already validated.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "bgworker/core/model/failure.h"

namespace debrief {

struct Metric {
  std::string key;
  std::string value;  // decimal text, as PostgreSQL numeric reads it
  std::string unit;
};
struct FeedbackItem {
  std::string timestamp_seconds, category, message, confidence, impact;  // numbers as decimal text
};

struct AnalysisResult {
  Usage usage;
  std::string title, summary, full_feedback, version;
  std::string raw_response;  // JSON text, valid for jsonb
  std::vector<Metric> metrics;
  std::vector<FeedbackItem> feedback;
};
struct SsmlResult {
  Usage usage;
  std::vector<std::string> segments;
  std::string version;
};
struct AudioResult {
  Usage usage;
  std::string bytes;  // WAV or MP3; empty: there was nothing to say
  std::string version;
};
struct DeliveryResult {};  // the receiver has the message

using Result = std::variant<AnalysisResult, SsmlResult, AudioResult, DeliveryResult>;

// What came of a row; the sounds of an AudioResult are kept beside it, whole or not.
using Ending = std::variant<std::monostate, AnalysisResult, SsmlResult, DeliveryResult, Failure>;

}  // namespace debrief

// assignment.h: one claimed row on its way through the worker.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/exchange.h"
#include "core/http_client.h"
#include "core/job.h"
#include "stage_config.h"

namespace debrief {

// A sound that was made and, unless the settle itself stores it, is in its store.
struct Sound {
  int segment_index = 0;
  std::string source_hash = {}, url = {}, path = {}, format = {}, content_type = {};
  std::string duration_ms = {}, version = {};
  int64_t bytes = 0;
  std::string body = {};  // kind database: stored by the settle
};

struct Assignment {
  Job job;
  std::shared_ptr<const StageConfig> config;
  std::shared_ptr<const FileSource> video;  // kAnalysis
  size_t next_part = 0;                     // kAudio: the part being spoken
  std::vector<Sound> sounds;                // kAudio: the parts that are done

  HttpClient::Id transfer = 0;  // 0: none
  // What came of it; the sounds of kAudio are beside it, whole or not.
  std::variant<std::monostate, AnalysisResult, SsmlResult, Failure> result;

  Response::Phases phases;  // of the last call
  int http_status = 0;
  int64_t started_us = 0;  // monotonic
  int64_t finished_us = 0;
  int64_t renew_at_ms = 0;     // monotonic: when the lease wants extending
  int64_t locked_wait_ms = 0;  // how long the settle waited last for somebody's row lock

  const Failure* failure() const { return std::get_if<Failure>(&result); }
};

// Monotonic clock of the worker.
int64_t NowUs();
inline int64_t NowMs() { return NowUs() / 1000; }

}  // namespace debrief

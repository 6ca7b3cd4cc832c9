// attempt.h: one claimed row on its way through the worker.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "bgworker/core/attempt/stage_config.h"
#include "bgworker/core/http/memory_budget.h"
#include "bgworker/core/http/request.h"
#include "bgworker/core/model/clock.h"
#include "bgworker/core/model/job.h"
#include "bgworker/core/policy/reservation.h"
#include "bgworker/core/services/object_store.h"
#include "bgworker/core/services/provider.h"

namespace debrief {

// A sound that was made and, unless the settle itself stores it, is in its store.
struct Sound {
  int segment_index = 0;
  std::string source_hash = {}, url = {}, path = {}, format = {}, content_type = {};
  std::string duration_ms = {}, version = {};
  int64_t bytes = 0;
  std::string body = {};  // kind database: stored by the settle
};

// The part being spoken, in as many inputs as the provider needs for it.
struct Speech {
  std::vector<std::string> inputs;
  std::vector<std::string> sounds;  // of the first inputs; empty where there was nothing to say
  std::string version;
};

// A sound on its way into a store behind HTTP.
struct Upload {
  Sound sound;
  NewObject object;
  bool looking = false;        // the request in flight asks whether it is there already
  int failures = 0, busy = 0;  // in this attempt: each has its own limit
};

// What must be durable before the row may go on.
struct Checkpoint {
  std::optional<std::string> exchange_state;
  std::string object_path = {};  // about to be written
  int segment_index = 0;
  std::function<void()> then;
};

struct Attempt {
  Job job;
  Reservation reservation;  // of its calls, until it finishes
  std::shared_ptr<const StageConfig> config;
  std::shared_ptr<const FileSource> video;  // kAnalysis
  size_t next_part = 0;                     // kAudio: the part being spoken
  Speech speech;
  Upload upload;
  std::vector<Sound> sounds;  // kAudio: the parts that are done
  std::optional<Checkpoint> checkpoint;

  TransferId transfer = 0;
  bool has_waited = false;       // as CallInput has it
  bool token_refreshed = false;  // once is enough
  Ending result;
  std::optional<Decision> decision;  // what follows from a failure
  bool store_failed = false;         // the failure is the store's, not the provider's
  bool probes_store = false;         // which was left alone, and may still not be there
  Usage usage;                       // of all calls
  int calls = 0;                     // that were answered, or failed
  double audio_ms = 0;
  MemoryShare memory;  // what the row holds of answers and sounds

  Response::Phases phases;  // of the last call
  int http_status = 0;
  int64_t started_us = 0;  // monotonic
  int64_t finished_us = 0;
  int64_t renew_at_ms = 0;     // monotonic: when the lease wants extending
  int64_t locked_wait_ms = 0;  // how long the settle waited last for somebody's row lock
  int sessions_lost = 0;       // that ended while it was written: it may be the reason

  const Failure* failure() const { return std::get_if<Failure>(&result); }
  // The server that a failure is about.
  const ServerConfig& server_at_fault() const {
    return store_failed ? config->store : config->server;
  }
};

}  // namespace debrief

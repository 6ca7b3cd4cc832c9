// stage_config.h: one row of debrief.stages with its server and store, ready to work with.
#pragma once

#include <cstdint>
#include <string>

#include "bgworker/core/model/job.h"
#include "bgworker/core/policy/retry.h"
#include "bgworker/core/services/keyring.h"
#include "bgworker/core/services/provider.h"

namespace debrief {

// What a server's own options allow, over all its stages and all workers of the database; 0:
// unlimited.
struct ServerLimits {
  int max_in_flight = 0;
  int64_t calls_per_minute = 0, calls_per_day = 0, tokens_per_day = 0, characters_per_day = 0;
  bool has_cost_per_day = false;  // an amount that SQL alone compares
  bool AreCounted() const {
    return calls_per_minute > 0 || calls_per_day > 0 || tokens_per_day > 0 ||
           characters_per_day > 0 || has_cost_per_day;
  }
};

struct StageConfig {
  Stage stage = Stage::kAnalysis;
  ServerConfig server;           // name empty: nobody serves the stage
  ServerConfig store;            // kind empty: there is none
  std::string store_public_url;  // without a trailing slash
  ServerLimits limits;
  RetryPolicy policy;
  int max_in_flight = 1;
  bool paused = false;
  int64_t parked_ms = 0;  // as of when the table was read
  int failures = 0;
  int64_t store_parked_ms = 0;
  int store_failures = 0;

  // How long a claim may last before others take it for lost.
  int64_t LeaseMs() const { return server.timeout_ms + 30'000; }
};

// The fields of _load_config() as text.
struct StageConfigRow {
  std::string stage, server, kind, options, store, store_kind, store_options;
  std::string max_attempts, backoff_base_ms, backoff_cap_ms, timeout_ms;
  std::string max_in_flight, instruction, paused, parked_ms, failures;
  std::string store_parked_ms, store_failures;
};

StageConfig ParseStageConfig(const StageConfigRow& row);

// A server's options (JSON text) as its adapter wants them; the key is not resolved.
ServerConfig ParseServer(std::string name, std::string kind, const std::string& options);

// Why the stage cannot be worked on, for the log; empty when it can.
struct Problem {
  std::string message;
  std::string hint;
};
Problem FindProblem(const StageConfig& config);

// Puts the secret that the server names into its configuration, or says why there is none.
std::optional<Failure> ResolveKey(const Keyring& keyring, ServerConfig* server);

}  // namespace debrief

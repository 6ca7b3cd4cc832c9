// configuration.h: what the worker works by: settings, keys, stages and their servers.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "bgworker/core/attempt/stage_config.h"
#include "bgworker/core/http/client.h"
#include "bgworker/core/http/memory_budget.h"
#include "bgworker/core/policy/server_health.h"
#include "bgworker/core/services/keyring.h"
#include "bgworker/database/database.h"

namespace debrief {

class Configuration {
 public:
  Configuration(Database* database, HttpClient* http, MemoryBudget* memory, ServerHealth* health)
      : database_(database), http_(http), memory_(memory), health_(health) {}

  // Takes an identity in the database, and reads settings and keys. False when PostgreSQL refused.
  bool Start();
  bool has_started() const { return started_; }
  // Reads stages and servers. False when PostgreSQL refused.
  bool Load();
  void LoadSettings();
  void LoadKeys();

  // The tables say otherwise by now.
  void OnChanged() { stale_ = true; }
  // Whether the database is a copy, which claims nothing; logged when it changes.
  void SetCopy(bool is_copy);

  bool is_stale() const { return stale_; }
  bool is_ready() const { return started_ && !stale_; }
  // Whether a server works for the stage, and it is not paused.
  bool IsServed(Stage stage) const;
  // Null until it was read.
  const std::shared_ptr<const StageConfig>& Of(Stage stage) const { return At(stage).config; }
  // The stages of a server: bits by number.
  uint32_t StagesOf(const std::string& server) const;
  const Keyring& keyring() const { return keyring_; }

 private:
  struct StageState {
    std::shared_ptr<const StageConfig> config;
    std::string problem;  // last one that was logged
    bool usable = false;
  };
  StageState& At(Stage stage) { return stages_[static_cast<size_t>(stage)]; }
  const StageState& At(Stage stage) const { return stages_[static_cast<size_t>(stage)]; }
  void Apply(StageConfig config);
  Problem ResolveKeys(StageConfig* config);
  void LogProblem(const StageConfig& config, const Problem& problem);
  bool HasChanged(const ServerConfig& server) const;
  void ForgetFailures(const ServerConfig& server, Stage stage, int64_t* parked_ms, int* failures);

  Database* database_;
  HttpClient* http_;
  MemoryBudget* memory_;
  ServerHealth* health_;
  Keyring keyring_;
  std::array<StageState, kStageCount> stages_;
  std::map<std::string, ServerConfig> known_servers_;  // by name, as they were last used
  std::string reach_;  // pg_debrief.allowed_hosts and ca_file, as they were last read
  bool reach_changed_ = false;
  bool started_ = false;
  bool stale_ = true;
  bool is_copy_ = false;
};

}  // namespace debrief

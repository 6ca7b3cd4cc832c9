// configuration.cpp: see configuration.h.

#include <unistd.h>

#include <cstdlib>
#include <utility>
#include <vector>

#include "bgworker/backend/log.h"
#include "bgworker/backend/slot.h"
#include "bgworker/worker/configuration.h"
#include "extension/settings.h"

namespace debrief {
namespace {

constexpr int64_t kNoKeyParkMs = 300'000;  // until the key file or the server changes

}  // namespace

void Configuration::LoadSettings() {
  std::string bad;
  const std::string reach = std::string(settings::allowed_hosts) + "\n" + settings::ca_file;
  reach_changed_ |= started_ && reach_ != reach;
  reach_ = reach;
  http_->SetOutbound(Outbound::Parse(settings::allowed_hosts, &bad));
  http_->SetCaFile(settings::ca_file);
  memory_->SetLimit(int64_t{settings::memory_limit_mb} << 20);
  if (bad.empty()) return;
  Log(Severity::kWarning,
      {.message = Format("pg_debrief.allowed_hosts: \"%s\" is no host", bad.c_str()),
       .hint = "Write host or host:port, separated by commas."});
}

void Configuration::LoadKeys() {
  const char* const directory = std::getenv("CREDENTIALS_DIRECTORY");
  std::string credential;
  if (directory != nullptr) {
    credential = std::string(directory) + "/pg_debrief_keys";
    if (access(credential.c_str(), F_OK) != 0) credential.clear();
  }
  const std::string problem = keyring_.Load(settings::key_file, credential);
  const std::string words = problem.empty() ? "" : "the key file cannot be used: " + problem;
  slot::SetStandingProblem(words.c_str());
  if (!problem.empty()) {
    Log(Severity::kWarning,
        {.message = "pg_debrief: " + words,
         .hint = "pg_debrief.key_file names it; keys read earlier stay in use."});
  }
  stale_ = true;
}

// Reports once what stands in a stage's way, and once that it is gone.
void Configuration::LogProblem(const StageConfig& config, const Problem& problem) {
  StageState& state = At(config.stage);
  state.usable = problem.message.empty();
  if (state.problem == problem.message) return;
  state.problem = problem.message;
  if (state.usable) {
    Log(Severity::kLog, {.message = Format("pg_debrief: stage \"%s\" is served by \"%s\"",
                                           StageName(config.stage), config.server.name.c_str())});
  } else {
    Log(Severity::kLog,
        {.message = "pg_debrief: " + problem.message + ": its rows wait", .hint = problem.hint});
  }
}

bool Configuration::Start() {
  bool is_copy = false;
  if (!database_->Start(&is_copy)) return false;
  LoadSettings();
  started_ = true;
  LoadKeys();
  SetCopy(is_copy);
  return true;
}

bool Configuration::IsServed(Stage stage) const {
  const StageState& state = At(stage);
  return state.usable && !state.config->paused;
}

uint32_t Configuration::StagesOf(const std::string& server) const {
  uint32_t stages = 0;
  for (size_t i = 0; i < kStageCount; i++) {
    if (stages_[i].config != nullptr && stages_[i].config->server.name == server) stages |= 1u << i;
  }
  return stages;
}

void Configuration::SetCopy(bool is_copy) {
  if (is_copy && !is_copy_) {
    Log(Severity::kWarning,
        {.message = "pg_debrief: this database is a copy of the one it was installed in: nothing "
                    "is claimed",
         .hint = "SELECT debrief.activate_copy(); lets this copy call its providers."});
  }
  if (is_copy != is_copy_) stale_ = true;
  is_copy_ = is_copy;
}

bool Configuration::Load() {
  std::vector<StageConfig> configs;
  if (!database_->LoadConfig(&configs)) return false;
  int64_t ssml_bytes_max = 0;
  for (const StageConfig& config : configs) {
    if (config.stage == Stage::kAudio) ssml_bytes_max = config.server.ssml_bytes_max;
  }
  // A stage whose row is gone is not served.
  std::array<StageState, kStageCount> before = std::exchange(stages_, {});
  for (const StageConfig& config : configs) {
    const size_t stage = static_cast<size_t>(config.stage);
    stages_[stage] = std::move(before[stage]);
  }
  for (StageConfig& config : configs) {
    // What is written must fit the server that will speak it.
    if (config.stage == Stage::kSsml) config.server.ssml_bytes_max = ssml_bytes_max;
    Apply(std::move(config));
  }
  // Not before: a server may serve several stages.
  for (const StageState& state : stages_) {
    if (state.config == nullptr) continue;
    known_servers_[state.config->server.name] = state.config->server;
    known_servers_[state.config->store.name] = state.config->store;
  }
  stale_ = reach_changed_ = false;
  return true;
}

// Puts the servers' secrets into the configuration; says which has none.
Problem Configuration::ResolveKeys(StageConfig* config) {
  for (ServerConfig* server : {&config->server, &config->store}) {
    const std::optional<Failure> no_key = ResolveKey(keyring_, server);
    if (!no_key) continue;
    Problem problem{"server \"" + server->name + "\" has no key (" + no_key->detail + ")",
                    "Correct the file that pg_debrief.key_file names, or add the key; then SELECT "
                    "pg_reload_conf();"};
    if (problem.message != At(config->stage).problem) {
      database_->ParkServer(server->name, config->stage, kNoKeyParkMs, 1, *no_key);
    }
    return problem;
  }
  return {};
}

void Configuration::Apply(StageConfig config) {
  Problem problem = FindProblem(config);
  bool has_keys = true;
  if (problem.message.empty()) {
    problem = ResolveKeys(&config);
    has_keys = problem.message.empty();
  }
  // What failed under another address or key, or where calls could not go, says nothing of now.
  if (has_keys) {
    if (reach_changed_ || HasChanged(config.server)) {
      ForgetFailures(config.server, config.stage, &config.parked_ms, &config.failures);
    }
    if (reach_changed_ || HasChanged(config.store)) {
      ForgetFailures(config.store, config.stage, &config.store_parked_ms, &config.store_failures);
    }
  }
  health_->Load(config.server.name, config.stage, NowMs(), config.parked_ms, config.failures);
  if (!config.store.kind.empty()) {
    health_->Load(config.store.name, config.stage, NowMs(), config.store_parked_ms,
                  config.store_failures);
  }
  LogProblem(config, problem);
  StageState& state = At(config.stage);
  state.config = std::make_shared<const StageConfig>(std::move(config));
}

// Whether it was known under this name as another one.
bool Configuration::HasChanged(const ServerConfig& server) const {
  const auto known = known_servers_.find(server.name);
  if (known == known_servers_.end()) return false;
  const ServerConfig& before = known->second;
  return before.kind != server.kind || before.key != server.key || before.options != server.options;
}

void Configuration::ForgetFailures(const ServerConfig& server, Stage stage, int64_t* parked_ms,
                                   int* failures) {
  if (*failures == 0 && *parked_ms == 0) return;
  database_->ServerOk(server.name, stage);
  *failures = 0;
  *parked_ms = 0;
}

}  // namespace debrief

// worker_claim.cpp: the worker's configuration, and what it claims by it.

extern "C" {
#include "postgres.h"

#include "miscadmin.h"
#include "pgstat.h"
}

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "../extension/settings.h"
#include "slot.h"
#include "worker.h"

namespace debrief {
namespace {

constexpr int kClaimMax = 100;
constexpr int64_t kBlockedWaitMs = 100;
constexpr int64_t kStatisticsWaitMs = 1'000;

constexpr int64_t kNoKeyParkMs = 300'000;  // until the key file or the server changes

bool IsOtherServer(const ServerConfig& before, const ServerConfig& now) {
  return before.name == now.name &&
         (before.kind != now.kind || before.key != now.key || before.options != now.options);
}

// Audio first: finished SSML is not to starve behind new SSML.
constexpr Stage kClaimOrder[kStageCount] = {Stage::kAudio, Stage::kSsml, Stage::kAnalysis};

}  // namespace

void Worker::ConfigureHttp() {
  std::string bad;
  http_->SetOutbound(Outbound::Parse(settings::allowed_hosts, &bad));
  http_->SetCaFile(settings::ca_file);
  if (bad.empty()) return;
  ereport(WARNING, errmsg("pg_debrief.allowed_hosts: \"%s\" is no host", bad.c_str()),
          errhint("Write host or host:port, separated by commas."));
}

void Worker::LoadKeys() {
  const char* const directory = std::getenv("CREDENTIALS_DIRECTORY");
  std::string credential;
  if (directory != nullptr) {
    credential = std::string(directory) + "/pg_debrief_keys";
    if (access(credential.c_str(), F_OK) != 0) credential.clear();
  }
  const std::string problem = keyring_.Load(settings::key_file, credential);
  if (!problem.empty()) {
    ereport(WARNING, errmsg("pg_debrief: the key file cannot be used: %s", problem.c_str()),
            errhint("pg_debrief.key_file names it; keys read earlier stay in use."));
  }
  config_stale_ = true;
}

// Tells once what stands in a stage's way, and once that it is gone.
void Worker::Describe(const StageConfig& config, const Problem& problem) {
  StageState& state = stages_[static_cast<int>(config.stage)];
  state.usable = problem.message.empty();
  if (state.problem == problem.message) return;
  state.problem = problem.message;
  if (state.usable) {
    ereport(LOG, errmsg("pg_debrief: stage \"%s\" is served by \"%s\"", StageName(config.stage),
                        config.server.name.c_str()));
  } else {
    ereport(LOG, errmsg("pg_debrief: %s: its rows wait", problem.message.c_str()),
            errhint("%s", problem.hint.c_str()));
  }
}

bool Worker::BeginWork() {
  bool is_copy = false;
  if (!store_.Start(&is_copy)) {
    Trouble("start");
    return false;
  }
  started_ = true;
  ConfigureHttp();
  LoadKeys();
  if (is_copy) {
    ereport(WARNING,
            errmsg("pg_debrief: this database is a copy of the one it was installed in: nothing "
                   "is claimed"),
            errhint("SELECT debrief.resume(); lets this copy call its providers."));
  }
  return true;
}

void Worker::Reload() {
  if (!started_ && !BeginWork()) return;
  std::vector<StageConfig> configs;
  if (!store_.LoadConfig(&configs)) return Trouble("load the configuration");
  int64_t ssml_bytes_max = 0;
  for (const StageConfig& config : configs) {
    if (config.stage == Stage::kAudio) ssml_bytes_max = config.server.ssml_bytes_max;
  }
  for (StageConfig& config : configs) {
    // What is written must fit the server that will speak it.
    if (config.stage == Stage::kSsml) config.server.ssml_bytes_max = ssml_bytes_max;
    TakeConfig(std::move(config));
  }
  config_stale_ = false;
}

void Worker::TakeConfig(StageConfig config) {
  StageState& state = stages_[static_cast<int>(config.stage)];
  Problem problem = FindProblem(config);
  std::optional<Failure> no_key;
  for (ServerConfig* server : {&config.server, &config.store}) {
    if (!problem.message.empty()) break;
    no_key = ResolveKey(keyring_, server);
    if (!no_key) continue;
    problem = {"server \"" + server->name + "\" has no key (" + no_key->detail + ")",
               "Add it to the file that pg_debrief.key_file names, then SELECT pg_reload_conf();"};
    if (problem.message != state.problem) {
      store_.ParkServer(server->name, kNoKeyParkMs, 1, *no_key);
    }
  }
  // What failed under another address or key says nothing of this one.
  if (state.config != nullptr && !no_key) {
    if (IsOtherServer(state.config->server, config.server)) {
      Mended(config.server, &config.parked_ms, &config.failures);
    }
    if (IsOtherServer(state.config->store, config.store)) {
      Mended(config.store, &config.store_parked_ms, &config.store_failures);
    }
  }
  health_.Load(config.server.name, NowMs(), config.parked_ms, config.failures);
  if (!config.store.kind.empty()) {
    health_.Load(config.store.name, NowMs(), config.store_parked_ms, config.store_failures);
  }
  Describe(config, problem);
  state.config = std::make_shared<const StageConfig>(std::move(config));
  state.work_due = true;
  state.blocked_until_ms = 0;  // the limits may be others now
}

void Worker::Mended(const ServerConfig& server, int64_t* parked_ms, int* failures) {
  if (*failures == 0 && *parked_ms == 0) return;
  store_.ServerOk(server.name);
  *failures = 0;
  *parked_ms = 0;
}

int64_t Worker::ParkedUntilMs(const StageConfig& config, int64_t now_ms) const {
  return std::max(health_.ParkedUntilMs(config.server.name, now_ms),
                  health_.ParkedUntilMs(config.store.name, now_ms));
}

bool Worker::MayCall(Stage stage, int64_t now_ms) const {
  const StageState& state = stages_[static_cast<int>(stage)];
  return state.usable && !state.config->paused && state.blocked_until_ms <= now_ms &&
         ParkedUntilMs(*state.config, now_ms) == 0;
}

uint32 Worker::StagesOf(const std::string& server) const {
  uint32 stages = 0;
  for (int i = 0; i < kStageCount; i++) {
    if (stages_[i].config != nullptr && stages_[i].config->server.name == server) stages |= 1u << i;
  }
  return stages;
}

// Answers whether there is anything to ask the tables for.
bool Worker::PlanClaim(ClaimRequest* request) {
  const int64_t now_ms = NowMs();
  request->housekeeping = safety_poll_ms_ <= now_ms;
  bool anything = request->housekeeping;
  for (Stage stage : kClaimOrder) {
    const int i = static_cast<int>(stage);
    StageState& state = stages_[i];
    if (request->housekeeping) state.work_due = true;
    if (!state.work_due || !MayCall(stage, now_ms)) continue;
    const StageConfig& config = *state.config;
    const bool probing =
        health_.IsProbing(config.server.name) || health_.IsProbing(config.store.name);
    const int limit = probing ? 1 : config.max_in_flight;
    const int granted = slot::Reserve(
        i, {.wanted = std::min(kClaimMax, limit),
            .stage_limit = limit,
            .server_limit = config.limits.max_in_flight > 0 ? config.limits.max_in_flight : INT_MAX,
            .stages_of_server = StagesOf(config.server.name)});
    if (granted == 0) {
      // All in use: by us, then the end of a call brings us back; or by other workers.
      bool ours = false;
      for (const Assignment* row : runner_.Running()) ours |= row->job.stage == stage;
      if (!ours) state.blocked_until_ms = now_ms + kBlockedWaitMs;
      continue;
    }
    request->wanted[i] = granted;
    request->lease_ms[i] = config.LeaseMs();
    request->limited[i] = config.limits.AreCounted() ? &config : nullptr;
    anything = true;
  }
  if (request->housekeeping) {
    for (const Assignment* row : runner_.Running()) request->held_tokens.push_back(row->job.token);
    for (const Assignment* row : settler_.Held()) request->held_tokens.push_back(row->job.token);
    request->retention_hours = settings::attempt_retention_hours;
  }
  return anything;
}

void Worker::Claim() {
  if (!started_ || config_stale_) return;
  ClaimRequest request;
  if (!PlanClaim(&request)) return;
  ClaimReply reply;
  if (!store_.Claim(request, &reply)) {
    for (int i = 0; i < kStageCount; i++) slot::Unreserve(i, request.wanted[i]);
    return Trouble("claim");
  }
  if (!reply.extension_present) Leave(WorkerState::kAbsent, "the extension was dropped");
  if (reply.version != kVersion) {
    Leave(WorkerState::kStopped, "the extension in the database has another version");
  }
  TakeReply(request, &reply);
}

void Worker::TakeReply(const ClaimRequest& request, ClaimReply* reply) {
  const int64_t now_ms = NowMs();
  if (troubles_ > 0) slot::SetState(WorkerState::kRunning, "");
  troubles_ = 0;
  if (request.housekeeping) safety_poll_ms_ = now_ms + settings::safety_poll_ms;
  statistics_at_ms_ = now_ms + kStatisticsWaitMs;
  std::array<int, kStageCount> claimed{};
  for (const Job& job : reply->jobs) claimed[static_cast<int>(job.stage)]++;
  for (int i = 0; i < kStageCount; i++) {
    StageState& state = stages_[i];
    if (request.wanted[i] > 0) {
      slot::Unreserve(i, request.wanted[i] - claimed[i]);
      state.work_due = claimed[i] == request.wanted[i];
      if (reply->limited_ms[i] > 0) {
        state.work_due = true;
        state.blocked_until_ms = now_ms + reply->limited_ms[i];
      }
    }
    const int64_t in_ms = reply->next_due_ms[i];
    state.next_due_ms = in_ms < 0 ? -1 : now_ms + in_ms;
    for (int64_t waited_us : reply->waited_us[i]) slot::CountLatency(i, slot::kWait, waited_us);
  }
  if (reply->rescued > 0) {
    ereport(LOG, errmsg("pg_debrief: took back %lld claims whose worker is gone",
                        static_cast<long long>(reply->rescued)));
    for (StageState& state : stages_) state.work_due = true;
  }
  for (Job& job : reply->jobs) {
    const StageState& state = stages_[static_cast<int>(job.stage)];
    auto assignment = std::make_unique<Assignment>();
    assignment->job = std::move(job);
    assignment->config = state.config;
    assignment->renew_at_ms = now_ms + state.config->LeaseMs() / 2;
    runner_.Begin(std::move(assignment));
  }
  DeleteObjects(std::move(reply->deletions));
}

}  // namespace debrief

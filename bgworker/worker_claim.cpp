// worker_claim.cpp: the worker's configuration, and what it claims by it.

extern "C" {
#include "postgres.h"

#include "miscadmin.h"
#include "pgstat.h"
}

#include <algorithm>
#include <utility>

#include "../extension/settings.h"
#include "core/directory_store.h"
#include "slot.h"
#include "worker.h"

namespace debrief {
namespace {

constexpr int kClaimMax = 100;
constexpr int64_t kBlockedWaitMs = 100;
constexpr int64_t kStatisticsWaitMs = 1'000;

constexpr int64_t kNoKeyParkMs = 300'000;  // until the key file or the server changes

bool IsOtherServer(const StageConfig& before, const StageConfig& now) {
  return before.server.name == now.server.name &&
         (before.server.base_url != now.server.base_url || before.server.key != now.server.key ||
          before.server.kind != now.server.kind || before.key_name != now.key_name);
}

// Audio first: finished SSML is not to starve behind new SSML.
constexpr Stage kClaimOrder[kStageCount] = {Stage::kAudio, Stage::kSsml, Stage::kAnalysis};

}  // namespace

void Worker::LoadKeys() {
  const std::string problem = keyring_.Load(settings::key_file);
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
  if (problem.message.empty()) no_key = ResolveKey(keyring_, &config);
  if (no_key) {
    problem = {"server \"" + config.server.name + "\" has no key (" + no_key->detail + ")",
               "Add it to the file that pg_debrief.key_file names, then SELECT pg_reload_conf();"};
    if (problem.message != state.problem) {
      store_.ParkServer(config.server.name, kNoKeyParkMs, 1, *no_key);
    }
  }
  // What failed under another address or key says nothing of this one.
  const bool mended = state.config != nullptr && !no_key && IsOtherServer(*state.config, config);
  if (mended && (config.failures > 0 || config.parked_ms > 0)) {
    store_.ServerOk(config.server.name);
    config.failures = 0;
    config.parked_ms = 0;
  }
  health_.Load(config.server.name, NowMs(), config.parked_ms, config.failures);
  Describe(config, problem);
  state.config = std::make_shared<const StageConfig>(std::move(config));
  state.work_due = true;
}

bool Worker::MayCall(Stage stage, int64_t now_ms) const {
  const StageState& state = stages_[static_cast<int>(stage)];
  return state.usable && !state.config->paused && state.blocked_until_ms <= now_ms &&
         health_.ParkedUntilMs(state.config->server.name, now_ms) == 0;
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
    const int limit = health_.IsProbing(config.server.name) ? 1 : config.max_in_flight;
    const int granted = slot::Reserve(i, std::min(kClaimMax, limit), limit);
    if (granted == 0) {
      // All in use: by us, then the end of a call brings us back; or by other workers.
      bool ours = false;
      for (const Assignment* row : runner_.Running()) ours |= row->job.stage == stage;
      if (!ours) state.blocked_until_ms = now_ms + kBlockedWaitMs;
      continue;
    }
    request->wanted[i] = granted;
    request->lease_ms[i] = config.LeaseMs();
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
  DeleteObjects(reply->deletions);
}

void Worker::DeleteObjects(const std::vector<ObjectDeletion>& deletions) {
  if (deletions.empty()) return;
  std::vector<int64_t> ids;
  std::vector<std::string> errors;
  for (const ObjectDeletion& object : deletions) {
    ids.push_back(object.id);
    if (object.store_kind != "directory") {
      errors.push_back("the store does not exist any more");
      continue;
    }
    const std::optional<Failure> failure = directory_store::Remove(object.root, object.path);
    errors.push_back(failure ? failure->message + " " + failure->detail : "");
  }
  if (!store_.SettleDeletions(ids, errors)) Trouble("settle deletions");
}

}  // namespace debrief

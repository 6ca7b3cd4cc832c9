// fake_database_claim.cpp: a turn's transaction: results, rescues and claims.

extern "C" {
#include "postgres.h"  // SQLSTATEs
}

#include <algorithm>
#include <utility>

#include "test/worker/fake_database.h"

namespace debrief {
using sim::Committed;
using sim::Complete;
using sim::EndsTheSession;
using sim::Fails;
using sim::Has;
using sim::Held;
using sim::Index;
using sim::Row;
using sim::Status;
using sim::Unclaim;
using sim::VersionIn;
using sim::World;

namespace {

Job Claim(Row* row, Stage stage, int64_t worker_id, int64_t lease_ms) {
  World& world = World::Get();
  Row::OfStage& at = row->of[Index(stage)];
  Job job{.stage = stage, .id = row->id, .token = world.next_token++};
  job.waited_us = at.due_us < 0 ? 0 : world.unix_us() - at.due_us;
  job.user_id = row->user_id;
  job.unproven = row->unproven;
  job.unproven_age_ms = row->unproven_us < 0 ? -1 : (world.unix_us() - row->unproven_us) / 1000;
  job.attempt = ++at.attempts;
  at.status = Status::kProcessing;
  at.due_us = -1;
  row->token = job.token;
  row->claimed_by = worker_id;
  row->lease_until_us = world.unix_us() + lease_ms * 1000;
  job.recording = {.id = row->id, .storage_path = "world.h", .filename = row->text()};
  job.feedback.message = row->text();
  row->made_us = world.now_us;
  job.message = {.id = "msg_" + row->text(), .body = R"({"id":")" + row->text() + R"("})"};
  job.object_prefix = "sounds/" + std::to_string(row->id);
  job.segment_count = world.parts;
  for (int part = 0; stage == Stage::kAudio && part < world.parts; part++) {
    if (world.kept_sounds[row->text()].contains(part)) continue;
    const std::string plain = "<speak version=\"1.1\">" + row->text() + "</speak>";
    job.parts.push_back({.segment_index = part, .ssml = world.ssml ? world.ssml(*row) : plain});
  }
  return job;
}

// As _runs_alone() and _next_alone().
bool RunsAlone(const Row::OfStage& at, Stage stage, int attempts) {
  const int attempts_max = std::atoi(World::Get().stages[Index(stage)].max_attempts.c_str());
  return at.error_code == "worker_lost" && attempts >= std::min(2, attempts_max - 1);
}

int64_t NextAlone(Stage stage, const std::vector<int64_t>& aside) {
  const World& world = World::Get();
  int64_t next = 0;
  for (const auto& [id, row] : world.rows) {
    const Row::OfStage& at = row.of[Index(stage)];
    if (at.status == Status::kProcessing && RunsAlone(at, stage, at.attempts - 1)) return 0;
    if (next != 0 || Has(aside, id)) continue;
    const bool is_due = at.due_us >= 0 && at.due_us <= world.unix_us();
    if (is_due && RunsAlone(at, stage, at.attempts)) next = id;
  }
  return next;
}

using DueRows = std::vector<std::pair<int64_t, Row*>>;

DueRows DueOf(Stage stage, const StageClaim& claim, int64_t went_alone) {
  World& world = World::Get();
  const size_t i = Index(stage);
  DueRows due;
  for (auto& [id, row] : world.rows) {
    const int64_t due_us = row.of[i].due_us;
    if (due_us < 0 || due_us > world.unix_us() || row.locked_until_us > world.now_us) continue;
    if (Has(claim.aside, id)) continue;
    const bool is_first = id == went_alone || Has(claim.preferred, id);
    const bool is_next =
        due_us >= claim.from_us && !RunsAlone(row.of[i], stage, row.of[i].attempts);
    if (is_first || is_next) due.emplace_back(is_first ? -1 : due_us, &row);
  }
  std::stable_sort(due.begin(), due.end(), [](auto& a, auto& b) { return a.first < b.first; });
  return due;
}

// As _drop_deliveries(): of what goes on, or what a later message says.
void DropDeliveries() {
  World& world = World::Get();
  const auto is_due = [&](const Row& row) {
    return row.of[3].due_us >= 0 && row.of[3].due_us <= world.unix_us();
  };
  std::map<int64_t, std::pair<int64_t, int64_t>> last;  // by item: made when, and which is due
  for (const auto& [id, row] : world.rows) {
    if (row.delivers == 0) continue;
    auto& [made_us, due_id] = last.try_emplace(row.delivers, -1, 0).first->second;
    made_us = std::max(made_us, row.made_us);
    if (is_due(row)) due_id = id;
  }
  std::erase_if(world.rows, [&](const auto& entry) {
    const Row& row = entry.second;
    if (row.delivers == 0 || !is_due(row)) return false;
    const auto item = world.rows.find(row.delivers);
    if (item == world.rows.end()) return true;
    const Status status = item->second.now().status;
    const auto& [made_us, due_id] = last[row.delivers];
    return status == Status::kQueued || status == Status::kProcessing || due_id > row.id ||
           made_us > std::max(row.asked_us, row.made_us);
  });
}

// Whether the claim takes one of the rows.
bool Takes(const ClaimRequest& request, const std::set<int64_t>& rows) {
  for (size_t i = 0; i < kStageCount; i++) {
    const StageClaim& claim = request.stages[i];
    const Stage stage = static_cast<Stage>(i);
    const DueRows due = DueOf(stage, claim, claim.alone ? NextAlone(stage, claim.aside) : 0);
    for (size_t n = 0; n < due.size() && n < static_cast<size_t>(claim.wanted); n++) {
      if (rows.contains(due[n].second->id)) return true;
    }
  }
  return false;
}

bool IsRefused(const ClaimRequest& request, PgError* error) {
  World& world = World::Get();
  const bool is_unreadable = Takes(request, world.unreadable);
  const bool is_untouchable =
      Takes(request, world.untouchable) || (request.housekeeping && world.refuses_housekeeping);
  world.refused_claims += is_untouchable;
  if (!is_unreadable && !is_untouchable) return false;
  error->sqlstate = is_unreadable ? PackSqlState("53200") : PackSqlState("P0001");
  return true;
}

void ClaimStage(Stage stage, const StageClaim& claim, const StageConfig& config, int64_t worker_id,
                StageReply* reply) {
  World& world = World::Get();
  if (stage == Stage::kDeliver) DropDeliveries();
  if (claim.alone) reply->went_alone = NextAlone(stage, claim.aside);
  const DueRows due = DueOf(stage, claim, reply->went_alone);
  double left = claim.wanted;
  if (claim.is_limited) {
    double& allowance = world.allowance[config.server.name];
    left = std::min(left, allowance);
    if (left < 1) reply->limited_ms = 1000;
    allowance -= std::min(left, static_cast<double>(due.size()));
  }
  for (size_t n = 0; n < due.size() && static_cast<double>(n) + 1 <= left; n++) {
    reply->jobs.push_back(Claim(due[n].second, stage, worker_id, config.LeaseMs()));
  }
}

// As _rescue(): claims whose worker is gone, and leases that ran out, are free again.
int64_t Rescue(int64_t worker_id, const std::vector<int64_t>& held) {
  World& world = World::Get();
  int64_t rescued = 0;
  for (auto& [id, row] : world.rows) {
    if (row.token == 0 || row.locked_until_us > world.now_us) continue;
    const bool is_own = row.claimed_by == worker_id;
    const bool is_held = is_own && Has(held, row.token);
    const bool is_gone = !is_own && !world.living.contains(row.claimed_by);
    if (!is_gone && (is_held || row.lease_until_us >= world.unix_us())) continue;
    Row::OfStage& at = row.now();
    const bool fails =
        at.attempts >= std::atoi(world.stages[Index(row.stage())].max_attempts.c_str());
    at.status = fails ? Status::kFailed : Status::kQueued;
    at.due_us = fails ? -1 : world.unix_us();
    at.error_code = "worker_lost";
    world.revoked.insert(row.token);
    row.token = row.claimed_by = row.lease_until_us = 0;
    if (fails) world.Ended(&row);
    rescued++;
  }
  return rescued;
}

std::array<int64_t, kStageCount> DueMs() {
  World& world = World::Get();
  std::array<int64_t, kStageCount> due_ms;
  due_ms.fill(-1);
  for (const auto& [id, row] : world.rows) {
    for (size_t i = 0; i < kStageCount; i++) {
      if (row.of[i].due_us <= world.unix_us()) continue;
      const int64_t wait_ms = (row.of[i].due_us - world.unix_us() + 999) / 1000;
      due_ms[i] = due_ms[i] < 0 ? wait_ms : std::min(due_ms[i], wait_ms);
    }
  }
  return due_ms;
}

}  // namespace

bool Database::NextDue(std::array<int64_t, kStageCount>* due_ms) {
  if (Fails(&error_)) return false;
  *due_ms = DueMs();
  return Committed();
}

bool Database::Due(Stage stage, FairShare::Place after, const std::vector<int64_t>& aside,
                   std::vector<SeenRow>* due) {
  if (Fails(&error_)) return false;
  if (const int64_t id = NextAlone(stage, aside); id != 0) due->push_back({.id = id});
  for (const auto& [due_us, row] : DueOf(stage, {}, 0)) {
    if (std::pair(due_us, row->id) <= std::pair(after.due_us, after.id)) continue;
    due->push_back({.id = row->id, .due_us = due_us, .user_id = row->user_id});
  }
  return Committed();
}

bool Database::ClaimUnread(int64_t lease_ms, Job* job) {
  if (Fails(&error_)) return false;
  if (World::Get().untouchable.contains(job->id)) {
    error_.sqlstate = PackSqlState("P0001");
    return false;
  }
  const auto row = World::Get().rows.find(job->id);
  if (row != World::Get().rows.end() && row->second.of[Index(job->stage)].due_us >= 0) {
    *job = Claim(&row->second, job->stage, worker_id_, lease_ms);
  }
  return Committed();
}

// The commit is durable, but its answer does not arrive.
bool LosesTheAnswer(const ClaimReply& reply, PgError* error) {
  World& world = World::Get();
  const bool claims = std::any_of(reply.stages.begin(), reply.stages.end(),
                                  [](const auto& stage) { return !stage.jobs.empty(); });
  if (!claims || world.claims_to_lose == 0) return false;
  world.claims_to_lose--;
  error->sqlstate = kAway;
  error->at_commit = error->in_transaction = true;
  return true;
}

bool Database::SettleAndClaim(const SettleAndClaimRequest& request, SettleAndClaimReply* reply) {
  if (Fails(&error_)) return false;
  if (request.claim && IsRefused(*request.claim, &error_)) return false;
  if (EndsTheSession(request.audio, &error_)) return false;
  for (const auto& attempt : request.audio) {
    const bool is_refused =
        World::Get().refuses_sounds || World::Get().unstorable.contains(attempt->job.id);
    if (!is_refused) continue;
    error_.sqlstate = PackSqlState("22P05");  // a character has no equivalent
    return false;
  }
  for (const auto& attempt : request.audio) {
    Row* row = Held(*attempt, &reply->audio.emplace_back());
    if (row == nullptr) continue;
    Complete(row, Stage::kAudio, VersionIn(attempt->job.parts[0].ssml));
    Unclaim(row);
    World::Get().Ended(row);
  }
  int claims_left = request.audio_claims.count;
  for (const auto& attempt : request.ssml) {
    Row* row = Held(*attempt, &reply->ssml.emplace_back());
    if (row == nullptr) continue;
    Complete(row, Stage::kSsml, VersionIn(std::get<SsmlResult>(attempt->result).segments[0]));
    Unclaim(row);
    Row::OfStage& audio = row->of[2];
    audio = {.status = Status::kQueued, .due_us = World::Get().unix_us()};
    row->unproven = 0;
    row->unproven_us = -1;
    if (claims_left-- > 0) {
      World::Get().went_on++;
      reply->went_on.push_back(
          Claim(row, Stage::kAudio, worker_id_, request.audio_claims.lease_ms));
    }
  }
  if (request.claim) {
    const ClaimRequest& claim = *request.claim;
    if (claim.housekeeping) {
      reply->claim.rescued = Rescue(worker_id_, claim.held_tokens);
      for (const auto& [id, row] : World::Get().rows) {
        for (size_t i = 0; i < kStageCount; i++) {
          reply->claim.alone_wait[i] |=
              row.of[i].error_code == "worker_lost" && row.of[i].due_us >= 0;
        }
      }
    }
    for (size_t i = 0; i < kStageCount; i++) {
      if (claim.stages[i].wanted > 0) {
        ClaimStage(static_cast<Stage>(i), claim.stages[i], *claim.configs[i], worker_id_,
                   &reply->claim.stages[i]);
      }
    }
    if (claim.housekeeping) reply->claim.due_ms = DueMs();
    if (LosesTheAnswer(reply->claim, &error_)) return false;
  }
  return Committed();
}

}  // namespace debrief

// fake_database.cpp: the Database on the World's rows. It follows the SQL of sql/: what a claim
// takes, what a settle finds, what a rescue does. Claims are in fake_database_claim.cpp.

#include "test/worker/fake_database.h"

#include <algorithm>

namespace debrief {

namespace sim {

bool Fails(PgError* error) {
  World& world = World::Get();
  error->in_transaction = false;
  if (world.in_transaction) world.in_transaction(/*before=*/true);
  world.transactions++;
  world.now_us += kTransactionUs;
  if (world.IsTerminated()) {
    error->sqlstate = PackSqlState("57014");
    return true;
  }
  if (world.sqlstate == 0) {
    world.failed_since_us = -1;
    return false;
  }
  error->sqlstate = world.sqlstate;
  error->at_commit = world.fails_at_commit;
  constexpr char kWords[] = "as it was told";
  std::copy(std::begin(kWords), std::end(kWords), error->message);
  world.NoteFailedTransaction();
  return true;
}

bool Committed() {
  World& world = World::Get();
  if (world.in_transaction) world.in_transaction(/*before=*/false);
  return true;
}

Row* Held(const Attempt& attempt, SettleOutcome* outcome) {
  World& world = World::Get();
  const auto found = world.rows.find(attempt.job.id);
  *outcome = SettleOutcome::kStale;
  if (found == world.rows.end() || found->second.token != attempt.job.token) return nullptr;
  Row& row = found->second;
  *outcome = row.locked_until_us > world.now_us ? SettleOutcome::kLocked : SettleOutcome::kSettled;
  return *outcome == SettleOutcome::kSettled ? &row : nullptr;
}

void Unclaim(Row* row) {
  World::Get().settled.insert(row->token);
  row->token = row->claimed_by = row->lease_until_us = 0;
}

void Complete(Row* row, Stage stage, int version) {
  Row::OfStage& at = row->of[Index(stage)];
  at.status = Status::kCompleted;
  at.result_version = version;
  at.error_code.clear();
  if (!World::Get().results[Index(stage)].insert({row->id, version}).second) {
    throw sim::Violation("two results for a message: " + row->text());
  }
}

int VersionIn(const std::string& text) {
  const size_t at = text.find('v', text.find(">m"));
  return std::atoi(text.c_str() + at + 1);
}

}  // namespace sim

using sim::Committed;
using sim::Complete;
using sim::EndsTheSession;
using sim::Fails;
using sim::Held;
using sim::Index;
using sim::Row;
using sim::Status;
using sim::Unclaim;
using sim::VersionIn;
using sim::World;

bool Database::Start(bool* is_copy) {
  if (Fails(&error_)) return false;
  World& world = World::Get();
  worker_id_ = world.next_token++;
  world.living.insert(worker_id_);
  *is_copy = false;
  return Committed();
}

bool Database::ReadVersions(Versions* versions) {
  if (Fails(&error_)) return false;
  *versions = World::Get().versions;
  return Committed();
}

bool Database::LoadConfig(std::vector<StageConfig>* configs) {
  if (Fails(&error_)) return false;
  World& world = World::Get();
  for (StageConfigRow stage : world.stages) {
    if (stage.stage.empty()) continue;
    const sim::ServerState& state = world.servers[{stage.server, ParseStageConfig(stage).stage}];
    stage.parked_ms = std::to_string(
        std::max<int64_t>(0, (state.parked_until_us - world.unix_us() + 999) / 1000));
    stage.failures = std::to_string(state.failures);
    const sim::ServerState& store = world.servers[{stage.store, ParseStageConfig(stage).stage}];
    stage.store_parked_ms = std::to_string(
        std::max<int64_t>(0, (store.parked_until_us - world.unix_us() + 999) / 1000));
    stage.store_failures = std::to_string(store.failures);
    configs->push_back(ParseStageConfig(stage));
  }
  return Committed();
}

bool Database::SettleAnalysis(const Attempt& attempt, SettleOutcome* outcome) {
  if (Fails(&error_)) return false;
  Row* row = Held(attempt, outcome);
  if (row == nullptr) return Committed();
  Complete(row, Stage::kAnalysis, row->version);
  Unclaim(row);
  for (size_t i = 0; i < std::get<AnalysisResult>(attempt.result).feedback.size(); i++) {
    World::Get().AddFeedback(row->user_id);
  }
  return Committed();
}

bool Database::SettleDone(Stage stage, const std::vector<const Attempt*>& batch,
                          std::vector<SettleOutcome>* outcomes) {
  if (Fails(&error_)) return false;
  outcomes->clear();
  for (const Attempt* done : batch) {
    Row* row = Held(*done, &outcomes->emplace_back());
    if (row == nullptr) continue;
    Complete(row, stage, row->version);
    Unclaim(row);
  }
  return Committed();
}

bool Database::SettleFailures(Stage stage, const std::vector<const Attempt*>& batch,
                              std::vector<SettleOutcome>* outcomes) {
  if (Fails(&error_)) return false;
  World& world = World::Get();
  outcomes->clear();
  for (const Attempt* failed : batch) {
    Row* row = Held(*failed, &outcomes->emplace_back());
    if (row == nullptr) continue;
    Row::OfStage& at = row->of[Index(stage)];
    const Decision& decision = *failed->decision;
    const Disposition what = decision.disposition;
    const bool fails = what == Disposition::kFailed;
    at.status = fails ? Status::kFailed : Status::kQueued;
    at.due_us = fails ? -1 : world.unix_us() + decision.delay_ms * 1000;
    at.error_code = failed->failure()->code;
    if (what == Disposition::kDeferred || what == Disposition::kReleased) {
      at.attempts--;
      world.given_back[Index(stage)][{row->id, row->version}]++;
    } else if (what == Disposition::kRetried) {
      at.attempts += row->unproven;
    }
    if (decision.unproven > row->unproven) row->unproven_us = world.unix_us();
    if (decision.unproven == 0) row->unproven_us = -1;
    row->unproven = decision.unproven;
    Unclaim(row);
    if (fails) world.Ended(row);
  }
  return Committed();
}

bool Database::ParkServer(const std::string& server, Stage stage, int64_t park_ms, int parks,
                          const Failure&) {
  if (Fails(&error_)) return false;
  World& world = World::Get();
  world.servers[{server, stage}] = {.parked_until_us = world.unix_us() + park_ms * 1000,
                                    .failures = parks};
  return Committed();
}

bool Database::ServerOk(const std::string& server, Stage stage) {
  if (Fails(&error_)) return false;
  World::Get().servers.erase({server, stage});
  return Committed();
}

bool Database::Hasten(Stage stage) {
  if (Fails(&error_)) return false;
  World& world = World::Get();
  for (auto& [id, row] : world.rows) {
    int64_t& due_us = row.of[Index(stage)].due_us;
    if (due_us > world.unix_us() && row.unproven > 0) due_us = world.unix_us();
  }
  return Committed();
}

bool Database::ParkStage(Stage stage, int64_t, int, const PgError&) {
  if (Fails(&error_)) return false;
  World::Get().parked_stages.insert(stage);
  return Committed();
}

bool Database::StageOk(Stage stage) {
  if (Fails(&error_)) return false;
  World::Get().parked_stages.erase(stage);
  return Committed();
}

bool Database::LostClaims(Stage, const std::vector<Attempt*>& held, std::vector<int64_t>* tokens) {
  if (Fails(&error_)) return false;
  World& world = World::Get();
  for (const Attempt* attempt : held) {
    const auto row = world.rows.find(attempt->job.id);
    if (row == world.rows.end() || row->second.token != attempt->job.token) {
      tokens->push_back(attempt->job.token);
    }
  }
  return Committed();
}

bool Database::Renew(Stage, const std::vector<Attempt*>& held, int64_t lease_ms) {
  if (Fails(&error_)) return false;
  World& world = World::Get();
  for (const Attempt* attempt : held) {
    if (!world.untouchable.contains(attempt->job.id)) continue;
    error_.sqlstate = PackSqlState("P0001");
    return false;
  }
  for (const Attempt* attempt : held) {
    const auto row = world.rows.find(attempt->job.id);
    if (row == world.rows.end() || row->second.token != attempt->job.token) continue;
    row->second.lease_until_us = world.unix_us() + lease_ms * 1000;
  }
  return Committed();
}

bool Database::Release(const std::vector<int64_t>& but) {
  if (Fails(&error_)) return false;
  World& world = World::Get();
  for (auto& [id, row] : world.rows) {
    if (row.token == 0 || row.claimed_by != worker_id_) continue;
    if (std::find(but.begin(), but.end(), row.token) != but.end()) continue;
    const Stage stage = row.stage();
    Row::OfStage& at = row.now();
    at.status = Status::kQueued;
    at.due_us = world.unix_us();
    at.attempts--;
    world.given_back[Index(stage)][{row.id, row.version}]++;
    world.revoked.insert(row.token);
    row.token = row.claimed_by = row.lease_until_us = 0;
  }
  return Committed();
}

// Nothing in these tests looks at them.
bool Database::RecordAttempts(Stage, const std::vector<AttemptRecord>& records) {
  if (Fails(&error_)) return false;
  if (World::Get().refuses_history) {
    error_.sqlstate = PackSqlState("23514");
    return false;
  }
  for (const AttemptRecord& record : records) {
    if (std::string(record.disposition) == "deferred") {
      World::Get().deferred_rows[record.attempt->job.id]++;
    }
  }
  return Committed();
}
bool Database::RecordUsage(std::vector<UsageSum>* sums) {
  if (Fails(&error_)) return false;
  for (const UsageSum& sum : *sums) World::Get().recorded_calls += sum.calls;
  sums->clear();
  return Committed();
}
bool Database::Progress(int64_t, int64_t, int) { return !Fails(&error_); }
bool Database::SettleDeletions(const std::vector<int64_t>&, const std::vector<std::string>&) {
  return !Fails(&error_);
}
bool Database::FindServer(const std::string&, ServerConfig*) { return !Fails(&error_); }

bool Database::KeepCheckpoints(const std::vector<Attempt*>& held,
                               std::vector<SettleOutcome>* outcomes) {
  if (Fails(&error_) || EndsTheSession(held, &error_)) return false;
  for (const Attempt* row : held) {
    if (!row->checkpoint->object_path.empty()) {
      World::Get().noted.insert(row->checkpoint->object_path);
    }
    outcomes->push_back(SettleOutcome::kSettled);
  }
  return Committed();
}

}  // namespace debrief

// claim.cpp: housekeeping, and claims of as many rows as there is room for.

#include "bgworker/backend/function_changes.h"
#include "bgworker/backend/module.h"
#include "bgworker/backend/transaction.h"
#include "bgworker/database/rows.h"
#include "bgworker/database/statements.h"

namespace debrief {

using rows::NameOf;
using rows::Number;
using rows::Str;

namespace {

constexpr int kDeletionsMax = 100;
constexpr int kPrunedMax = 1000;

Statement version_statement = {
    "select extversion from pg_catalog.pg_extension where extname = 'pg_debrief'"};
Statement note_copy_statement = {"select debrief._note_copy()"};
Statement give_up_statement = {"select coalesce(sum(given_up), 0) from debrief._give_up()"};
Statement rescue_statement = {"select count(*) from debrief._rescue($1, $2)"};
Statement deletions_statement = {
    "select id, store, store_kind, store_options::text, storage_path"
    " from debrief._take_deletions($1::int)"};
Statement prune_statement = {"select debrief._prune_attempts($1 * interval '1 hour', $2::int)"};
Statement history_statement = {
    "select debrief._roll_up_history() + debrief._prune_history() + debrief._prune_analyses()"};
Statement grant_statement = {
    "select granted, wait_ms from debrief._grant_calls($1, $2::int, nullif($3, 0)::int,"
    " nullif($4, 0), nullif($5, 0), nullif($6, 0))"};
Statement next_due_statement = {"select stage, wait_ms from debrief._next_due()"};
Statement alone_statement = {"select debrief._next_alone($1, $2)"};
Statement alone_wait_statement = {"select s from debrief._waiting_alone() s"};
Statement return_statement = {"select debrief._return_calls($1, $2::int)"};

Statement claim_unread_statement = {
    "select token, attempt, unproven, correlation_id from debrief._claim_unread($1, $2, $3,"
    " $4 * interval '1 millisecond')"};

Statement look_ahead_statement = {
    "select id, user_id, due_us, is_wanted from debrief._look_ahead($1,"
    " timestamptz 'epoch' + $2 * interval '1 microsecond', $3, $4::uuid[], $5::boolean, $6::int)"};

void ReadDeletions(const SqlRows& rows, ClaimReply* reply) {
  for (int row = 0; row < rows.rows; row++) {
    reply->deletions.push_back(
        {.id = Number(rows.At(row, 0)),
         .path = Str(rows.At(row, 4)),
         .server = ParseServer(Str(rows.At(row, 1)), Str(rows.At(row, 2)), Str(rows.At(row, 3)))});
  }
}

bool looks_again = false;

// How many of the wanted calls the server's limits allow.
int64_t Grant(ClaimRows* rows, size_t stage, MemoryContext context) {
  const StageClaim& claim = rows->request->stages[stage];
  if (!claim.is_limited) return claim.wanted;
  const StageConfig& config = *rows->request->configs[stage];
  const ServerLimits& limits = config.limits;
  const SqlArgument arguments[] = {Text(config.server.name),     Int(claim.wanted),
                                   Int(limits.calls_per_minute), Int(limits.calls_per_day),
                                   Int(limits.tokens_per_day),   Int(limits.characters_per_day)};
  rows->grants[stage] = Run(&grant_statement, arguments, 6, context);
  return Number(rows->grants[stage].At(0, 0));
}

void Housekeep(ClaimRows* rows, MemoryContext context) {
  const SqlArgument rescue[] = {Int(rows->worker_id), Ints(rows->request->held_tokens)};
  rows->rescued = Run(&rescue_statement, rescue, 2, context);
  rows->given_up = Run(&give_up_statement, nullptr, 0, context);
  const SqlArgument deletions[] = {Int(kDeletionsMax)};
  rows->deletions = Run(&deletions_statement, deletions, 1, context);
  const SqlArgument prune[] = {Int(rows->request->retention_hours), Int(kPrunedMax)};
  Run(&prune_statement, prune, 2, context);
  Run(&history_statement, nullptr, 0, context);
  rows->alone_wait = Run(&alone_wait_statement, nullptr, 0, context);
}

int64_t NextAlone(ClaimRows* rows, size_t stage, MemoryContext context) {
  if (!rows->request->stages[stage].alone) return 0;
  const SqlArgument arguments[] = {Text(NameOf(stage)), Ints(rows->request->stages[stage].aside)};
  rows->alone[stage] = Run(&alone_statement, arguments, 2, context);
  return Number(rows->alone[stage].At(0, 0));
}

void ClaimStage(ClaimRows* rows, size_t stage, MemoryContext context) {
  const StageClaim& claim = rows->request->stages[stage];
  const StageConfig& config = *rows->request->configs[stage];
  const int64_t granted = Grant(rows, stage, context);
  if (granted == 0) return;
  const SqlArgument arguments[] = {Int(rows->worker_id),  Int(granted),
                                   Int(config.LeaseMs()), Int(claim.from_us),
                                   Ints(claim.preferred), Int(NextAlone(rows, stage, context)),
                                   Ints(claim.aside)};
  rows->claims[stage] = Run(rows::ClaimStatement(stage), arguments, 7, context);
  // A row of audio is a part to speak, and so a call; one without parts needs none.
  const int64_t unused = granted - rows->claims[stage].rows;
  if (!claim.is_limited || unused == 0) return;
  const SqlArgument back[] = {Text(config.server.name), Int(unused)};
  Run(&return_statement, back, 2, context);
}

void LookAhead(ClaimRows* rows, size_t stage, MemoryContext context) {
  static const std::string truths[] = {"f", "t"};
  const FairShare& turns = *rows->request->stages[stage].look_ahead;
  const SqlArgument arguments[] = {
      Text(NameOf(stage)),   Int(turns.place().due_us),         Int(turns.place().id),
      Texts(turns.served()), Text(truths[turns.wants_fresh()]), Int(FairShare::kLookMax)};
  rows->seen[stage] = Run(&look_ahead_statement, arguments, 6, context);
}

std::array<int64_t, kStageCount> ReadNextDue(const SqlRows& rows) {
  std::array<int64_t, kStageCount> due_ms;
  due_ms.fill(-1);
  for (int row = 0; row < rows.rows; row++) {
    const std::string stage = Str(rows.At(row, 0));
    for (size_t i = 0; i < kStageCount; i++) {
      if (stage == NameOf(i)) due_ms[i] = Number(rows.At(row, 1));
    }
  }
  return due_ms;
}

std::vector<SeenRow> ReadSeen(const SqlRows& rows) {
  std::vector<SeenRow> seen;
  for (int row = 0; row < rows.rows; row++) {
    seen.push_back({.id = Number(rows.At(row, 0)),
                    .due_us = Number(rows.At(row, 2)),
                    .user_id = Str(rows.At(row, 1)),
                    .is_wanted = rows::True(rows.At(row, 3))});
  }
  return seen;
}

}  // namespace

bool ClaimRows::LookForExtension(MemoryContext context) {
  const bool have_changed = TakeFunctionChanges();
  if (!have_changed && !looks_again) return true;
  looks_again = false;
  const SqlRows version = debrief::Run(&version_statement, nullptr, 0, context);
  return version.rows == 1 && WorksWith(LibraryVersion(), version.At(0, 0));
}

void ClaimRows::LookAgain() { looks_again = true; }

void ClaimRows::Run(MemoryContext context) {
  if (request->housekeeping) {
    // A copy keeps still: claims, and objects that are to be deleted, are those of its origin.
    copy = debrief::Run(&note_copy_statement, nullptr, 0, context);
    if (rows::True(copy.At(0, 0))) return;
    Housekeep(this, context);
  }
  for (size_t stage = 0; stage < kStageCount; stage++) {
    if (request->stages[stage].wanted > 0) ClaimStage(this, stage, context);
    if (request->stages[stage].look_ahead != nullptr) LookAhead(this, stage, context);
  }
  if (request->housekeeping) next_due = debrief::Run(&next_due_statement, nullptr, 0, context);
}

void ClaimRows::Read(ClaimReply* reply) const {
  reply->is_copy = copy.rows == 1 && rows::True(copy.At(0, 0));
  reply->rescued = rescued.rows == 1 ? Number(rescued.At(0, 0)) : 0;
  reply->given_up = given_up.rows == 1 ? Number(given_up.At(0, 0)) : 0;
  for (size_t i = 0; i < kStageCount; i++) {
    StageReply& stage = reply->stages[i];
    rows::ReadJobs(static_cast<Stage>(i), claims[i], &stage.jobs);
    stage.seen = ReadSeen(seen[i]);
    if (alone[i].rows == 1) stage.went_alone = Number(alone[i].At(0, 0));
    if (grants[i].rows == 1) stage.limited_ms = Number(grants[i].At(0, 1));
  }
  for (int row = 0; row < alone_wait.rows; row++) {
    for (size_t i = 0; i < kStageCount; i++) {
      if (Str(alone_wait.At(row, 0)) == NameOf(i)) reply->alone_wait[i] = true;
    }
  }
  if (request->housekeeping) reply->due_ms = ReadNextDue(next_due);
  ReadDeletions(deletions, reply);
}

bool Database::Due(Stage stage, FairShare::Place after, const std::vector<int64_t>& aside,
                   std::vector<SeenRow>* rows) {
  const std::vector<std::string> nobody;
  const std::string all = "f";
  const SqlArgument arguments[] = {Text(NameOf(static_cast<size_t>(stage))),
                                   Int(after.due_us),
                                   Int(after.id),
                                   Texts(nobody),
                                   Text(all),
                                   Int(FairShare::kLookMax)};
  const SqlArgument of_alone[] = {arguments[0], Ints(aside)};
  SqlRows found, alone;
  if (!InTransaction("pg_debrief: look for due rows", &error_, [&](MemoryContext context) {
        found = Run(&look_ahead_statement, arguments, 6, context);
        alone = Run(&alone_statement, of_alone, 2, context);
      })) {
    return false;
  }
  *rows = ReadSeen(found);
  if (const int64_t id = Number(alone.At(0, 0)); id != 0) rows->insert(rows->begin(), {.id = id});
  return true;
}

bool Database::ClaimUnread(int64_t lease_ms, Job* job) {
  const SqlArgument arguments[] = {Text(NameOf(static_cast<size_t>(job->stage))), Int(worker_id_),
                                   Int(job->id), Int(lease_ms)};
  SqlRows found;
  if (!InTransaction("pg_debrief: claim a row unread", &error_, [&](MemoryContext context) {
        found = Run(&claim_unread_statement, arguments, 4, context);
      })) {
    return false;
  }
  if (found.rows == 0) return true;
  job->token = Number(found.At(0, 0));
  job->attempt = static_cast<int>(Number(found.At(0, 1)));
  job->unproven = static_cast<int>(Number(found.At(0, 2)));
  job->correlation_id = Str(found.At(0, 3));
  return true;
}

bool Database::NextDue(std::array<int64_t, kStageCount>* due_ms) {
  SqlRows found;
  if (!InTransaction("pg_debrief: when is the next row due", &error_, [&](MemoryContext context) {
        found = Run(&next_due_statement, nullptr, 0, context);
      })) {
    return false;
  }
  *due_ms = ReadNextDue(found);
  return true;
}

}  // namespace debrief

// database.cpp: identity, configuration, leases. Claims are in claim.cpp, settles in settle.cpp.

#include "bgworker/database/database.h"

#include "bgworker/backend/module.h"
#include "bgworker/backend/transaction.h"
#include "bgworker/database/rows.h"

namespace debrief {

using rows::Number;
using rows::Str;

bool Database::Start(bool* is_copy) {
  static Statement start = {"select worker_id, is_copy from debrief._worker_start()"};
  SqlRows found;
  if (!InTransaction("pg_debrief: start", &error_,
                     [&](MemoryContext context) { found = Run(&start, nullptr, 0, context); })) {
    return false;
  }
  worker_id_ = Number(found.At(0, 0));
  *is_copy = rows::True(found.At(0, 1));
  return true;
}

bool Database::ReadVersions(Versions* versions) {
  static Statement look = {
      "select extversion, to_regclass('debrief.installation') is not null"
      " from pg_catalog.pg_extension where extname = 'pg_debrief'"};
  // 1.0 had no such column.
  static Statement look_at_tables = {
      "select coalesce(to_jsonb(i.*) ->> 'tables_version', '1.0') from debrief.installation i"};
  SqlRows found, tables;
  bool are_there = false;
  if (!InTransaction("pg_debrief: look for the extension", &error_, [&](MemoryContext context) {
        found = Run(&look, nullptr, 0, context);
        are_there = found.rows == 1 && rows::True(found.At(0, 1));
        if (are_there) tables = Run(&look_at_tables, nullptr, 0, context);
      })) {
    return false;
  }
  versions->library = LibraryVersion();
  versions->sql = found.rows == 1 ? Str(found.At(0, 0)) : "";
  versions->tables = "";
  if (are_there) versions->tables = tables.rows == 1 ? Str(tables.At(0, 0)) : versions->sql;
  return true;
}

bool Database::LoadConfig(std::vector<StageConfig>* configs) {
  static Statement load = {
      "select stage, server, kind, options::text, store, store_kind, store_options::text,"
      " max_attempts, backoff_base_ms, backoff_cap_ms, timeout_ms, max_in_flight,"
      " instruction, paused, parked_ms, failures, store_parked_ms, store_failures"
      " from debrief._load_config()"};
  SqlRows found;
  if (!InTransaction("pg_debrief: load configuration", &error_,
                     [&](MemoryContext context) { found = Run(&load, nullptr, 0, context); })) {
    return false;
  }
  configs->clear();
  for (int row = 0; row < found.rows; row++) {
    auto at = [&](int column) { return Str(found.At(row, column)); };
    configs->push_back(ParseStageConfig({.stage = at(0),
                                         .server = at(1),
                                         .kind = at(2),
                                         .options = at(3),
                                         .store = at(4),
                                         .store_kind = at(5),
                                         .store_options = at(6),
                                         .max_attempts = at(7),
                                         .backoff_base_ms = at(8),
                                         .backoff_cap_ms = at(9),
                                         .timeout_ms = at(10),
                                         .max_in_flight = at(11),
                                         .instruction = at(12),
                                         .paused = at(13),
                                         .parked_ms = at(14),
                                         .failures = at(15),
                                         .store_parked_ms = at(16),
                                         .store_failures = at(17)}));
  }
  return true;
}

bool Database::Progress(int64_t job_id, int64_t token, int percent) {
  static Statement progress = {"select debrief._progress($1, $2, $3::int)"};
  const SqlArgument arguments[] = {Int(job_id), Int(token), Int(percent)};
  return InTransaction("pg_debrief: progress", &error_,
                       [&](MemoryContext context) { Run(&progress, arguments, 3, context); });
}

bool Database::ParkServer(const std::string& server, Stage stage, int64_t park_ms, int parks,
                          const Failure& why) {
  static Statement park = {"select debrief._park_server($1, $2, $3, $4::int, $5, $6)"};
  const std::string message = Describe(why);
  const std::string stage_name = StageName(stage);
  const SqlArgument arguments[] = {Text(server), Text(stage_name), Int(park_ms),
                                   Int(parks),   Text(why.code),   Text(message)};
  return InTransaction("pg_debrief: park a server", &error_,
                       [&](MemoryContext context) { Run(&park, arguments, 6, context); });
}

bool Database::ServerOk(const std::string& server, Stage stage) {
  static Statement forget = {"select debrief._server_ok($1, $2)"};
  const std::string stage_name = StageName(stage);
  const SqlArgument arguments[] = {Text(server), Text(stage_name)};
  return InTransaction("pg_debrief: a server works again", &error_,
                       [&](MemoryContext context) { Run(&forget, arguments, 2, context); });
}

bool Database::Hasten(Stage stage) {
  static Statement hasten = {"select debrief._hasten($1)"};
  const std::string stage_name = StageName(stage);
  const SqlArgument arguments[] = {Text(stage_name)};
  return InTransaction("pg_debrief: hasten rows", &error_,
                       [&](MemoryContext context) { Run(&hasten, arguments, 1, context); });
}

bool Database::ParkStage(Stage stage, int64_t park_ms, int parks, const PgError& why) {
  static Statement park = {"select debrief._park_stage($1, $2, $3::int, $4, $5)"};
  const std::string stage_name = StageName(stage);
  const std::string code = UnpackSqlState(why.sqlstate);
  const std::string message = why.message;
  const SqlArgument arguments[] = {Text(stage_name), Int(park_ms), Int(parks), Text(code),
                                   Text(message)};
  return InTransaction("pg_debrief: park a stage", &error_,
                       [&](MemoryContext context) { Run(&park, arguments, 5, context); });
}

bool Database::StageOk(Stage stage) {
  static Statement forget = {"select debrief._stage_ok($1)"};
  const std::string stage_name = StageName(stage);
  const SqlArgument arguments[] = {Text(stage_name)};
  return InTransaction("pg_debrief: results of a stage are stored again", &error_,
                       [&](MemoryContext context) { Run(&forget, arguments, 1, context); });
}

namespace {

struct Claims {
  std::vector<int64_t> ids, tokens;
};

Claims ClaimsOf(const std::vector<Attempt*>& held) {
  Claims claims;
  for (const Attempt* attempt : held) {
    claims.ids.push_back(attempt->job.id);
    claims.tokens.push_back(attempt->job.token);
  }
  return claims;
}

}  // namespace

bool Database::LostClaims(Stage stage, const std::vector<Attempt*>& held,
                          std::vector<int64_t>* tokens) {
  static Statement lost = {"select l from debrief._lost_claims($1, $2, $3) l"};
  const std::string name = StageName(stage);
  const Claims claims = ClaimsOf(held);
  const SqlArgument arguments[] = {Text(name), Ints(claims.ids), Ints(claims.tokens)};
  SqlRows found;
  if (!InTransaction("pg_debrief: look for revoked claims", &error_,
                     [&](MemoryContext context) { found = Run(&lost, arguments, 3, context); })) {
    return false;
  }
  for (int row = 0; row < found.rows; row++) tokens->push_back(Number(found.At(row, 0)));
  return true;
}

bool Database::Renew(Stage stage, const std::vector<Attempt*>& held, int64_t lease_ms) {
  static Statement renew = {"select debrief._renew($1, $2, $3, $4 * interval '1 millisecond')"};
  const std::string name = StageName(stage);
  const Claims claims = ClaimsOf(held);
  const SqlArgument arguments[] = {Text(name), Ints(claims.ids), Ints(claims.tokens),
                                   Int(lease_ms)};
  return InTransaction("pg_debrief: renew leases", &error_,
                       [&](MemoryContext context) { Run(&renew, arguments, 4, context); });
}

bool Database::Release(const std::vector<int64_t>& but) {
  static Statement release = {"select debrief._release($1, $2)"};
  const SqlArgument arguments[] = {Int(worker_id_), Ints(but)};
  return InTransaction("pg_debrief: give claims back", &error_,
                       [&](MemoryContext context) { Run(&release, arguments, 2, context); });
}

bool Database::SettleDeletions(const std::vector<int64_t>& ids,
                               const std::vector<std::string>& errors) {
  static Statement settle = {"select debrief._settle_deletions($1, $2)"};
  const SqlArgument arguments[] = {Ints(ids), NullableTexts(errors)};
  return InTransaction("pg_debrief: settle deletions", &error_,
                       [&](MemoryContext context) { Run(&settle, arguments, 2, context); });
}

}  // namespace debrief

// checkpoints.cpp: what must be durable between the steps of a row, and what the worker's
// side jobs need of the tables.

#include "bgworker/backend/transaction.h"
#include "bgworker/database/database.h"
#include "bgworker/database/rows.h"

namespace debrief {

using rows::Number;
using rows::Outcomes;
using rows::Str;

namespace {

Statement keep_statement = {"select outcome from debrief._keep_exchange($1, $2, $3, $4)"};
Statement intend_statement = {"select debrief._intend_objects($1, $2, $3, $4::int[])"};

struct States {
  std::vector<int64_t> ids, tokens;
  std::vector<std::string> servers, states;
};

struct Objects {
  std::vector<std::string> stores, paths;
  std::vector<int64_t> feedback_ids, indexes;
};

}  // namespace

bool Database::KeepCheckpoints(const std::vector<Attempt*>& held,
                               std::vector<SettleOutcome>* outcomes) {
  States states;
  Objects objects;
  for (const Attempt* row : held) {
    if (row->checkpoint->exchange_state) {
      states.ids.push_back(row->job.id);
      states.tokens.push_back(row->job.token);
      states.servers.push_back(row->config->server.name);
      states.states.push_back(*row->checkpoint->exchange_state);
    } else {
      objects.stores.push_back(row->config->store.name);
      objects.paths.push_back(row->checkpoint->object_path);
      objects.feedback_ids.push_back(row->job.id);
      objects.indexes.push_back(row->checkpoint->segment_index);
    }
  }
  const SqlArgument keep[] = {Ints(states.ids), Ints(states.tokens), Texts(states.servers),
                              Texts(states.states)};
  const SqlArgument intend[] = {Texts(objects.stores), Texts(objects.paths),
                                Ints(objects.feedback_ids), Ints(objects.indexes)};
  SqlRows found;
  if (!InTransaction("pg_debrief: keep checkpoints", &error_, [&](MemoryContext context) {
        if (!states.ids.empty()) found = Run(&keep_statement, keep, 4, context);
        if (!objects.paths.empty()) Run(&intend_statement, intend, 4, context);
      })) {
    return false;
  }
  const std::vector<SettleOutcome> kept = Outcomes(found, 0);
  auto next = kept.begin();
  for (const Attempt* row : held) {
    outcomes->push_back(row->checkpoint->exchange_state ? *next++ : SettleOutcome::kSettled);
  }
  return true;
}

bool Database::FindServer(const std::string& name, ServerConfig* server) {
  static Statement find = {"select debrief._server_kind($1), debrief._server_options($1)::text"};
  const SqlArgument arguments[] = {Text(name)};
  SqlRows found;
  if (!InTransaction("pg_debrief: look up a server", &error_,
                     [&](MemoryContext context) { found = Run(&find, arguments, 1, context); })) {
    return false;
  }
  *server = ParseServer(name, Str(found.At(0, 0)), Str(found.At(0, 1)));
  return true;
}

bool Database::RecordUsage(std::vector<UsageSum>* sums) {
  static Statement record = {"select debrief._record_usage($1, $2, $3, $4, $5, $6, $7, $8)"};
  for (; !sums->empty(); sums->pop_back()) {
    const UsageSum& sum = sums->back();
    const std::string stage = StageName(sum.stage);
    const SqlArgument arguments[] = {Text(sum.server),
                                     Text(stage),
                                     Int(sum.calls),
                                     Int(sum.failures),
                                     Int(sum.usage.input_tokens),
                                     Int(sum.usage.output_tokens),
                                     Int(sum.usage.characters),
                                     Int(static_cast<int64_t>(sum.audio_ms))};
    if (!InTransaction("pg_debrief: record usage", &error_,
                       [&](MemoryContext context) { Run(&record, arguments, 8, context); })) {
      return false;
    }
  }
  return true;
}

}  // namespace debrief

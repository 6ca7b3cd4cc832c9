// store_claim.cpp: one transaction that keeps house and claims what there is room for.

#include <algorithm>

#include "store.h"
#include "store_rows.h"

namespace debrief {

using rows::Number;
using rows::Str;

namespace {

constexpr int kDeletionsMax = 100;
constexpr int kPrunedMax = 1000;

Statement version_statement = {
    "select extversion from pg_catalog.pg_extension where extname = 'pg_debrief'"};
Statement rescue_statement = {"select count(*) from debrief._rescue($1, $2)"};
Statement deletions_statement = {
    "select id, store, store_kind, store_options::text, storage_path"
    " from debrief._take_deletions($1::int)"};
Statement prune_statement = {"select debrief._prune_attempts($1 * interval '1 hour', $2::int)"};
Statement grant_statement = {
    "select granted, wait_ms from debrief._grant_calls($1, $2::int, nullif($3, 0)::int,"
    " nullif($4, 0), nullif($5, 0), nullif($6, 0))"};
Statement return_statement = {"select debrief._return_calls($1, $2::int)"};
Statement next_due_statement = {"select stage, wait_ms from debrief._next_due()"};

// The first ten columns are the same for all stages: ReadCommon.
#define DEBRIEF_COMMON                                                              \
  "c.id, c.token, c.attempt, c.deferrals, c.user_id, c.correlation_id, c.language," \
  " c.provider_voice, c.instruction, c.waited_us"

Statement claim_statements[kStageCount] = {
    {"select " DEBRIEF_COMMON
     ", c.recording_id, c.storage_path, c.filename, c.format, c.duration_seconds,"
     " c.transcript, c.exchange_state"
     " from debrief._claim_analysis($1, $2::int, $3 * interval '1 millisecond') c"},
    {"select " DEBRIEF_COMMON ", c.message, c.category, c.timestamp_seconds"
     " from debrief._claim_ssml($1, $2::int, $3 * interval '1 millisecond') c"},
    {"select " DEBRIEF_COMMON
     ", c.object_prefix, c.segment_count, p.segment_index, p.ssml, p.source_hash"
     " from debrief._claim_audio($1, $2::int, $3 * interval '1 millisecond') with ordinality c"
     " left join lateral unnest(c.segment_indexes, c.ssml, c.source_hashes)"
     "   as p (segment_index, ssml, source_hash) on true"
     " order by c.ordinality, p.segment_index"}};

#undef DEBRIEF_COMMON

constexpr int kCommonColumns = 10;

Job ReadCommon(Stage stage, const SqlRows& rows, int row) {
  Job job;
  job.stage = stage;
  job.id = Number(rows.At(row, 0));
  job.token = Number(rows.At(row, 1));
  job.attempt = static_cast<int>(Number(rows.At(row, 2)));
  job.deferrals = static_cast<int>(Number(rows.At(row, 3)));
  job.user_id = Str(rows.At(row, 4));
  job.correlation_id = Str(rows.At(row, 5));
  job.voice.language = Str(rows.At(row, 6));
  job.voice.provider_voice = Str(rows.At(row, 7));
  job.voice.instruction = Str(rows.At(row, 8));
  return job;
}

void ReadAnalysis(const SqlRows& rows, int row, Job* job) {
  job->recording.id = Number(rows.At(row, kCommonColumns));
  job->recording.storage_path = Str(rows.At(row, kCommonColumns + 1));
  job->recording.filename = Str(rows.At(row, kCommonColumns + 2));
  job->recording.format = Str(rows.At(row, kCommonColumns + 3));
  const char* duration = rows.At(row, kCommonColumns + 4);
  if (duration != nullptr) job->recording.duration_seconds = std::strtod(duration, nullptr);
  job->recording.transcript = Str(rows.At(row, kCommonColumns + 5));
  job->exchange_state = Str(rows.At(row, kCommonColumns + 6));
}

void ReadSsml(const SqlRows& rows, int row, Job* job) {
  job->feedback.message = Str(rows.At(row, kCommonColumns));
  job->feedback.category = Str(rows.At(row, kCommonColumns + 1));
  job->feedback.timestamp_seconds =
      std::strtod(Str(rows.At(row, kCommonColumns + 2)).c_str(), nullptr);
}

void ReadPart(const SqlRows& rows, int row, Job* job) {
  job->object_prefix = Str(rows.At(row, kCommonColumns));
  job->segment_count = static_cast<int>(Number(rows.At(row, kCommonColumns + 1)));
  if (rows.At(row, kCommonColumns + 2) == nullptr) return;
  job->parts.push_back({.segment_index = static_cast<int>(Number(rows.At(row, kCommonColumns + 2))),
                        .ssml = Str(rows.At(row, kCommonColumns + 3)),
                        .source_hash = Str(rows.At(row, kCommonColumns + 4))});
}

// Several rows of audio are one job: a row for each of its parts.
void ReadJobs(Stage stage, const SqlRows& rows, ClaimReply* reply) {
  for (int row = 0; row < rows.rows; row++) {
    const bool same_job = row > 0 && Number(rows.At(row, 1)) == reply->jobs.back().token;
    if (!same_job) {
      reply->jobs.push_back(ReadCommon(stage, rows, row));
      reply->waited_us[static_cast<size_t>(stage)].push_back(Number(rows.At(row, 9)));
    }
    Job* job = &reply->jobs.back();
    if (stage == Stage::kAnalysis) ReadAnalysis(rows, row, job);
    if (stage == Stage::kSsml) ReadSsml(rows, row, job);
    if (stage == Stage::kAudio) ReadPart(rows, row, job);
  }
}

void ReadNextDue(const SqlRows& rows, ClaimReply* reply) {
  reply->next_due_ms.fill(-1);
  for (int row = 0; row < rows.rows; row++) {
    const std::string stage = Str(rows.At(row, 0));
    for (int i = 0; i < kStageCount; i++) {
      if (stage == kStageNames[i]) {
        reply->next_due_ms[static_cast<size_t>(i)] = Number(rows.At(row, 1));
      }
    }
  }
}

void ReadDeletions(const SqlRows& rows, ClaimReply* reply) {
  for (int row = 0; row < rows.rows; row++) {
    reply->deletions.push_back(
        {.id = Number(rows.At(row, 0)),
         .path = Str(rows.At(row, 4)),
         .server = ParseServer(Str(rows.At(row, 1)), Str(rows.At(row, 2)), Str(rows.At(row, 3)))});
  }
}

struct ClaimRows {
  SqlRows version, rescued, deletions, next_due;
  SqlRows claims[kStageCount];
  SqlRows grants[kStageCount];
};

void KeepHouse(const ClaimRequest& request, int64_t worker_id, MemoryContext context,
               ClaimRows* found) {
  const SqlArgument rescue[] = {Int(worker_id), Ints(request.held_tokens)};
  found->rescued = Run(&rescue_statement, rescue, 2, context);
  const SqlArgument deletions[] = {Int(kDeletionsMax)};
  found->deletions = Run(&deletions_statement, deletions, 1, context);
  const SqlArgument prune[] = {Int(request.retention_hours), Int(kPrunedMax)};
  Run(&prune_statement, prune, 2, context);
}

// How many of the wanted calls the server's limits allow.
int64_t Grant(const ClaimRequest& request, int stage, MemoryContext context, ClaimRows* found) {
  const StageConfig* config = request.limited[stage];
  if (config == nullptr) return request.wanted[stage];
  const ServerLimits& limits = config->limits;
  const SqlArgument arguments[] = {Text(config->server.name),    Int(request.wanted[stage]),
                                   Int(limits.calls_per_minute), Int(limits.calls_per_day),
                                   Int(limits.tokens_per_day),   Int(limits.characters_per_day)};
  found->grants[stage] = Run(&grant_statement, arguments, 6, context);
  return Number(found->grants[stage].At(0, 0));
}

void ClaimStage(const ClaimRequest& request, int64_t worker_id, int stage, MemoryContext context,
                ClaimRows* found) {
  const int64_t granted = Grant(request, stage, context, found);
  if (granted == 0) return;
  const SqlArgument arguments[] = {Int(worker_id), Int(granted), Int(request.lease_ms[stage])};
  found->claims[stage] = Run(&claim_statements[stage], arguments, 3, context);
  // A row of audio is a part to speak, and so a call; one without parts needs none.
  const int64_t unused = granted - found->claims[stage].rows;
  if (request.limited[stage] == nullptr || unused == 0) return;
  const SqlArgument back[] = {Text(request.limited[stage]->server.name), Int(unused)};
  Run(&return_statement, back, 2, context);
}

}  // namespace

bool Store::Claim(const ClaimRequest& request, ClaimReply* reply) {
  ClaimRows found;
  if (!InTransaction("pg_debrief: claim", &error_, [&](MemoryContext context) {
        found.version = Run(&version_statement, nullptr, 0, context);
        if (found.version.rows == 0) return;  // DROP EXTENSION: nothing of ours is left to call
        if (request.housekeeping) KeepHouse(request, worker_id_, context, &found);
        for (int stage = 0; stage < kStageCount; stage++) {
          if (request.wanted[stage] > 0) ClaimStage(request, worker_id_, stage, context, &found);
        }
        found.next_due = Run(&next_due_statement, nullptr, 0, context);
      })) {
    return false;
  }
  reply->extension_present = found.version.rows == 1;
  if (!reply->extension_present) return true;
  reply->version = Str(found.version.At(0, 0));
  reply->rescued = found.rescued.rows == 1 ? Number(found.rescued.At(0, 0)) : 0;
  for (int stage = 0; stage < kStageCount; stage++) {
    ReadJobs(static_cast<Stage>(stage), found.claims[stage], reply);
    if (found.grants[stage].rows == 1) {
      reply->limited_ms[static_cast<size_t>(stage)] = Number(found.grants[stage].At(0, 1));
    }
  }
  ReadNextDue(found.next_due, reply);
  ReadDeletions(found.deletions, reply);
  return true;
}

}  // namespace debrief

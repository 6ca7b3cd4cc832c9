// rows.cpp: see rows.h. Each stage's claim, and how its rows are read.

#include "bgworker/database/rows.h"

#include "bgworker/core/services/prompts.h"

namespace debrief::rows {
namespace {

constexpr int kCommonColumns = 12;

Job ReadCommon(Stage stage, const SqlRows& rows, int row) {
  Job job;
  job.stage = stage;
  job.id = Number(rows.At(row, 0));
  job.token = Number(rows.At(row, 1));
  job.attempt = static_cast<int>(Number(rows.At(row, 2)));
  job.unproven = static_cast<int>(Number(rows.At(row, 3)));
  job.unproven_age_ms = rows.At(row, 4) == nullptr ? -1 : Number(rows.At(row, 4));
  job.user_id = Str(rows.At(row, 5));
  job.correlation_id = Str(rows.At(row, 6));
  job.voice.language = Str(rows.At(row, 7));
  job.voice.provider_voice = Str(rows.At(row, 8));
  job.voice.instruction = Str(rows.At(row, 9));
  job.waited_us = Number(rows.At(row, 10));
  job.asked_us = Number(rows.At(row, 11));
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
  job->last_answer = prompts::ReadLastAnswer(Str(rows.At(row, kCommonColumns + 7)));
}

void ReadSsml(const SqlRows& rows, int row, Job* job) {
  job->feedback.message = Str(rows.At(row, kCommonColumns));
  job->feedback.category = Str(rows.At(row, kCommonColumns + 1));
  job->feedback.timestamp_seconds =
      std::strtod(Str(rows.At(row, kCommonColumns + 2)).c_str(), nullptr);
  job->last_answer = prompts::ReadLastAnswer(Str(rows.At(row, kCommonColumns + 3)));
}

void ReadPart(const SqlRows& rows, int row, Job* job) {
  job->object_prefix = Str(rows.At(row, kCommonColumns));
  job->segment_count = static_cast<int>(Number(rows.At(row, kCommonColumns + 1)));
  if (rows.At(row, kCommonColumns + 2) == nullptr) return;
  job->parts.push_back({.segment_index = static_cast<int>(Number(rows.At(row, kCommonColumns + 2))),
                        .ssml = Str(rows.At(row, kCommonColumns + 3)),
                        .source_hash = Str(rows.At(row, kCommonColumns + 4))});
}

void ReadMessage(const SqlRows& rows, int row, Job* job) {
  job->message.id = Str(rows.At(row, kCommonColumns));
  job->message.body = Str(rows.At(row, kCommonColumns + 1));
}

// The first twelve columns are the same for all stages: ReadCommon.
#define DEBRIEF_FROM                                     \
  "($1, $2::int, $3 * interval '1 millisecond', "        \
  "timestamptz 'epoch' + $4 * interval '1 microsecond'," \
  " case $6 when 0 then $5 else $6 || $5 end, $7)"
#define DEBRIEF_COMMON                                                                \
  "c.id, c.token, c.attempt, c.unproven, c.unproven_ms, c.user_id, c.correlation_id," \
  " c.language, c.provider_voice, c.instruction, c.waited_us, c.asked_us"

#define DEBRIEF_AUDIO(function)                                                \
  "select " DEBRIEF_COMMON                                                     \
  ", c.object_prefix, c.segment_count, p.segment_index, p.ssml, p.source_hash" \
  " from " function                                                            \
  " with ordinality c"                                                         \
  " left join lateral unnest(c.segment_indexes, c.ssml, c.source_hashes)"      \
  "   as p (segment_index, ssml, source_hash) on true"                         \
  " order by c.ordinality, p.segment_index"

// What was wrong with the answers since the row was asked for, for prompts::ReadLastAnswer(): the
// model is asked to avoid it. Nothing where pg_debrief.attempt_history is off, or the attempts are
// older than its retention.
#define DEBRIEF_LAST_ANSWER(stage)                                                               \
  ", case when c.attempt > 1 then (select string_agg(distinct a.code, ',') || ' ' ||"            \
  " coalesce((array_agg(a.detail order by a.id desc) filter (where a.code = 'bad_answer'))[1], " \
  "'')"                                                                                          \
  " from debrief.attempts a where a.row_id = c.id and a.stage = '" stage                         \
  "' and a.finished_at >= clock_timestamp() - c.asked_us * interval '1 microsecond'"             \
  " and a.code in ('bad_answer', 'output_cut', 'answer_too_large')) end"

struct StageRows {
  Statement claim;
  void (*read)(const SqlRows& rows, int row, Job* job);
  Statement settle;  // of results that say no more than that they are done
};
StageRows stage_rows[kStageCount] = {
    {{"select " DEBRIEF_COMMON
      ", c.recording_id, c.storage_path, c.filename, c.format, c.duration_seconds,"
      " c.transcript, c.exchange_state" DEBRIEF_LAST_ANSWER(
          "analysis") " from debrief._claim_analysis" DEBRIEF_FROM " c"},
     ReadAnalysis,
     {}},
    {{"select " DEBRIEF_COMMON ", c.message, c.category, c.timestamp_seconds" DEBRIEF_LAST_ANSWER(
         "ssml") " from debrief._claim_ssml" DEBRIEF_FROM " c"},
     ReadSsml,
     {}},
    {{DEBRIEF_AUDIO("debrief._claim_audio" DEBRIEF_FROM)}, ReadPart, {}},
    {{"select " DEBRIEF_COMMON ", c.message_id, c.body from debrief._claim_deliver" DEBRIEF_FROM
      " c"},
     ReadMessage,
     {"select outcome from debrief._settle_deliver($1, $2)"}}};
Statement audio_work_statement = {DEBRIEF_AUDIO("debrief._audio_work($1, $2)")};

#undef DEBRIEF_AUDIO
#undef DEBRIEF_LAST_ANSWER
#undef DEBRIEF_COMMON
#undef DEBRIEF_FROM

}  // namespace

const std::string& NameOf(size_t stage) {
  static const auto names = [] {
    std::array<std::string, kStageCount> all;
    for (size_t i = 0; i < kStageCount; i++) all[i] = kStages[i].name;
    return all;
  }();
  return names[stage];
}

void ReadJobs(Stage stage, const SqlRows& rows, std::vector<Job>* jobs) {
  for (int row = 0; row < rows.rows; row++) {
    const bool same_job = row > 0 && Number(rows.At(row, 1)) == jobs->back().token;
    if (!same_job) jobs->push_back(ReadCommon(stage, rows, row));
    stage_rows[static_cast<size_t>(stage)].read(rows, row, &jobs->back());
  }
}

Statement* ClaimStatement(size_t stage) { return &stage_rows[stage].claim; }

Statement* SettleStatement(Stage stage) { return &stage_rows[static_cast<size_t>(stage)].settle; }

SqlRows RunAudioWork(int64_t worker_id, const std::vector<int64_t>& ids, MemoryContext context) {
  const SqlArgument arguments[] = {Int(worker_id), Ints(ids)};
  return Run(&audio_work_statement, arguments, 2, context);
}

}  // namespace debrief::rows

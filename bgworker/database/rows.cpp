// rows.cpp: see rows.h. The columns are those of the statements in claim.cpp.

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
    Job* job = &jobs->back();
    if (stage == Stage::kAnalysis) ReadAnalysis(rows, row, job);
    if (stage == Stage::kSsml) ReadSsml(rows, row, job);
    if (stage == Stage::kAudio) ReadPart(rows, row, job);
    if (stage == Stage::kDeliver) ReadMessage(rows, row, job);
  }
}

}  // namespace debrief::rows

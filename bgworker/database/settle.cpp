// settle.cpp: writes results and failures back.

#include "bgworker/backend/transaction.h"
#include "bgworker/database/rows.h"
#include "bgworker/database/statements.h"

namespace debrief {

using rows::Outcomes;
using rows::Str;

namespace {

Statement audio_statement = {
    "select outcome from debrief._settle_audio($1, $2, $3::boolean[], $4, $5, $6::int[], $7::int[],"
    " $8, $9, $10, $11, $12, $13, $14, $15, $16)"};
Statement ssml_statement = {
    "select outcome from debrief._settle_ssml($1, $2, $3, $4, $5::int[], $6::int[], $7, $8::int,"
    " $9, $10 * interval '1 millisecond')"};

struct FailureArrays {
  ClaimArrays claims;
  std::vector<int64_t> delays_ms, unproven;
  std::vector<std::string> dispositions, codes, messages;
};

}  // namespace

void SoundArrays::Add(int64_t position, const Sound& sound) {
  of.push_back(position);
  indexes.push_back(sound.segment_index);
  sizes.push_back(sound.bytes);
  hashes.push_back(sound.source_hash);
  urls.push_back(sound.url);
  paths.push_back(sound.path);
  formats.push_back(sound.format);
  content_types.push_back(sound.content_type);
  durations.push_back(sound.duration_ms);
  versions.push_back(sound.version);
  bodies.push_back(&sound.body);
}

void SettleAudio::Add(const Attempt& attempt, bool is_whole) {
  claims.Add(attempt);
  whole.push_back(is_whole ? "t" : "f");
  const int64_t position = static_cast<int64_t>(claims.ids.size());
  for (const Sound& sound : attempt.sounds) sounds.Add(position, sound);
  config = attempt.config.get();
}

void SettleAudio::Run(MemoryContext context) {
  const SqlArgument arguments[] = {
      Ints(claims.ids),          Ints(claims.tokens),      Texts(whole),
      Text(config->server.name), Text(config->store.name), Ints(sounds.of),
      Ints(sounds.indexes),      Texts(sounds.hashes),     Texts(sounds.urls),
      Texts(sounds.paths),       Texts(sounds.formats),    Texts(sounds.content_types),
      Texts(sounds.durations),   Ints(sounds.sizes),       NullableTexts(sounds.versions),
      Bytes(sounds.bodies)};
  found = debrief::Run(&audio_statement, arguments, 16, context);
}

void SettleSsml::Add(const Attempt& attempt) {
  claims.Add(attempt);
  const SsmlResult& result = std::get<SsmlResult>(attempt.result);
  versions.push_back(result.version);
  int64_t index = 0;
  for (const std::string& segment : result.segments) {
    of.push_back(static_cast<int64_t>(claims.ids.size()));
    indexes.push_back(index++);
    segments.push_back(segment);
  }
  config = attempt.config.get();
}

void SettleSsml::Run(MemoryContext context) {
  const SqlArgument arguments[] = {
      Ints(claims.ids), Ints(claims.tokens), Text(config->server.name), NullableTexts(versions),
      Ints(of),         Ints(indexes),       Texts(segments),           Int(audio.count),
      Int(worker_id),   Int(audio.lease_ms)};
  found = debrief::Run(&ssml_statement, arguments, 10, context);
  if (audio.count > 0) work = rows::RunAudioWork(worker_id, claims.ids, context);
}

bool Database::SettleAnalysis(const Attempt& attempt, SettleOutcome* outcome) {
  static Statement settle = {
      "select debrief._settle_analysis($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,"
      " $15, $16)"};
  const AnalysisResult& result = std::get<AnalysisResult>(attempt.result);
  std::vector<std::string> keys, values, units, times, categories, messages, confidences, impacts;
  for (const Metric& metric : result.metrics) {
    keys.push_back(metric.key);
    values.push_back(metric.value);
    units.push_back(metric.unit);
  }
  for (const FeedbackItem& item : result.feedback) {
    times.push_back(item.timestamp_seconds);
    categories.push_back(item.category);
    messages.push_back(item.message);
    confidences.push_back(item.confidence);
    impacts.push_back(item.impact);
  }
  const SqlArgument arguments[] = {Int(attempt.job.id),
                                   Int(attempt.job.token),
                                   Text(result.title),
                                   Text(result.summary),
                                   Text(result.full_feedback),
                                   Text(result.raw_response),
                                   Text(attempt.config->server.name),
                                   Text(result.version),
                                   Texts(keys),
                                   Texts(values),
                                   Texts(units),
                                   Texts(times),
                                   Texts(categories),
                                   Texts(messages),
                                   NullableTexts(confidences),
                                   NullableTexts(impacts)};
  CountOutcomes count;
  count.Add(attempt);
  SqlRows found;
  if (!InTransaction("pg_debrief: settle an analysis", &error_, [&](MemoryContext context) {
        found = Run(&settle, arguments, 16, context);
        count.Keep(found, 0);
        count.Run(context);
      })) {
    return false;
  }
  *outcome = rows::Outcome(found.At(0, 0));
  return true;
}

bool Database::SettleDone(Stage stage, const std::vector<const Attempt*>& batch,
                          std::vector<SettleOutcome>* outcomes) {
  ClaimArrays claims;
  CountOutcomes count;
  for (const Attempt* row : batch) claims.Add(*row), count.Add(*row);
  const SqlArgument arguments[] = {Ints(claims.ids), Ints(claims.tokens)};
  SqlRows found;
  if (!InTransaction("pg_debrief: settle what is done", &error_, [&](MemoryContext context) {
        found = Run(rows::SettleStatement(stage), arguments, 2, context);
        count.Keep(found, 0);
        count.Run(context);
      })) {
    return false;
  }
  *outcomes = Outcomes(found, 0);
  return true;
}

bool Database::KeepSounds(const std::vector<const Attempt*>& rows) {
  SettleAudio sounds;
  for (const Attempt* row : rows) sounds.Add(*row, false);
  return InTransaction("pg_debrief: keep sounds", &error_,
                       [&](MemoryContext context) { sounds.Run(context); });
}

bool Database::SettleFailures(Stage stage, const std::vector<const Attempt*>& batch,
                              std::vector<SettleOutcome>* outcomes) {
  static Statement settle = {
      "select outcome from debrief._settle_failures($1, $2, $3, $4, $5, $6, $7, $8::int[])"};
  FailureArrays failures;
  SettleAudio sounds;
  CountOutcomes count;
  for (const Attempt* row : batch) {
    count.Add(*row);
    const Failure& failure = *row->failure();
    failures.claims.Add(*row);
    failures.dispositions.push_back(DispositionName(row->decision->disposition));
    failures.delays_ms.push_back(row->decision->delay_ms);
    failures.unproven.push_back(row->decision->unproven);
    failures.codes.push_back(failure.code);
    failures.messages.push_back(failure.message);
    if (!row->sounds.empty()) sounds.Add(*row, false);
  }
  const std::string name = StageName(stage);
  const SqlArgument arguments[] = {Text(name),
                                   Ints(failures.claims.ids),
                                   Ints(failures.claims.tokens),
                                   Texts(failures.dispositions),
                                   Ints(failures.delays_ms),
                                   Texts(failures.codes),
                                   Texts(failures.messages),
                                   Ints(failures.unproven)};
  SqlRows found;
  if (!InTransaction("pg_debrief: settle failures", &error_, [&](MemoryContext context) {
        if (sounds.config != nullptr) sounds.Run(context);
        found = Run(&settle, arguments, 8, context);
        count.Keep(found, 0);
        count.Run(context);
      })) {
    return false;
  }
  *outcomes = Outcomes(found, 0);
  return true;
}

bool Database::RecordAttempts(Stage stage, const std::vector<AttemptRecord>& records) {
  static Statement record = {
      "select debrief._record_attempts($1, $2, $3, $4, $5, $6::int[], $7, $8, $9, $10, $11::int[],"
      " $12, $13, $14, $15, $16, $17, $18, $19, $20)"};
  std::vector<int64_t> ids, attempts, next, statuses, dns, connect, tls, first_byte, total;
  std::vector<int64_t> tokens_in, tokens_out, characters, audio_ms;
  std::vector<std::string> users, correlations, dispositions, codes, details;
  for (const AttemptRecord& entry : records) {
    const Attempt& row = *entry.attempt;
    ids.push_back(row.job.id);
    users.push_back(row.job.user_id);
    correlations.push_back(row.job.correlation_id);
    attempts.push_back(row.job.attempt);
    dispositions.push_back(entry.disposition);
    next.push_back(entry.next_ms);
    codes.push_back(row.failure() != nullptr ? row.failure()->code : "");
    details.push_back(row.failure() != nullptr ? row.failure()->detail : "");
    statuses.push_back(row.http_status);
    dns.push_back(row.phases.dns_us);
    connect.push_back(row.phases.connect_us);
    tls.push_back(row.phases.tls_us);
    first_byte.push_back(row.phases.first_byte_us);
    total.push_back(row.finished_us - row.started_us);
    tokens_in.push_back(row.usage.input_tokens);
    tokens_out.push_back(row.usage.output_tokens);
    characters.push_back(row.usage.characters);
    audio_ms.push_back(static_cast<int64_t>(row.audio_ms));
  }
  const std::string name = StageName(stage);
  const SqlArgument arguments[] = {
      Text(name),          Text(records.front().attempt->config->server.name),
      Ints(ids),           Texts(users),
      Texts(correlations), Ints(attempts),
      Texts(dispositions), Ints(next),
      Texts(codes),        Texts(details),
      Ints(statuses),      Ints(dns),
      Ints(connect),       Ints(tls),
      Ints(first_byte),    Ints(total),
      Ints(tokens_in),     Ints(tokens_out),
      Ints(characters),    Ints(audio_ms)};
  return InTransaction("pg_debrief: record attempts", &error_,
                       [&](MemoryContext context) { Run(&record, arguments, 20, context); });
}

}  // namespace debrief

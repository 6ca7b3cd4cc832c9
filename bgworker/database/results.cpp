// results.cpp: a turn's results and claims, in one transaction.

#include "bgworker/database/rows.h"
#include "bgworker/database/statements.h"

namespace debrief {

using rows::Outcomes;

namespace {

Statement audio_statement = {
    "select outcome from debrief._settle_audio($1, $2, $3::boolean[], $4, $5, $6::int[], $7::int[],"
    " $8, $9, $10, $11, $12, $13, $14, $15, $16)"};
Statement ssml_statement = {
    "select outcome from debrief._settle_ssml($1, $2, $3, $4, $5::int[], $6::int[], $7, $8::int,"
    " $9, $10 * interval '1 millisecond')"};

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

void SettleAudio::Add(const Attempt& attempt) {
  claims.Add(attempt);
  whole.push_back(attempt.failure() == nullptr ? "t" : "f");
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

bool Database::SettleAndClaim(const SettleAndClaimRequest& request, SettleAndClaimReply* reply) {
  SettleAudio audio;
  SettleSsml ssml;
  ClaimRows claim;
  for (const auto& attempt : request.audio) audio.Add(*attempt);
  for (const auto& attempt : request.ssml) ssml.Add(*attempt);
  ssml.audio = request.audio_claims;
  ssml.worker_id = claim.worker_id = worker_id_;
  claim.request = request.claim;
  bool fits = true;
  if (!InTransaction("pg_debrief: settle and claim", &error_, [&](MemoryContext context) {
        if (claim.request != nullptr) fits = claim.LookForExtension(context);
        if (!fits) return;
        if (audio.config != nullptr) audio.Run(context);
        if (ssml.config != nullptr) ssml.Run(context);
        if (claim.request != nullptr) claim.Run(context);
      })) {
    ClaimRows::LookAgain();
    return false;
  }
  reply->extension_fits = fits;
  if (!fits) {
    ClaimRows::LookAgain();
    return true;
  }
  reply->audio = Outcomes(audio.found, 0);
  reply->ssml = Outcomes(ssml.found, 0);
  rows::ReadJobs(Stage::kAudio, ssml.work, &reply->went_on);
  if (claim.request != nullptr) claim.Read(&reply->claim);
  return true;
}

}  // namespace debrief

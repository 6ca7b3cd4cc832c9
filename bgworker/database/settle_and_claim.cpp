// settle_and_claim.cpp: the turn's transaction: results are written, then rows are claimed.

#include "bgworker/backend/transaction.h"
#include "bgworker/database/rows.h"
#include "bgworker/database/statements.h"

namespace debrief {

using rows::Outcomes;

bool Database::SettleAndClaim(const SettleAndClaimRequest& request, SettleAndClaimReply* reply) {
  SettleAudio audio;
  SettleSsml ssml;
  ClaimRows claim;
  CountOutcomes count;
  for (const auto& attempt : request.audio) audio.Add(*attempt, true), count.Add(*attempt);
  for (const auto& attempt : request.ssml) ssml.Add(*attempt), count.Add(*attempt);
  ssml.audio = request.audio_claims;
  ssml.worker_id = claim.worker_id = worker_id_;
  claim.request = request.claim ? &*request.claim : nullptr;
  bool fits = true;
  if (!InTransaction("pg_debrief: settle and claim", &error_, [&](MemoryContext context) {
        if (claim.request != nullptr) fits = claim.LookForExtension(context);
        if (!fits) return;
        if (audio.config != nullptr) audio.Run(context);
        if (ssml.config != nullptr) ssml.Run(context);
        count.Keep(audio.found, 0);
        count.Keep(ssml.found, request.audio.size());
        if (!count.added.empty()) count.Run(context);
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

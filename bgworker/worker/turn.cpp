// turn.cpp: the turn's business with the tables: results settled, rows claimed.

extern "C" {
#include "postgres.h"
}

#include <algorithm>
#include <utility>

#include "bgworker/backend/slot.h"
#include "bgworker/worker/worker.h"

namespace debrief {

// Results and claims share a transaction: a commit is what costs most when little is to be done. If
// it fails the settler goes on alone, batch by batch and at last row by row.
void Worker::SettleAndClaim(bool may_claim) {
  for (int i = 0; i < kStageCount; i++) {
    const int ended = settler_.TakeEnded(static_cast<Stage>(i));
    slot::Unreserve(i, ended);
    // Rows that run alone follow each other.
    if (ended > 0 && stages_[i].alone_wait) stages_[i].work_due = true;
  }
  settler_.SettleFailures();
  SettleAndClaimRequest request;
  request.audio = settler_.TakeResults(Stage::kAudio);
  request.ssml = settler_.TakeResults(Stage::kSsml);
  if (!request.ssml.empty()) request.audio_claims = RoomForAudio();
  ClaimRequest claim;
  if (may_claim && started_ && !config_stale_ && PlanClaim(&claim)) request.claim = &claim;
  if (!request.audio.empty() || !request.ssml.empty() || request.claim != nullptr) {
    SettleAndClaimReply reply;
    ClaimTimes times{.began_unix_us = UnixMs() * 1000};
    const int64_t began_us = NowUs();
    if (database_.SettleAndClaim(request, &reply)) {
      times.took_us = NowUs() - began_us;
      TakeTurn(&request, times, &reply);
    } else {
      const bool claimed_only = request.audio.empty() && request.ssml.empty();
      GiveTurnBack(&request);
      if (claimed_only) BackOff("claim");
    }
  }
  settler_.SettleReady();
  TakeMadeDue();
  if (settler_.TakeAuthFailed()) LoadKeys();
}

void Worker::TakeTurn(SettleAndClaimRequest* request, const ClaimTimes& times,
                      SettleAndClaimReply* reply) {
  if (!reply->extension_fits) {
    GiveTurnBack(request);
    (void)FitsStill();
    return;
  }
  settler_.Settled(Stage::kAudio, std::move(request->audio), reply->audio, times.took_us);
  settler_.Settled(Stage::kSsml, std::move(request->ssml), reply->ssml, times.took_us);
  const auto went_on = static_cast<int>(reply->went_on.size());
  const auto settled = std::count(reply->ssml.begin(), reply->ssml.end(), SettleOutcome::kSettled);
  slot::Unreserve(static_cast<int>(Stage::kAudio), request->audio_claims.count - went_on);
  if (settled > went_on) settler_.MakeDue(Stage::kAudio, 0);
  Begin(std::move(reply->went_on));
  if (request->claim != nullptr) TakeReply(*request->claim, times, &reply->claim);
}

void Worker::GiveTurnBack(SettleAndClaimRequest* request) {
  settler_.GiveBack(std::move(request->audio));
  settler_.GiveBack(std::move(request->ssml));
  slot::Unreserve(static_cast<int>(Stage::kAudio), request->audio_claims.count);
  if (request->claim != nullptr) {
    for (int i = 0; i < kStageCount; i++) slot::Unreserve(i, request->claim->wanted[i]);
    due_again_ = true;
  }
}

void Worker::TakeMadeDue() {
  const int64_t now_ms = NowMsRoundedUp();
  for (int i = 0; i < kStageCount; i++) {
    const int64_t due_in_ms = settler_.TakeMadeDueMs(static_cast<Stage>(i));
    StageState& state = stages_[i];
    if (due_in_ms == 0) state.work_due = due_again_ = true;
    if (due_in_ms > 0) {
      const int64_t due_ms = now_ms + due_in_ms;
      state.next_due_ms = state.next_due_ms < 0 ? due_ms : std::min(state.next_due_ms, due_ms);
    }
  }
}

// Asked a moment after the last claims, and not with each of them.
void Worker::AskWhatComesDue() {
  if (!started_ || next_due_at_ms_ < 0 || next_due_at_ms_ > NowMs()) return;
  std::array<int64_t, kStageCount> due_ms{};
  if (!database_.NextDue(&due_ms)) return BackOff("look what comes due");
  TakeDue(due_ms);
}

void Worker::TakeDue(const std::array<int64_t, kStageCount>& due_ms) {
  next_due_at_ms_ = -1;
  const int64_t now_ms = NowMsRoundedUp();
  for (size_t i = 0; i < kStageCount; i++) {
    stages_[i].next_due_ms = due_ms[i] < 0 ? -1 : now_ms + due_ms[i];
  }
}

}  // namespace debrief

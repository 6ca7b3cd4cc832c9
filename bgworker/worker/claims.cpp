// claims.cpp: see claims.h.

#include <algorithm>
#include <cassert>
#include <climits>
#include <utility>

#include "bgworker/backend/log.h"
#include "bgworker/backend/process.h"
#include "bgworker/backend/termination.h"
#include "bgworker/worker/claims.h"
#include "extension/settings.h"

namespace debrief {
namespace {

constexpr int kClaimMax = 200;
constexpr int64_t kStatisticsWaitMs = 1'000;
constexpr int64_t kNextDueWaitMs = 50;

}  // namespace

Claims::Claims(Configuration* configuration, ServerHealth* health, MemoryBudget* memory,
               Runner* runner, Settler* settler, HeldClaims* held, int connections_max)
    : configuration_(configuration),
      health_(health),
      memory_(memory),
      runner_(runner),
      settler_(settler),
      held_(held),
      connections_max_(connections_max) {}

void Claims::OnWakes(uint32_t wakes) {
  const int64_t now_ms = NowMs();
  for (size_t i = 0; i < kStageCount; i++) {
    schedules_[i].OnWake((wakes & WakeOf(static_cast<Stage>(i))) != 0, now_ms);
  }
}

void Claims::OnConfigured() {
  for (const Stage stage : kClaimOrder) {
    At(stage).OnConfigured(configuration_->IsServed(stage));
    ApartOf(stage).aside.MakeDue();  // an operator may have seen to what refused them
  }
  safety_poll_ms_ = 0;  // the database may have become a copy, or be none any more
}

void Claims::OnCallsAborted() {
  for (StageSchedule& schedule : schedules_) schedule.OnRowsDue();
}

void Claims::OnSettled() {
  const int64_t now_ms = NowMsRoundedUp();
  for (const Stage stage : kClaimOrder) {
    const int64_t due_in_ms = settler_->TakeMadeDueMs(stage);
    if (due_in_ms >= 0) At(stage).OnRowsDueIn(due_in_ms, now_ms);
  }
}

const char* Claims::AskWhatComesDue(Database* database) {
  if (next_due_at_ms_ < 0 || next_due_at_ms_ > NowMs()) return nullptr;
  std::array<int64_t, kStageCount> due_ms{};
  if (!database->NextDue(&due_ms)) return "look what comes due";
  SetNextDue(due_ms);
  return nullptr;
}

void Claims::SetNextDue(const std::array<int64_t, kStageCount>& due_ms) {
  next_due_at_ms_ = -1;
  const int64_t now_ms = NowMsRoundedUp();
  for (size_t i = 0; i < kStageCount; i++) {
    schedules_[i].SetNextDue(due_ms[i] < 0 ? -1 : now_ms + due_ms[i]);
  }
}

int64_t Claims::ParkedUntilMs(Stage stage, int64_t now_ms) const {
  const auto& config = configuration_->Of(stage);
  if (config == nullptr) return 0;
  return std::max({health_->ParkedUntilMs(config->server.name, stage, now_ms),
                   health_->ParkedUntilMs(config->store.name, stage, now_ms),
                   settler_->ParkedUntilMs(stage, now_ms)});
}

bool Claims::IsProbing(Stage stage) const {
  const StageConfig& config = *configuration_->Of(stage);
  return health_->IsProbing(config.server.name, stage) ||
         health_->IsProbing(config.store.name, stage);
}

bool Claims::MayCall(Stage stage, int64_t now_ms) const {
  return At(stage).MayCall(now_ms, ParkedUntilMs(stage, now_ms));
}

Reservation Claims::Reserve(Stage stage) const {
  const StageConfig& config = *configuration_->Of(stage);
  int limit = IsProbing(stage) ? 1 : config.max_in_flight;
  // SSML that is written faster than it is spoken gains nobody anything: a little less of it, and
  // what is settled can go on to audio at once.
  if (stage == Stage::kSsml && At(Stage::kAudio).work_due() && MayCall(Stage::kAudio, NowMs())) {
    limit = std::max(1, limit * 3 / 4);
  }
  const int room_in_memory = RoomInMemory(stage);
  slot::SetMemoryFull(room_in_memory == 0);
  const int wanted = std::min({kClaimMax, limit, room_in_memory, RoomInConnections(stage)});
  return slot::Reserve(
      stage, wanted,
      {.stage = limit,
       .server = config.limits.max_in_flight > 0 ? config.limits.max_in_flight : INT_MAX,
       .stages_of_server = configuration_->StagesOf(config.server.name)});
}

// Calls in flight are counted with what they are likely to bring. With nothing else to do one more
// is always begun, however large: the limit is the operator's word, not a reason to stand still.
int Claims::RoomInMemory(Stage stage) const {
  int64_t left = memory_->left();
  for (const Stage other : kClaimOrder) left -= slot::Own(other) * runner_->ExpectedBytes(other);
  const int64_t room = left / runner_->ExpectedBytes(stage);
  if (room <= 0 && runner_->running() == 0 && settler_->ready() == 0) return 1;
  return static_cast<int>(std::clamp<int64_t>(room, 0, kClaimMax));
}

// A server that does not answer holds its stage's calls, and no more than leaves each other stage a
// part of what open files allow.
int Claims::RoomInConnections(Stage stage) const {
  int room = connections_max_ - slot::Own(stage);
  for (const Stage other : kClaimOrder) {
    const auto& config = configuration_->Of(other);
    if (other == stage || config == nullptr) continue;
    room -=
        std::max(slot::Own(other), std::min(config->max_in_flight, connections_max_ / kStageCount));
  }
  return std::max(room, 0);
}

void Claims::AddTo(SettleAndClaimRequest* request) {
  if (!request->ssml.empty()) AddAudio(request);
  ClaimRequest claim{.housekeeping = safety_poll_ms_ <= NowMs()};
  bool anything = claim.housekeeping;
  for (const Stage stage : kClaimOrder) {
    if (!IsApart(stage)) AddStage(stage, &claim);
    anything |= claim.stages[static_cast<size_t>(stage)].wanted > 0;
  }
  if (claim.housekeeping) {
    claim.held_tokens = held_->Tokens();
    claim.retention_hours = settings::attempt_retention_hours;
  }
  if (anything) request->claim = std::move(claim);
}

// Where SSML is settled, its audio may be claimed in the same step: unless rows wait that were
// there before, or the server's calls are counted.
void Claims::AddAudio(SettleAndClaimRequest* request) {
  if (At(Stage::kAudio).work_due() || !MayCall(Stage::kAudio, NowMs())) return;
  const StageConfig& config = *configuration_->Of(Stage::kAudio);
  if (config.limits.AreCounted() || IsProbing(Stage::kAudio)) return;
  assert(audio_reservation_.calls() == 0);
  audio_reservation_ = Reserve(Stage::kAudio);
  request->audio_claims = {.count = audio_reservation_.calls(), .lease_ms = config.LeaseMs()};
}

void Claims::AddStage(Stage stage, ClaimRequest* request) {
  const int64_t now_ms = NowMs();
  StageSchedule& schedule = At(stage);
  if (!schedule.WantsClaim(request->housekeeping, now_ms, ParkedUntilMs(stage, now_ms))) return;
  const size_t i = static_cast<size_t>(stage);
  reservations_[i] = Reserve(stage);
  if (reservations_[i].calls() == 0) {
    // All in use: by us, then the end of a call brings us back; or by other workers.
    if (slot::Own(stage) == 0) schedule.OnBlocked(now_ms);
    return;
  }
  request->configs[i] = configuration_->Of(stage);
  request->stages[i] =
      schedule.Plan(reservations_[i].calls(), request->configs[i]->limits.AreCounted(), now_ms);
  request->stages[i].aside = ApartOf(stage).aside.Ids();
}

void Claims::Apply(const SettleAndClaimRequest& request, const ClaimTimes& times,
                   SettleAndClaimReply* reply) {
  Begin(std::move(reply->went_on), &audio_reservation_);
  if (!request.claim) return;
  const int64_t now_ms = NowMs();
  ClaimReply& claimed = reply->claim;
  if (claimed.due_ms) {
    SetNextDue(*claimed.due_ms);
  } else if (next_due_at_ms_ < 0) {
    next_due_at_ms_ = now_ms + kNextDueWaitMs;
  }
  if (request.claim->housekeeping) {
    safety_poll_ms_ = now_ms + settings::safety_poll_ms;
    housekeeping_refusals_ = 0;
  }
  // Under steady work too, so a later claim does not put it off.
  if (statistics_at_ms_ < 0) statistics_at_ms_ = now_ms + kStatisticsWaitMs;
  if (claimed.rescued > 0) {
    Log(Severity::kLog, {.message = Format("pg_debrief: took back %lld claims whose worker is gone",
                                           static_cast<long long>(claimed.rescued))});
  }
  if (claimed.given_up > 0) {
    Log(Severity::kWarning,
        {.message =
             Format("pg_debrief: %lld rows failed: outages kept them waiting for give_up_after",
                    static_cast<long long>(claimed.given_up)),
         .hint = "SELECT debrief.retry_failed(error_code => 'gave_up'); queues them again."});
  }
  for (size_t i = 0; i < kStageCount; i++) {
    const StageClaim& claim = request.claim->stages[i];
    if (request.claim->housekeeping) schedules_[i].SetAloneWait(claimed.alone_wait[i]);
    if (claim.wanted > 0) schedules_[i].Apply(claim, times, claimed.stages[i], now_ms);
    if (claimed.rescued > 0) schedules_[i].OnRescued();
    Begin(std::move(claimed.stages[i].jobs), &reservations_[i]);
  }
}

void Claims::GiveBack(const SettleAndClaimRequest& request) {
  audio_reservation_.Release();
  for (Reservation& reservation : reservations_) reservation.Release();
  if (!request.claim) return;
  for (StageSchedule& schedule : schedules_) schedule.GiveBack();
}

// What was reserved and is not needed is given back. The end also ends the wait of a commit for a
// standby, which may know nothing of these claims: they are released, not called.
void Claims::Begin(std::vector<Job> jobs, Reservation* reservation) {
  assert(static_cast<int>(jobs.size()) <= reservation->calls());
  if (termination::IsAskedFor()) jobs.clear();
  const int64_t now_ms = NowMs();
  for (Job& job : jobs) {
    auto attempt = std::make_unique<Attempt>();
    attempt->config = configuration_->Of(job.stage);
    attempt->renew_at_ms = now_ms + attempt->config->LeaseMs() / 2;
    attempt->reservation = reservation->TakeOne();
    attempt->probes_store = health_->IsProbing(attempt->config->store.name, job.stage);
    attempt->job = std::move(job);
    runner_->Begin(std::move(attempt));
  }
  reservation->Release();
}

// A wake is no news to a stage that knows of work already, or may do none.
uint32_t Claims::WantedWakes() const {
  if (!configuration_->is_ready()) return kWakeWork;
  const int64_t now_ms = NowMs();
  uint32_t kinds = 0;
  for (const Stage stage : kClaimOrder) {
    const bool is_news = !At(stage).work_due() && MayCall(stage, now_ms);
    if (is_news) kinds |= WakeOf(stage);
  }
  return kinds;
}

int64_t Claims::NextMs(int64_t not_before_ms) const {
  const int64_t now_ms = NowMs();
  int64_t next_ms = std::max(safety_poll_ms_, not_before_ms);
  if (next_due_at_ms_ >= 0) next_ms = Earlier(next_ms, std::max(next_due_at_ms_, not_before_ms));
  next_ms = Earlier(next_ms, statistics_at_ms_);
  for (const Stage stage : kClaimOrder) {
    const Apart& apart = apart_[static_cast<size_t>(stage)];
    if (configuration_->is_ready() && apart.aside.NextMs() >= 0) {
      next_ms = Earlier(next_ms, std::max(apart.aside.NextMs(), not_before_ms));
    }
    const int64_t stage_ms = std::max(not_before_ms, apart.until_ms);
    next_ms = Earlier(next_ms, At(stage).NextMs(now_ms, ParkedUntilMs(stage, now_ms), stage_ms));
  }
  return next_ms;
}

void Claims::FlushStatistics() {
  if (statistics_at_ms_ >= 0 && NowMs() >= statistics_at_ms_) {
    ReportStatistics();
    statistics_at_ms_ = -1;
  }
}

}  // namespace debrief

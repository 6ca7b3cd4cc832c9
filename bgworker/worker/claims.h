// claims.h: what the worker claims: when, how much, and in the limits that all workers share.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "bgworker/backend/slot.h"
#include "bgworker/core/attempt/runner.h"
#include "bgworker/core/policy/refusals.h"
#include "bgworker/core/policy/rows_aside.h"
#include "bgworker/core/policy/stage_schedule.h"
#include "bgworker/database/database.h"
#include "bgworker/worker/configuration.h"
#include "bgworker/worker/held_claims.h"
#include "bgworker/worker/settler.h"

namespace debrief {

class Claims {
 public:
  // `connections_max`: what the limit of open files leaves for calls.
  Claims(Configuration* configuration, ServerHealth* health, MemoryBudget* memory, Runner* runner,
         Settler* settler, HeldClaims* held, int connections_max);

  // What may bring rows.
  void OnWakes(uint32_t wakes);
  void OnConfigured();
  void OnCallEnded(Stage stage) { At(stage).OnCallEnded(); }
  void OnCallsAborted();
  void OnSettled();  // the settler says what came due by it

  // Asks what comes due by itself, a moment after the last claims and not with each of them. Names
  // what PostgreSQL refused to do; null: nothing.
  const char* AskWhatComesDue(Database* database);

  // The turn's transaction: reserves calls, and begins the rows that were claimed.
  void AddTo(SettleAndClaimRequest* request);
  void Apply(const SettleAndClaimRequest& request, const ClaimTimes& times,
             SettleAndClaimReply* reply);
  void GiveBack(const SettleAndClaimRequest& request);

  // The turn's claim was refused: from now on its stages are claimed apart, so that none holds the
  // others, and row by row where a stage is refused alone.
  void OnRefused(const ClaimRequest& refused);
  bool has_apart() const {
    return std::any_of(apart_.begin(), apart_.end(), [now_ms = NowMs()](const Apart& apart) {
      return apart.is_on || (apart.aside.NextMs() >= 0 && apart.aside.NextMs() <= now_ms);
    });
  }
  // Claims for the stages that are apart, and the rows aside that are due. False when PostgreSQL
  // refused for a reason that is no row's.
  bool ClaimApart(Database* database);

  // The kinds of work that are news.
  uint32_t WantedWakes() const;
  // When a turn is due, not before `not_before_ms`.
  int64_t NextMs(int64_t not_before_ms) const;
  // See ReportStatistics().
  void FlushStatistics();

 private:
  // The last stage first: finished SSML is not to starve behind new SSML.
  static constexpr auto kClaimOrder = [] {
    std::array<Stage, kStageCount> order{};
    for (int i = 0; i < kStageCount; i++) order[i] = static_cast<Stage>(kStageCount - 1 - i);
    return order;
  }();
  StageSchedule& At(Stage stage) { return schedules_[static_cast<size_t>(stage)]; }
  const StageSchedule& At(Stage stage) const { return schedules_[static_cast<size_t>(stage)]; }
  bool MayCall(Stage stage, int64_t now_ms) const;
  // Until when the stage's server or store is left alone; 0: it is not.
  int64_t ParkedUntilMs(Stage stage, int64_t now_ms) const;
  bool IsProbing(Stage stage) const;
  Reservation Reserve(Stage stage) const;
  int RoomInMemory(Stage stage) const;
  int RoomInConnections(Stage stage) const;
  void AddAudio(SettleAndClaimRequest* request);
  void AddStage(Stage stage, ClaimRequest* request);
  void SetNextDue(const std::array<int64_t, kStageCount>& due_ms);
  void Begin(std::vector<Job> jobs, Reservation* reservation);

  // A stage whose claims were refused.
  struct Apart {
    bool is_on = false;
    Refusals refusals;  // of its rows
    int passes = 0;     // in a row that took nothing
    int64_t until_ms = 0;
    FairShare::Place place;            // where the next pass begins
    std::unique_ptr<Attempt> refused;  // the first row that the pass did not get
    RowsAside aside;                   // whether the stage is apart or not
  };
  Apart& ApartOf(Stage stage) { return apart_[static_cast<size_t>(stage)]; }
  // Whether the stage is left out of the turn's claim, or claims nothing now.
  bool IsApart(Stage stage) const { return apart_[static_cast<size_t>(stage)].is_on; }
  bool ClaimStage(Stage stage, Database* database);
  bool ClaimRowByRow(Stage stage, Database* database);
  bool ClaimAside(Stage stage, Database* database);
  enum class OfRow { kTaken, kNone, kRefused, kNoRoom, kFailed };
  OfRow ClaimRow(Stage stage, const SeenRow& row, Database* database);
  OfRow OnRowRefused(Stage stage, const SeenRow& row, Database* database);
  void SetAside(const SeenRow& row, const Attempt& attempt, Database* database);
  void RecordRefused(const Attempt& attempt, int64_t wait_ms, Database* database);

  Configuration* configuration_;
  ServerHealth* health_;
  MemoryBudget* memory_;
  Runner* runner_;
  Settler* settler_;
  HeldClaims* held_;
  const int connections_max_;
  std::array<StageSchedule, kStageCount> schedules_;
  // For the turn's transaction: by stage, and for audio of the SSML that it settles.
  std::array<Reservation, kStageCount> reservations_;
  Reservation audio_reservation_;
  std::array<Apart, kStageCount> apart_;
  // Monotonic times.
  int64_t safety_poll_ms_ = 0;     // when all is looked for
  int housekeeping_refusals_ = 0;  // in a row
  int64_t next_due_at_ms_ = -1;    // when to ask what comes due by itself
  int64_t statistics_at_ms_ = -1;
};

}  // namespace debrief

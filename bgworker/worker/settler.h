// settler.h: writes finished rows back: in batches, row by row when a batch fails, later when a
// user holds a row's lock. Decides what a failure means, for the row and for its server, and whose
// fault a refusal by PostgreSQL is: answers that are paid for are kept while it is the database's.
#pragma once

#include <array>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "bgworker/core/attempt/attempt.h"
#include "bgworker/core/policy/refusals.h"
#include "bgworker/core/policy/server_health.h"
#include "bgworker/database/database.h"

namespace debrief {

std::vector<const Attempt*> RowsOf(const Batch& batch);

class Settler {
 public:
  Settler(Database* database, ServerHealth* health);

  void Add(std::unique_ptr<Attempt> attempt);
  // The turn's transaction settles results too: a batch of each kind, of one server.
  void AddTo(SettleAndClaimRequest* request);
  void Apply(SettleAndClaimRequest* request, const SettleAndClaimReply& reply);
  // Whether there is enough for another request like this one.
  bool LeavesMore(const SettleAndClaimRequest& request) const;
  // It failed: they are settled alone, batch by batch and at last row by row.
  void GiveBack(SettleAndClaimRequest* request, bool is_session_lost);

  // Rows that wait to be settled.
  size_t ready() const;
  // Settles the failures that are ready, so that what they say of a server is known before the next
  // calls are claimed.
  bool SettleFailures();
  // kWhenDue: not while PostgreSQL, which refused lately, is left alone.
  enum class When { kWhenDue, kAtOnce };
  // Settles what is ready. False when PostgreSQL refused in a way that concerns us and not a row:
  // everything is kept and tried again.
  bool SettleReady(When when);

  // While PostgreSQL refuses the stage's results whatever the row: until when nothing is claimed
  // for it, at least; 0: it does not.
  int64_t ParkedUntilMs(Stage stage, int64_t now_ms) const;

  // Monotonic time at which SettleReady() has something to do; -1: it has nothing.
  int64_t NextMs() const;
  // Rows that are not settled yet: their leases must be kept up.
  std::vector<Attempt*> Held();
  // The claim was taken away: its result is dropped.
  void Drop(int64_t token);

  // Rows of this stage came due by what was settled since the last call: in so many milliseconds,
  // or -1.
  int64_t TakeMadeDueMs(Stage stage);
  // What the row's calls used counts, whatever becomes of the row.
  void NoteUsage(const Attempt& attempt);
  // Writes down what servers were used for, a moment later (kAtOnce: now). False when PostgreSQL
  // refused.
  bool RecordUsage(When when);
  int64_t usage_at_ms() const { return usage_at_ms_; }
  // Whether something is to be written down yet, now or later.
  bool holds_results() const { return ready() > 0 || !later_.empty(); }
  // A server refused our key since the last call: it is worth reading the key file again.
  bool TakeAuthFailed();

 private:
  enum class Kind { kResults, kFailures, kAny };
  Batch TakeBatch(Stage stage, Kind kind);
  Batch TakeSuspect(Stage stage, Kind kind);
  void GiveBack(Batch batch);
  // Rows of the stage came due, in so many milliseconds.
  void MakeDue(Stage stage, int64_t in_ms);
  bool SettleStages(Kind kind);
  bool SettleBatch(Stage stage, Batch batch);
  bool SettleRowByRow(Stage stage, Batch batch);
  bool OnRefused(Stage stage, std::unique_ptr<Attempt> row);
  void OnSessionLost(Batch batch);
  void KeepForLater(std::unique_ptr<Attempt> row, int64_t wait_ms);
  void Park(Stage stage);
  void Unpark(Stage stage);
  void UnparkIfNothingWaits(Stage stage);
  bool IsHeldLater(Stage stage) const;
  bool Write(Stage stage, Batch* batch, std::vector<SettleOutcome>* outcomes);
  bool WriteFailures(Stage stage, const Batch& batch, std::vector<SettleOutcome>* outcomes);
  void AfterSettle(Stage stage, Batch batch, const std::vector<SettleOutcome>& outcomes);
  void NoteSuccess(const Attempt& attempt);
  void Record(Stage stage, const Batch& batch, const std::vector<SettleOutcome>& outcomes);
  void WakeLater();
  Decision DecideOn(const Attempt& attempt);

  struct Later {
    std::unique_ptr<Attempt> attempt;
    int64_t at_ms;
  };

  Database* database_;
  ServerHealth* health_;
  std::mt19937_64 random_;
  std::array<Batch, kStageCount> ready_;
  std::vector<Later> later_;
  struct StageState {
    Refusals refusals;
    int parks = 0;  // 0: results are stored
    int64_t parked_until_ms = 0;
  };
  std::array<StageState, kStageCount> stages_;
  int64_t retry_at_ms_ = -1;  // after a refusal that passes, such as a lock or a full disk
  int refusals_ = 0;
  std::array<int64_t, kStageCount> made_due_ms_;
  bool auth_failed_ = false;
  std::vector<UsageSum> usage_;
  int64_t usage_at_ms_ = -1;  // monotonic: when it is written down
};

}  // namespace debrief

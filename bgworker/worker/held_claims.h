// held_claims.h: the rows that this worker holds, from claim to settle: their leases are kept up,
// lost ones are dropped, and what must be durable on the way is made so.
//
// What answers a const char* names what PostgreSQL refused to do; null: nothing.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "bgworker/core/attempt/runner.h"
#include "bgworker/database/database.h"
#include "bgworker/worker/settler.h"

namespace debrief {

class HeldClaims {
 public:
  HeldClaims(Database* database, Runner* runner, Settler* settler)
      : database_(database), runner_(runner), settler_(settler) {}

  std::vector<int64_t> Tokens() const;
  const char* RenewLeases();

  // An edit, a cancel or a delete took claims away.
  void OnRevoked() { revoked_ = true; }
  // Stops the calls of such rows: they are not paid to the end.
  const char* DropLost();

  // The session ended within a claim: its commit may be durable.
  void OnClaimUnanswered() { may_hold_more_ = true; }
  bool may_hold_more() const { return may_hold_more_; }
  // Gives back what this worker does not know of: nothing was called for it.
  const char* ReleaseUnknown();

  // A row whose claim was lost is dropped: its next request would be paid for nothing.
  const char* KeepCheckpoints();
  // The worker ends: what rows have of sounds by now is stored, so that it is not paid for again,
  // and what their calls used counts.
  void KeepWhatIsPaid();

 private:
  void OnCheckpointsRefused(const std::vector<Attempt*>& rows);
  std::vector<Attempt*> All() const;
  using ByStage = std::array<std::vector<Attempt*>, kStageCount>;
  bool RecordCancelled(const std::vector<Attempt*>& held, const std::vector<int64_t>& lost);
  bool RenewOneByOne(const std::vector<Attempt*>& rows, int64_t lease_ms);
  static ByStage Sorted(const std::vector<Attempt*>& rows);

  Database* database_;
  Runner* runner_;
  Settler* settler_;
  bool revoked_ = false, may_hold_more_ = false;
};

}  // namespace debrief

// worker.h: one worker process: claims rows, has them run, settles them. Read worker.cpp first.
#pragma once

#include <cstdint>
#include <memory>

#include "bgworker/backend/waiter.h"
#include "bgworker/core/attempt/requests.h"
#include "bgworker/core/attempt/runner.h"
#include "bgworker/core/http/client.h"
#include "bgworker/core/policy/server_health.h"
#include "bgworker/database/database.h"
#include "bgworker/worker/claims.h"
#include "bgworker/worker/configuration.h"
#include "bgworker/worker/held_claims.h"
#include "bgworker/worker/settler.h"
#include "bgworker/worker/side_jobs.h"
#include "extension/worker_state.h"

namespace debrief {

class Worker {
 public:
  // `connections_max`: what the limit of open files leaves for calls.
  Worker(std::unique_ptr<HttpClient> http, int connections_max);

  // Runs turns until the process must end. Never returns.
  void Run();

 private:
  void Turn();
  void ServeInterrupts();
  void ServeWakes();
  void Gather();
  void AddFinished();
  void DoWhatIsDue();
  void Reload();
  void SettleAndClaim();
  bool SettleAndClaimOnce();
  void Apply(SettleAndClaimRequest* request, const ClaimTimes& times, SettleAndClaimReply* reply);
  void OnClaimRefused(const ClaimRequest& refused);
  void ClaimApart();
  void EndTrouble();
  bool FitsStill();
  // Leaves the database alone for a while. `refused` names what it would not do; null: nothing.
  void BackOff(const char* refused);
  bool IsBackingOff() const { return trouble_.until_ms > NowMs(); }
  int64_t TimeoutMs() const;
  [[noreturn]] void Leave(WorkerState state, const char* why);
  void GiveClaimsBack();

  struct Trouble {
    int64_t until_ms = 0;  // monotonic
    int count = 0;         // in a row
  };

  MemoryBudget memory_;  // outlives all that holds shares of it
  std::unique_ptr<HttpClient> http_;
  Database database_;
  ServerHealth health_;
  Requests requests_;
  Runner runner_;
  Settler settler_;
  HeldClaims held_;
  Configuration configuration_;
  Claims claims_;
  SideJobs side_jobs_;
  Waiter waiter_;
  Trouble trouble_;
};

}  // namespace debrief

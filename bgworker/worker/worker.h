// worker.h: one worker process: claims rows, has them run, settles them. Read worker.cpp first.
#pragma once

extern "C" {
#include "postgres.h"
}

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bgworker/backend/slot.h"
#include "bgworker/backend/waiter.h"
#include "bgworker/core/attempt/object_deletions.h"
#include "bgworker/core/attempt/requests.h"
#include "bgworker/core/attempt/runner.h"
#include "bgworker/core/attempt/server_tests.h"
#include "bgworker/core/http/client.h"
#include "bgworker/core/policy/server_health.h"
#include "bgworker/core/services/keyring.h"
#include "bgworker/database/database.h"
#include "bgworker/worker/settler.h"
#include "extension/shared_state.h"

namespace debrief {

class Worker {
 public:
  // `connections_max`: what the limit of open files leaves for calls.
  Worker(std::unique_ptr<HttpClient> http, int connections_max);

  // Turns until the process is told to end. Never returns.
  void Run();

 private:
  // One turn.
  void Turn();
  void ServeInterrupts();
  void ServeWakes();
  void ServeUploads();
  void Gather();
  void AddFinished();
  void SettleAndClaim(bool may_claim);
  void TakeMadeDue();
  void AskWhatComesDue();
  void TakeDue(const std::array<int64_t, kStageCount>& due_ms);
  void RenewLeases();
  void DropLostClaims();

  // Configuration.
  bool BeginWork();
  void LogCopy(bool is_copy);
  void Reload();
  void TakeConfig(StageConfig config);
  void LoadKeys();
  void LogProblem(const StageConfig& config, const Problem& problem);
  void ConfigureHttp();
  bool HasChanged(const ServerConfig& server) const;
  void ForgetFailures(const ServerConfig& server, int64_t* parked_ms, int* failures);
  uint32 StagesOf(const std::string& server) const;
  bool MayCall(Stage stage, int64_t now_ms) const;
  bool IsProbing(const StageConfig& config) const;
  slot::Reservation PlanReservation(Stage stage, int wanted) const;
  int RoomInMemory(Stage stage) const;
  int RoomInConnections(Stage stage) const;
  // Until when the stage's server or store is left alone; 0: it is not.
  int64_t ParkedUntilMs(const StageConfig& config, int64_t now_ms) const;

  // Claiming.
  struct ClaimTimes {
    int64_t began_unix_us = 0;
    int64_t took_us = 0;
  };
  bool PlanClaim(ClaimRequest* request);
  void TakeTurn(SettleAndClaimRequest* request, const ClaimTimes& times,
                SettleAndClaimReply* reply);
  void GiveTurnBack(SettleAndClaimRequest* request);
  uint32 WantedWakes() const;
  void TakeReply(const ClaimRequest& request, const ClaimTimes& times, ClaimReply* reply);
  void TakeStageReply(Stage stage, const ClaimRequest& request, const ClaimTimes& times,
                      const ClaimReply& reply, int claimed);
  void TakeTurns(Stage stage, const ClaimRequest& request, const ClaimTimes& times,
                 const ClaimReply& reply);
  void MoveMark(Stage stage, const ClaimRequest& request, const ClaimTimes& times,
                const ClaimReply& reply, int claimed);
  AudioClaims RoomForAudio();
  void Begin(std::vector<Job> jobs);
  void KeepCheckpoints();
  void RecordUsage();

  // Deletions and server tests.
  void DeleteObjects(std::vector<ObjectDeletion> deletions);
  void SettleSideJobs();
  void TestServers();

  void BackOff(const char* what);
  bool FitsStill();
  [[noreturn]] void LeaveUnfit(const std::string& problem);

  // Waiting and leaving.
  int64_t TimeoutMs() const;
  void FlushStatistics();
  [[noreturn]] void Leave(WorkerState state, const char* why);
  void GiveClaimsBack();

  MemoryBudget memory_;  // outlives all that holds shares of it
  std::unique_ptr<HttpClient> http_;
  Database database_;
  ServerHealth health_;
  Keyring keyring_;
  Requests requests_;
  ObjectDeletions deletions_;
  ServerTests server_tests_;
  Runner runner_;
  Settler settler_;
  Waiter waiter_;

  struct StageState {
    std::shared_ptr<const StageConfig> config;
    std::string problem;  // last one that was logged
    bool usable = false;
    bool work_due = true;          // rows may be due now
    int64_t next_due_ms = -1;      // monotonic: the earliest row that comes due by itself
    int64_t blocked_until_ms = 0;  // the limit is used up by other workers
    // The claim's low-water mark: claims begin to look here, because behind it a snapshot that is
    // held open may keep dead index entries by the million. Rows that came due behind it (late
    // commits, rows that were locked) are found by a look behind it now and then.
    int64_t mark_us = 0;         // microseconds since 1970
    int64_t look_behind_ms = 0;  // monotonic: no sooner
    bool look_behind = false;    // nothing was found above the mark, and something may be behind
    FairShare turns;
    bool alone_wait = false;  // rows that run alone may be there
  };
  const int connections_max_;
  std::map<std::string, ServerConfig> known_servers_;  // by name, as they were last used
  std::array<StageState, kStageCount> stages_;
  bool due_again_ = false;       // rows came due after the turn's claim was planned
  int64_t next_due_at_ms_ = -1;  // monotonic: when to ask what comes due by itself
  bool started_ = false;
  bool is_copy_ = false;
  bool config_stale_ = true;
  bool revoked_ = false;
  int64_t safety_poll_ms_ = 0;  // monotonic: when it is due
  int64_t trouble_until_ms_ = 0;
  int troubles_ = 0;
  int64_t statistics_at_ms_ = -1;
  int64_t usage_at_ms_ = -1;  // when usage is written down
  bool tests_due_ = false;    // an operator wants a server tried out
};

}  // namespace debrief

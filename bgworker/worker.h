// worker.h: one worker process: claims rows, has them run, settles them. Read worker.cpp first.
#pragma once

extern "C" {
#include "postgres.h"
}

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "../extension/shared_state.h"
#include "calls.h"
#include "core/http_client.h"
#include "core/keyring.h"
#include "core/server_health.h"
#include "errands.h"
#include "runner.h"
#include "settler.h"
#include "store.h"
#include "waiter.h"

namespace debrief {

// The version of the extension's SQL that this library works with.
inline constexpr char kVersion[] = "1.0";

class Worker {
 public:
  explicit Worker(std::unique_ptr<HttpClient> http);

  // Turns until the process is told to end. Never returns.
  void Run();

 private:
  // One turn.
  void Turn();
  void ServeInterrupts();
  void ServeWakes();
  void ServeUploads();
  void Settle();
  void RenewLeases();
  void DropLostClaims();

  // Configuration.
  bool BeginWork();
  void Reload();
  void TakeConfig(StageConfig config);
  void LoadKeys();
  void Describe(const StageConfig& config, const Problem& problem);
  void ConfigureHttp();
  void Mended(const ServerConfig& server, int64_t* parked_ms, int* failures);
  uint32 StagesOf(const std::string& server) const;
  bool MayCall(Stage stage, int64_t now_ms) const;
  // Until when the stage's server or store is left alone; 0: it is not.
  int64_t ParkedUntilMs(const StageConfig& config, int64_t now_ms) const;

  // Claiming.
  void Claim();
  bool PlanClaim(ClaimRequest* request);
  void TakeReply(const ClaimRequest& request, ClaimReply* reply);
  void KeepCheckpoints();
  void RecordUsage();

  // Errands.
  void DeleteObjects(std::vector<ObjectDeletion> deletions);
  void SettleErrands();
  void TestServers();

  void Trouble(const char* what);

  // Waiting and leaving.
  int64_t TimeoutMs() const;
  void FlushStatistics();
  [[noreturn]] void Leave(WorkerState state, const char* why);
  void GiveClaimsBack();

  std::unique_ptr<HttpClient> http_;
  Store store_;
  ServerHealth health_;
  Keyring keyring_;
  Calls calls_;
  Errands errands_;
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
  };
  std::array<StageState, kStageCount> stages_;
  bool started_ = false;
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

// store.h: the worker's only road to the tables: short transactions around the functions of
// sql/, whose contract is told there.
//
// No waiting, no network. Every method answers false when PostgreSQL raised an ERROR; error() then
// says which, and nothing has changed.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "assignment.h"
#include "core/job.h"
#include "core/retry.h"
#include "errands.h"
#include "stage_config.h"
#include "transaction.h"

namespace debrief {

enum class SettleOutcome { kSettled, kStale, kLocked };

// A row whose attempt failed, with what was decided about it.
struct FailedRow {
  const Assignment* assignment = nullptr;
  Decision decision;
};

// What a server was used for by a stage since it was last written down.
struct UsageSum {
  std::string server;
  Stage stage = Stage::kAnalysis;
  int64_t calls = 0, failures = 0;
  Usage usage;
  double audio_ms = 0;
};

// One turn's business with the tables, done in one transaction.
struct ClaimRequest {
  bool housekeeping = false;  // rescue, deletions, pruning
  std::vector<int64_t> held_tokens;
  std::array<int, kStageCount> wanted{};  // 0: do not claim
  std::array<int64_t, kStageCount> lease_ms{};
  // The limits of the stage's server; null: none that are counted.
  std::array<const StageConfig*, kStageCount> limited{};
  int64_t retention_hours = 0;
};
struct ClaimReply {
  bool extension_present = false;
  std::string version;
  std::vector<Job> jobs;
  std::array<int64_t, kStageCount> next_due_ms{};  // -1: nothing comes due
  std::array<int64_t, kStageCount> limited_ms{};   // no call may begin for so long
  std::array<std::vector<int64_t>, kStageCount> waited_us;
  int64_t rescued = 0;
  std::vector<ObjectDeletion> deletions;
};

class Store {
 public:
  const PgError& error() const { return error_; }
  int64_t worker_id() const { return worker_id_; }

  // Takes an identity; is_copy: the database is a restored or cloned copy.
  bool Start(bool* is_copy);
  bool HasExtension(bool* present, std::string* version);
  bool LoadConfig(std::vector<StageConfig>* configs);
  bool Claim(const ClaimRequest& request, ClaimReply* reply);

  bool SettleAnalysis(const Assignment& assignment, SettleOutcome* outcome);
  bool SettleSsml(const std::vector<const Assignment*>& batch,
                  std::vector<SettleOutcome>* outcomes);
  bool SettleAudio(const std::vector<const Assignment*>& batch,
                   std::vector<SettleOutcome>* outcomes);
  // Sounds that were made before the failure are stored in the same transaction.
  bool SettleFailures(Stage stage, const std::vector<FailedRow>& batch,
                      std::vector<SettleOutcome>* outcomes);
  struct AttemptRecord {
    const Assignment* assignment;
    const char* outcome;
  };
  bool RecordAttempts(Stage stage, const std::vector<AttemptRecord>& records);

  // Makes the rows' checkpoints durable.
  bool KeepCheckpoints(const std::vector<Assignment*>& rows, std::vector<SettleOutcome>* outcomes);
  // The server of that name; its kind is empty when there is none.
  bool FindServer(const std::string& name, ServerConfig* server);

  bool RecordUsage(const std::vector<UsageSum>& sums);

  bool Progress(int64_t job_id, int64_t token, int percent);
  bool ParkServer(const std::string& server, int64_t park_ms, int failures, const Failure& why);
  bool ServerOk(const std::string& server);
  bool LostClaims(Stage stage, const std::vector<Assignment*>& held, std::vector<int64_t>* tokens);
  bool Renew(Stage stage, const std::vector<Assignment*>& held, int64_t lease_ms);
  bool Release();
  bool SettleDeletions(const std::vector<int64_t>& ids, const std::vector<std::string>& errors);

 private:
  PgError error_;
  int64_t worker_id_ = 0;
};

}  // namespace debrief

// database.h: the worker's only way to the tables: short transactions around the functions of
// sql/, whose contract stands there.
//
// This header knows nothing of the server: SPI is one way to do it (this folder), the rows of a
// simulated world are another (test/worker).
//
// No waiting, no network. Every method answers false when PostgreSQL raised an ERROR; error() then
// says which, and nothing has changed.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bgworker/backend/pg_error.h"
#include "bgworker/core/attempt/attempt.h"
#include "bgworker/core/attempt/stage_config.h"
#include "bgworker/core/model/job.h"
#include "bgworker/core/policy/retry.h"
#include "bgworker/core/policy/stage_schedule.h"
#include "bgworker/core/policy/versions.h"
#include "bgworker/core/services/object_store.h"

namespace debrief {

enum class SettleOutcome { kSettled, kStale, kLocked };

// What a server was used for by a stage since it was last written down.
struct UsageSum {
  std::string server;
  Stage stage = Stage::kAnalysis;
  int64_t calls = 0, failures = 0;
  Usage usage;
  double audio_ms = 0;
};

struct ClaimRequest {
  bool housekeeping = false;  // rescue, deletions, pruning, and what comes due
  std::vector<int64_t> held_tokens;
  std::array<StageClaim, kStageCount> stages;
  std::array<std::shared_ptr<const StageConfig>, kStageCount> configs;  // of stages that claim
  int64_t retention_hours = 0;
};
struct ClaimReply {
  std::array<StageReply, kStageCount> stages;
  // Whether rows that must run alone wait. Found with the housekeeping.
  std::array<bool, kStageCount> alone_wait{};
  // When the next row of each stage comes due by itself, in milliseconds; -1: none does. Found with
  // the housekeeping.
  std::optional<std::array<int64_t, kStageCount>> due_ms;
  bool is_copy = false;  // found with the housekeeping, of which a copy does nothing
  int64_t rescued = 0;
  int64_t given_up = 0;  // rows that outages kept waiting for too long
  std::vector<ObjectDeletion> deletions;
};

// What a settle of SSML may claim of audio, in the same transaction.
struct AudioClaims {
  int count = 0;
  int64_t lease_ms = 0;
};

using Batch = std::vector<std::unique_ptr<Attempt>>;

// One turn's business with the tables, done in one transaction: all of it or nothing.
struct SettleAndClaimRequest {
  Batch audio, ssml;  // results, no failures; each of one server
  AudioClaims audio_claims;
  std::optional<ClaimRequest> claim;

  bool is_empty() const { return audio.empty() && ssml.empty() && !claim; }
};
struct SettleAndClaimReply {
  // With a claim: nothing was done if the extension was gone, or not of a version that we know.
  bool extension_fits = true;
  std::vector<SettleOutcome> audio, ssml;  // in the order of the batches
  std::vector<Job> went_on;                // claimed by audio_claims
  ClaimReply claim;
};

class Database {
 public:
  const PgError& error() const { return error_; }
  int64_t worker_id() const { return worker_id_; }

  // Takes an identity; is_copy: the database is a restored or cloned copy.
  bool Start(bool* is_copy);
  bool ReadVersions(Versions* versions);
  bool LoadConfig(std::vector<StageConfig>* configs);
  // As ClaimReply::due_ms.
  bool NextDue(std::array<int64_t, kStageCount>* due_ms);
  bool SettleAndClaim(const SettleAndClaimRequest& request, SettleAndClaimReply* reply);
  // Rows of the stage that are due, after a place in the queue; before them the one to claim of
  // those that run alone, unless it is aside.
  bool Due(Stage stage, FairShare::Place after, const std::vector<int64_t>& aside,
           std::vector<SeenRow>* rows);
  // Claims a row without reading what it holds; its token stays 0 when it is not due any more.
  bool ClaimUnread(int64_t lease_ms, Job* job);

  bool SettleAnalysis(const Attempt& attempt, SettleOutcome* outcome);
  // Results of an optional stage, which say no more than that they are done.
  bool SettleDone(Stage stage, const std::vector<const Attempt*>& batch,
                  std::vector<SettleOutcome>* outcomes);
  // Sounds that were made before the failure are stored in the same transaction.
  bool SettleFailures(Stage stage, const std::vector<const Attempt*>& batch,
                      std::vector<SettleOutcome>* outcomes);
  // The sounds that rows of one server have so far; they stay claimed.
  bool KeepSounds(const std::vector<const Attempt*>& rows);
  struct AttemptRecord {
    const Attempt* attempt;
    const char* disposition;
    int64_t next_ms = -1;  // until it may be tried again; -1: it is not
  };
  bool RecordAttempts(Stage stage, const std::vector<AttemptRecord>& records);

  // Makes the rows' checkpoints durable.
  bool KeepCheckpoints(const std::vector<Attempt*>& rows, std::vector<SettleOutcome>* outcomes);
  // The server of that name; its kind is empty when there is none.
  bool FindServer(const std::string& name, ServerConfig* server);

  // What is written down leaves the sums.
  bool RecordUsage(std::vector<UsageSum>* sums);

  bool Progress(int64_t job_id, int64_t token, int percent);
  // 0 parks: the server is busy.
  bool ParkServer(const std::string& server, Stage stage, int64_t park_ms, int parks,
                  const Failure& why);
  bool ServerOk(const std::string& server, Stage stage);
  // Makes rows due that were put off because their server was in doubt.
  bool Hasten(Stage stage);
  // `why`: how the results of the stage are refused.
  bool ParkStage(Stage stage, int64_t park_ms, int parks, const PgError& why);
  bool StageOk(Stage stage);
  bool LostClaims(Stage stage, const std::vector<Attempt*>& held, std::vector<int64_t>* tokens);
  bool Renew(Stage stage, const std::vector<Attempt*>& held, int64_t lease_ms);
  // All claims of this worker but these.
  bool Release(const std::vector<int64_t>& but = {});
  bool SettleDeletions(const std::vector<int64_t>& ids, const std::vector<std::string>& errors);

 private:
  PgError error_;
  int64_t worker_id_ = 0;
};

}  // namespace debrief

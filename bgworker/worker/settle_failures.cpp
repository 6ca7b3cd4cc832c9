// settle_failures.cpp: what a failure means, for its row and for its server.

extern "C" {
#include "postgres.h"
}

#include "bgworker/worker/settle_log.h"
#include "bgworker/worker/settler.h"

namespace debrief {

Decision Settler::DecideOn(const Attempt& attempt) {
  const double random = std::uniform_real_distribution<double>(0, 1)(random_);
  return Decide(*attempt.failure(), attempt.job.attempt, attempt.job.deferrals,
                attempt.config->policy, random);
}

bool Settler::WriteFailures(Stage stage, const Batch& batch, std::vector<SettleOutcome>* outcomes) {
  std::vector<FailedRow> rows;
  rows.reserve(batch.size());
  for (const auto& attempt : batch) {
    rows.push_back({.attempt = attempt.get(), .decision = DecideOn(*attempt)});
    NoteFailure(*attempt, rows.back().decision);
  }
  if (!database_->SettleFailures(stage, rows, outcomes)) return false;
  for (size_t i = 0; i < rows.size(); i++) {
    if ((*outcomes)[i] != SettleOutcome::kSettled) continue;
    LogFailure(*rows[i].attempt, rows[i].decision);
    if (rows[i].decision.disposition != Disposition::kFail) {
      MakeDue(stage, rows[i].decision.delay_ms);
    }
  }
  return true;
}

// What the failure says about the server, for all rows.
void Settler::NoteFailure(const Attempt& attempt, const Decision& decision) {
  if (!decision.parks_server) return;
  const Failure& failure = *attempt.failure();
  const std::string& server = attempt.server_at_fault().name;
  int64_t park_ms = 0;
  if (failure.failure_class == FailureClass::kRateLimited) {
    park_ms = health_->Busy(server, decision.delay_ms, NowMs());
  } else {
    const double random = std::uniform_real_distribution<double>(0, 1)(random_);
    park_ms = health_->Failed(server, failure, attempt.started_us / 1000, NowMs(), random);
    auth_failed_ |= failure.failure_class == FailureClass::kAuth;
  }
  if (park_ms == 0) return;
  LogParked(server, park_ms, failure);
  database_->ParkServer(server, park_ms, health_->failures(server), failure);
}

}  // namespace debrief

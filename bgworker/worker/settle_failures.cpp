// settle_failures.cpp: what a failure means, for its row and for its server.

#include "bgworker/worker/settle_log.h"
#include "bgworker/worker/settler.h"

namespace debrief {

bool Settler::WriteFailures(Stage stage, const Batch& batch, std::vector<SettleOutcome>* outcomes) {
  for (const auto& attempt : batch) {
    // Once: a settle that is refused is tried again.
    if (!attempt->decision) attempt->decision = DecideOn(*attempt);
  }
  const std::vector<const Attempt*> rows = RowsOf(batch);
  if (!database_->SettleFailures(stage, rows, outcomes)) return false;
  for (size_t i = 0; i < rows.size(); i++) {
    if ((*outcomes)[i] != SettleOutcome::kSettled) continue;
    const Decision& decision = *rows[i]->decision;
    LogFailure(*rows[i], decision);
    if (decision.disposition != Disposition::kFailed) MakeDue(stage, decision.delay_ms);
  }
  return true;
}

// What the failure says of the server holds for all rows, so it is noted whatever becomes of this
// one.
Decision Settler::DecideOn(const Attempt& attempt) {
  const Failure& failure = *attempt.failure();
  const Job& job = attempt.job;
  const RowHistory row{
      .attempt = job.attempt, .unproven = job.unproven, .unproven_age_ms = job.unproven_age_ms};
  const Fault fault = FaultOf(failure.failure_class);
  const double random = std::uniform_real_distribution<double>(0, 1)(random_);
  if (fault == Fault::kRow) return Decide(failure, row, {}, attempt.config->policy, random);
  const std::string& server = attempt.server_at_fault().name;
  const int64_t now_ms = NowMs();
  const int64_t started_ms = attempt.started_us / 1000;
  // The age is of the claim, a moment before the call began.
  const int64_t unproven_ms = job.unproven_age_ms < 0 ? -1 : started_ms - job.unproven_age_ms;
  const ServerHealth::Verdict verdict = health_->Failed(
      server, job.stage, failure,
      {.row = job.id, .started_ms = started_ms, .unproven_ms = unproven_ms}, now_ms, random);
  Decision decision = Decide(failure, row, verdict.evidence, attempt.config->policy, random);
  int64_t park_ms = verdict.park_ms;
  if (fault == Fault::kBusy) park_ms = health_->Busy(server, job.stage, decision.delay_ms, now_ms);
  if (fault == Fault::kUnproven && decision.disposition == Disposition::kDeferred) {
    health_->PutOff(server, job.stage, now_ms);
  }
  auth_failed_ |= failure.failure_class == FailureClass::kAuth;
  if (park_ms > 0) {
    LogParked(server, park_ms, failure);
    database_->ParkServer(server, job.stage, park_ms, health_->parks(server, job.stage), failure);
  }
  return decision;
}

void Settler::NoteSuccess(const Attempt& attempt) {
  const Stage stage = attempt.job.stage;
  bool has_put_off = false;
  for (const ServerConfig* server : {&attempt.config->server, &attempt.config->store}) {
    const ServerHealth::Recovery recovery =
        health_->Succeeded(server->name, stage, attempt.started_us / 1000);
    if (recovery.was_parked) database_->ServerOk(server->name, stage);
    has_put_off |= recovery.has_put_off;
  }
  if (has_put_off && database_->Hasten(stage)) MakeDue(stage, 0);
}

}  // namespace debrief

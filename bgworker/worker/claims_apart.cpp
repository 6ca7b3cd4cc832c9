// claims_apart.cpp: claims that PostgreSQL refuses. Each stage is claimed alone then, so that none
// holds the others; a stage that is refused alone is claimed row by row, so that a row that cannot
// be read (it needs more memory than there is, or a trigger of the user's refuses it) stops no
// other. Such a row fails once others of its stage were taken; if PostgreSQL refuses that as well,
// it is left alone (rows_aside.h). The database's own faults charge nobody.

#include <memory>
#include <utility>

#include "bgworker/backend/log.h"
#include "bgworker/backend/process.h"
#include "bgworker/core/policy/backoff.h"
#include "bgworker/worker/claims.h"
#include "bgworker/worker/may_pass.h"

namespace debrief {
namespace {

constexpr int64_t kPassWaitMs = 500;
constexpr int64_t kPassWaitMaxMs = 30'000;
constexpr int64_t kCenturyUs = int64_t{3'155'760'000} * 1'000'000;

// Memory may be short for one row alone.
bool MayBeOfARow(const PgError& error) {
  return error.sqlstate == PackSqlState("53200") || !MayPass(error);
}

Failure Unreadable(const PgError& error) {
  return Failure{.failure_class = FailureClass::kPermanent,
                 .code = "row_not_readable",
                 .message = "This could not be read from the database: it may be too large.",
                 .detail = error.message};
}

void LogRefused(Stage stage, int64_t row, const PgError& error) {
  Log(Severity::kLog,
      {.message = Format("pg_debrief: could not claim row %lld for stage %s: %s",
                         static_cast<long long>(row), StageName(stage), error.message),
       .hint = error.hint});
}

}  // namespace

void Claims::OnRefused(const ClaimRequest& refused) {
  for (size_t i = 0; i < kStageCount; i++) {
    if (refused.stages[i].wanted > 0) apart_[i].is_on = true;
  }
  // It may be what was refused: claims go on without it.
  if (refused.housekeeping) {
    safety_poll_ms_ = NowMs() + Doubled(kPassWaitMs, housekeeping_refusals_++, kPassWaitMaxMs);
  }
}

bool Claims::ClaimApart(Database* database) {
  bool goes_on = true;
  for (const Stage stage : kClaimOrder) {
    goes_on = ClaimAside(stage, database) && goes_on;
    if (!IsApart(stage) || ApartOf(stage).until_ms > NowMs()) continue;
    goes_on = ClaimStage(stage, database) && goes_on;
  }
  return goes_on;
}

bool Claims::ClaimStage(Stage stage, Database* database) {
  SettleAndClaimRequest request{.claim = ClaimRequest{}};
  AddStage(stage, &*request.claim);
  if (request.claim->stages[static_cast<size_t>(stage)].wanted == 0) return true;
  SettleAndClaimReply reply;
  ClaimTimes times{.began_unix_us = DatabaseUnixUs()};
  const int64_t began_us = NowUs();
  const bool committed = database->SettleAndClaim(request, &reply);
  times.took_us = NowUs() - began_us;
  if (committed && reply.extension_fits) {
    ApartOf(stage) = {.aside = std::move(ApartOf(stage).aside)};
    Apply(request, times, &reply);
    return true;
  }
  GiveBack(request);
  if (committed) return true;  // the next claim of the turn finds that the extension is gone
  return MayBeOfARow(database->error()) && ClaimRowByRow(stage, database);
}

bool Claims::ClaimRowByRow(Stage stage, Database* database) {
  Apart& apart = ApartOf(stage);
  std::vector<SeenRow> due;
  if (!database->Due(stage, apart.place, apart.aside.Ids(), &due)) return false;
  bool has_taken = false;
  apart.refused.reset();
  for (const SeenRow& row : due) {
    if (apart.aside.Has(row.id)) continue;
    const OfRow what = ClaimRow(stage, row, database);
    if (what == OfRow::kFailed) return false;
    if (what == OfRow::kNoRoom) break;
    has_taken |= what == OfRow::kTaken;
  }
  const bool is_all = due.size() < FairShare::kLookMax;
  apart.place = {};
  if (!has_taken && !is_all) apart.place = {.due_us = due.back().due_us, .id = due.back().id};
  const bool found_none = !has_taken && is_all;
  apart.until_ms = NowMs() + Doubled(kPassWaitMs, found_none ? apart.passes : 0, kPassWaitMaxMs);
  apart.passes = found_none ? apart.passes + 1 : 0;
  // A fault that all of them meet is nobody's; the others wait behind this one.
  if (found_none && apart.refused != nullptr)
    RecordRefused(*apart.refused, apart.until_ms - NowMs(), database);
  At(stage).OnRowsDue();
  return true;
}

// Each by itself, so that no other row's claim meets with it.
bool Claims::ClaimAside(Stage stage, Database* database) {
  RowsAside& aside = ApartOf(stage).aside;
  const std::vector<SeenRow> due = aside.TakeDue(NowMs());
  for (const SeenRow& row : due) {
    const OfRow what = ClaimRow(stage, row, database);
    if (what == OfRow::kFailed) return false;
    if (what == OfRow::kTaken || what == OfRow::kNone) aside.Forget(row.id);
  }
  if (!due.empty()) At(stage).GiveBack();  // what has come meanwhile is claimed in the next turn
  return true;
}

Claims::OfRow Claims::ClaimRow(Stage stage, const SeenRow& row, Database* database) {
  const size_t i = static_cast<size_t>(stage);
  SettleAndClaimRequest request{.claim = ClaimRequest{}};
  At(stage).OnRowsDue();
  AddStage(stage, &*request.claim);
  StageClaim& claim = request.claim->stages[i];
  if (claim.wanted == 0) return OfRow::kNoRoom;
  // That row, or none.
  claim = {.wanted = 1,
           .is_limited = claim.is_limited,
           .from_us = DatabaseUnixUs() + kCenturyUs,
           .preferred = {row.id}};
  SettleAndClaimReply reply;
  if (!database->SettleAndClaim(request, &reply)) {
    GiveBack(request);
    return OnRowRefused(stage, row, database);
  }
  StageReply& found = reply.claim.stages[i];
  const bool is_taken = !found.jobs.empty();
  Begin(std::move(found.jobs), &reservations_[i]);
  if (is_taken) ApartOf(stage).refusals.Stored();
  return found.limited_ms > 0 || !reply.extension_fits ? OfRow::kNoRoom
         : is_taken                                    ? OfRow::kTaken
                                                       : OfRow::kNone;
}

Claims::OfRow Claims::OnRowRefused(Stage stage, const SeenRow& row, Database* database) {
  const PgError error = database->error();
  if (!MayBeOfARow(error)) return OfRow::kFailed;
  LogRefused(stage, row.id, error);
  RowsAside& aside = ApartOf(stage).aside;
  const bool is_to_fail =
      aside.Has(row.id) || ApartOf(stage).refusals.Refused(row.id, row.user_id, error.sqlstate) ==
                               Refusals::Verdict::kChargeRow;
  auto attempt = std::make_unique<Attempt>();
  attempt->config = configuration_->Of(stage);
  attempt->job = {.stage = stage, .id = row.id, .user_id = row.user_id};
  attempt->started_us = attempt->finished_us = NowUs();
  attempt->result = Unreadable(error);
  if (!is_to_fail) {
    std::unique_ptr<Attempt>& first = ApartOf(stage).refused;
    if (first == nullptr) first = std::move(attempt);
    return OfRow::kRefused;
  }
  if (!database->ClaimUnread(attempt->config->LeaseMs(), &attempt->job)) {
    LogRefused(stage, row.id, database->error());
    if (!MayPass(database->error())) SetAside(row, *attempt, database);
    return OfRow::kRefused;
  }
  aside.Forget(row.id);
  if (attempt->job.token == 0) return OfRow::kRefused;
  attempt->renew_at_ms = NowMs() + attempt->config->LeaseMs() / 2;
  settler_->Add(std::move(attempt));
  return OfRow::kRefused;
}

void Claims::SetAside(const SeenRow& row, const Attempt& attempt, Database* database) {
  const Stage stage = attempt.job.stage;
  const int64_t wait_ms = ApartOf(stage).aside.Refused(row, NowMs());
  if (wait_ms == 0) return;
  Log(Severity::kWarning,
      {.message = Format("pg_debrief: row %lld of stage %s can be neither claimed nor failed, and "
                         "is left alone for %lld s",
                         static_cast<long long>(row.id), StageName(stage),
                         static_cast<long long>(wait_ms / 1000)),
       .hint = "Fix what refuses it, a trigger or a constraint; then SELECT pg_reload_conf();"});
  RecordRefused(attempt, wait_ms, database);
}

// The history has it whatever pg_debrief.attempt_history says: explain() and check_installation()
// know it from there, since nothing can be written to the row.
void Claims::RecordRefused(const Attempt& attempt, int64_t wait_ms, Database* database) {
  database->RecordAttempts(attempt.job.stage,
                           {{.attempt = &attempt,
                             .disposition = DispositionName(Disposition::kDeferred),
                             .next_ms = wait_ms}});
}

}  // namespace debrief

// settle_log.cpp: log lines for operators. LOG for what ends in a retry, WARNING for what needs
// somebody.

#include "bgworker/worker/settle_log.h"

#include "bgworker/backend/log.h"
#include "bgworker/core/policy/advice.h"

namespace debrief {
void LogFailure(const Attempt& row, const Decision& decision) {
  // What is the server's fault is reported once, where the server is parked.
  if (decision.disposition == Disposition::kReleased) return;
  const Failure& failure = *row.failure();
  const bool fails = decision.disposition == Disposition::kFailed;
  Log(fails ? Severity::kWarning : Severity::kLog,
      {.message = Format("pg_debrief: %s of row %lld %s: %s", StageName(row.job.stage),
                         static_cast<long long>(row.job.id), fails ? "failed" : "postponed",
                         failure.code.c_str()),
       .detail =
           Format("attempt=%d disposition=%s delay_ms=%lld http_status=%d server=%s correlation=%s "
                  "detail=%s",
                  row.job.attempt, DispositionName(decision.disposition),
                  static_cast<long long>(decision.delay_ms), row.http_status,
                  row.config->server.name.c_str(), row.job.correlation_id.c_str(),
                  failure.detail.c_str())});
}

void LogStale(const Attempt& row) {
  Log(Severity::kLog,
      {.message = Format("pg_debrief: %s of row %lld is stale: the row was edited, cancelled, "
                         "deleted or claimed again",
                         StageName(row.job.stage), static_cast<long long>(row.job.id)),
       .detail = Format("attempt=%d server=%s correlation=%s", row.job.attempt,
                        row.config->server.name.c_str(), row.job.correlation_id.c_str())});
}

void LogParked(const std::string& server, int64_t park_ms, const Failure& failure) {
  Log(failure.failure_class == FailureClass::kRateLimited ? Severity::kLog : Severity::kWarning,
      {.message = Format("pg_debrief: server \"%s\" paused for %lld ms: %s", server.c_str(),
                         static_cast<long long>(park_ms), failure.code.c_str()),
       .detail = failure.detail,
       .hint = AdviceForLog(failure)});
}

void LogStageParked(Stage stage, int64_t park_ms, const PgError& error) {
  Log(Severity::kWarning,
      {.message =
           Format("pg_debrief: stage \"%s\" paused for %lld ms: the database refuses its results",
                  StageName(stage), static_cast<long long>(park_ms)),
       .detail = error.message,
       .hint = "Answers that are paid for are kept. Correct what refuses them: a grant, a "
               "trigger or a constraint; SELECT * FROM debrief.check_installation();"});
}

void LogRefusal(Stage stage, size_t rows, const PgError& error) {
  Log(Severity::kLog, {.message = Format("pg_debrief: could not settle %d rows of stage %s: %s",
                                         static_cast<int>(rows), StageName(stage), error.message),
                       .hint = error.hint});
}

}  // namespace debrief

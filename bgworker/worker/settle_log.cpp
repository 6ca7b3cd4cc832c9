// settle_log.cpp: log lines for operators. LOG for what ends in a retry, WARNING for what needs
// somebody.

extern "C" {
#include "postgres.h"
}

#include "bgworker/worker/settle_log.h"

#include "bgworker/core/policy/advice.h"

namespace debrief {
void LogFailure(const Attempt& row, const Decision& decision) {
  // What is the server's fault is reported once, where the server is parked.
  if (decision.disposition == Disposition::kReleased) return;
  const Failure& failure = *row.failure();
  const bool fails = decision.disposition == Disposition::kFailed;
  ereport(
      fails ? WARNING : LOG,
      errmsg("pg_debrief: %s of row %lld %s: %s", StageName(row.job.stage),
             static_cast<long long>(row.job.id), fails ? "failed" : "postponed",
             failure.code.c_str()),
      errdetail("attempt=%d disposition=%s delay_ms=%lld http_status=%d server=%s correlation=%s "
                "detail=%s",
                row.job.attempt, DispositionName(decision.disposition),
                static_cast<long long>(decision.delay_ms), row.http_status,
                row.config->server.name.c_str(), row.job.correlation_id.c_str(),
                failure.detail.c_str()),
      errhidestmt(true), errhidecontext(true));
}

void LogStale(const Attempt& row) {
  ereport(LOG,
          errmsg("pg_debrief: %s of row %lld is stale: the row was edited, cancelled, deleted or "
                 "claimed again",
                 StageName(row.job.stage), static_cast<long long>(row.job.id)),
          errdetail("attempt=%d server=%s correlation=%s", row.job.attempt,
                    row.config->server.name.c_str(), row.job.correlation_id.c_str()),
          errhidestmt(true), errhidecontext(true));
}

void LogParked(const std::string& server, int64_t park_ms, const Failure& failure) {
  ereport(failure.failure_class == FailureClass::kRateLimited ? LOG : WARNING,
          errmsg("pg_debrief: server \"%s\" paused for %lld ms: %s", server.c_str(),
                 static_cast<long long>(park_ms), failure.code.c_str()),
          failure.detail.empty() ? 0 : errdetail("%s", failure.detail.c_str()),
          errhint("%s", AdviceForLog(failure)), errhidestmt(true), errhidecontext(true));
}

void LogStageParked(Stage stage, int64_t park_ms, const PgError& error) {
  ereport(WARNING,
          errmsg("pg_debrief: stage \"%s\" paused for %lld ms: the database refuses its results",
                 StageName(stage), static_cast<long long>(park_ms)),
          errdetail("%s", error.message),
          errhint("Answers that are paid for are kept. Correct what refuses them: a grant, a "
                  "trigger or a constraint; SELECT * FROM debrief.check_installation();"),
          errhidestmt(true), errhidecontext(true));
}

void LogRefusal(Stage stage, size_t rows, const PgError& error) {
  ereport(LOG,
          errmsg("pg_debrief: could not settle %d rows of stage %s: %s", static_cast<int>(rows),
                 StageName(stage), error.message),
          error.hint[0] == '\0' ? 0 : errhint("%s", error.hint), errhidestmt(true),
          errhidecontext(true));
}

}  // namespace debrief

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
  if (decision.disposition == Disposition::kRelease) return;
  const Failure& failure = *row.failure();
  ereport(
      decision.disposition == Disposition::kFail ? WARNING : LOG,
      errmsg("pg_debrief: %s of row %lld failed: %s", StageName(row.job.stage),
             static_cast<long long>(row.job.id), failure.code.c_str()),
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
          errmsg("pg_debrief: server \"%s\" is left alone for %lld ms: %s", server.c_str(),
                 static_cast<long long>(park_ms), failure.code.c_str()),
          failure.detail.empty() ? 0 : errdetail("%s", failure.detail.c_str()),
          errhint("%s", AdviceForLog(failure)), errhidestmt(true), errhidecontext(true));
}

void LogRefusal(Stage stage, size_t rows, const PgError& error) {
  ereport(LOG,
          errmsg("pg_debrief: could not settle %d rows of stage %s: %s", static_cast<int>(rows),
                 StageName(stage), error.message),
          error.hint[0] == '\0' ? 0 : errhint("%s", error.hint), errhidestmt(true),
          errhidecontext(true));
}

}  // namespace debrief

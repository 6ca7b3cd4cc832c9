// settle_log.h: the lines that settling leaves in the server's log, one shape for all:
// "pg_debrief: <what>" and a DETAIL of name=value pairs. Never a message, a key or a body.
#pragma once

#include "bgworker/backend/pg_error.h"
#include "bgworker/core/attempt/attempt.h"
#include "bgworker/core/policy/retry.h"

namespace debrief {

void LogFailure(const Attempt& attempt, const Decision& decision);
void LogStale(const Attempt& attempt);
void LogParked(const std::string& server, int64_t park_ms, const Failure& failure);
void LogStageParked(Stage stage, int64_t park_ms, const PgError& error);
void LogRefusal(Stage stage, size_t rows, const PgError& error);

}  // namespace debrief

// log.cpp: see log.h, which comes before what PostgreSQL makes of printf().

#include "bgworker/backend/log.h"

extern "C" {
#include "postgres.h"
}

namespace debrief {

void Log(Severity severity, const LogLine& line) {
  ereport(severity == Severity::kWarning ? WARNING : LOG, errmsg("%s", line.message.c_str()),
          line.detail.empty() ? 0 : errdetail("%s", line.detail.c_str()),
          line.hint.empty() ? 0 : errhint("%s", line.hint.c_str()), errhidestmt(true),
          errhidecontext(true));
}

}  // namespace debrief

#include "console/sql_answer.h"

#include "console/caller.h"

namespace debrief::console {

unsigned StatusOf(const std::string& sqlstate) {
  if (sqlstate.size() != 5) return 503;
  const std::string kind = sqlstate.substr(0, 2);
  if (sqlstate == "42501") return 403;
  if (sqlstate == "P0002" || kind == "02") return 404;
  if (sqlstate == "P0001" || kind == "22") return 400;
  if (kind == "23" || kind == "40" || kind == "55" || kind == "25" || kind == "0A") {
    return 409;  // 0A000: also what a standby says to a transaction that would write
  }
  // What this version of the console asks for, and that of the extension has not.
  if (sqlstate == "42P01" || sqlstate == "42883" || sqlstate == "42703") return 501;
  if (kind == "57" || kind == "53" || kind == "08" || kind == "28") return 503;
  return 500;
}

Response SqlErrorResponse(const SqlError& error) {
  const unsigned status = StatusOf(error.state);
  std::string hint = error.hint;
  if (status == 501 && hint.empty()) {
    hint = std::string("This console needs pg_debrief ") + kNeededVersion +
           " or newer: ALTER EXTENSION pg_debrief UPDATE.";
  }
  if (error.state == "57014" && hint.empty()) hint = "It took too long; ask for less.";
  return ErrorResponse(status, error.state, error.message, hint);
}

Response JsonOf(const Rows& rows) {
  if (!rows.IsGood()) return SqlErrorResponse(rows.error());
  if (rows.size() == 0 || rows.IsNull(0, 0)) return ErrorResponse(404, "", "There is none.");
  return JsonResponse(200, rows.One());
}

}  // namespace debrief::console

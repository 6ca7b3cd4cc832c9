// sql_answer.h: what PostgreSQL said, as HTTP.
#pragma once

#include "console/database.h"
#include "console/http_message.h"

namespace debrief::console {

unsigned StatusOf(const std::string& sqlstate);

Response SqlErrorResponse(const SqlError& error);

// The only field of the only row, which is JSON; 404 when there is none.
Response JsonOf(const Rows& rows);

}  // namespace debrief::console

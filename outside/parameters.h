// parameters.h: a statement's arguments in PostgreSQL's binary formats.
#pragma once

#include <string>

#include "bgworker/backend/statement.h"

namespace debrief::parameters {

// The OID of the type that the argument is sent as.
unsigned int TypeOf(SqlArgument::Kind kind);
std::string Binary(const SqlArgument& argument);

}  // namespace debrief::parameters

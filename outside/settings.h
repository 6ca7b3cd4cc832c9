// settings.h: where the worker's settings come from outside the server.
#pragma once

#include <map>
#include <string>

namespace debrief {

// Those of the command line and the file go before the server's; by name without "pg_debrief.".
// False, and why, when one has no such value.
bool SetOwnSettings(const std::map<std::string, std::string>& own, std::string* problem);

}  // namespace debrief

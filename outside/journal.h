// journal.h: what systemd's journal reads at the begin of a line.
#pragma once

#include <cstdlib>

namespace debrief::outside {

// The priority by which the journal files a line, where stderr goes there: systemd says so.
inline const char* Priority(const char* priority) {
  return std::getenv("JOURNAL_STREAM") != nullptr ? priority : "";
}

}  // namespace debrief::outside

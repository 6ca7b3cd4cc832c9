// log.h: lines on stderr, one each, for systemd's journal.
#pragma once

#include <string_view>

namespace debrief::console {

// Control characters of the text become blanks: one event is one line.
void Log(std::string_view text);

}  // namespace debrief::console

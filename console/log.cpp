#include "console/log.h"

#include <cstdio>
#include <string>

namespace debrief::console {

void Log(std::string_view text) {
  std::string line = "pg_debrief_console: ";
  for (const char c : text) line += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  while (line.back() == ' ') line.pop_back();
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace debrief::console

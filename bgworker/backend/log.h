// log.h: lines of the worker's log: the server's in the server, stderr outside it.
#pragma once

#include <cstdarg>
#include <cstdio>
#include <string>

namespace debrief {

enum class Severity { kLog, kWarning };

struct LogLine {
  std::string message;
  std::string detail = {};  // empty: none
  std::string hint = {};
};
void Log(Severity severity, const LogLine& line);

// As printf().
[[gnu::format(printf, 1, 2)]] inline std::string Format(const char* format, ...) {
  char line[2000];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof(line), format, arguments);
  va_end(arguments);
  return line;
}

}  // namespace debrief

// log.cpp: a line on stderr for each event, as name=value pairs, for systemd's journal.

#include "bgworker/backend/log.h"

#include <cstdio>
#include <string>
#include <string_view>

#include "outside/journal.h"

namespace debrief {
namespace {

// In quotes; what would end the line or the quotes is escaped.
void Put(const char* name, std::string_view value, std::string* line) {
  if (value.empty()) return;
  *line += name;
  *line += "=\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') *line += '\\';
    *line += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  *line += '"';
}

}  // namespace

void Log(Severity severity, const LogLine& line) {
  const bool is_warning = severity == Severity::kWarning;
  std::string text = outside::Priority(is_warning ? "<4>" : "<6>");
  text += is_warning ? "level=warning" : "level=log";
  Put(" message", line.message, &text);
  Put(" detail", line.detail, &text);
  Put(" hint", line.hint, &text);
  text += '\n';
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace debrief

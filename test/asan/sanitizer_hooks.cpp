// sanitizer_hooks.cpp: preloaded between the two sanitizers, so that they get on in a server.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

extern "C" {

// ASan looks for this function of Swift at its start. Where it finds none it has gettext say so,
// and hangs for ever when one of the server's libraries is just within gettext itself.
char* swift_demangle(const char*, size_t, char*, size_t*, unsigned) { return nullptr; }

void __ubsan_get_current_report_data(const char** kind, const char** message, const char** file,
                                     unsigned* line, unsigned* column, char** address);
void __sanitizer_set_report_path(const char* path);

// UBSan reads its options at its first report, when the server has long overwritten the environment
// where it looks for them; it would write to the server's log, and end the process as if it had
// chosen to. So what it found is written here, and where by ASan, which sees the abort.
void __ubsan_on_report() {
  const char *kind, *message, *file;
  unsigned line, column;
  char* address;
  __ubsan_get_current_report_data(&kind, &message, &file, &line, &column, &address);
  const char* const reports = std::getenv("DEBRIEF_REPORTS");
  char path[1000];
  std::snprintf(path, sizeof(path), "%s.%d", reports, getpid());
  if (FILE* const report = std::fopen(path, "w")) {
    std::fprintf(report, "%s:%u:%u: %s (%s)\n", file, line, column, message, kind);
    std::fclose(report);
  }
  std::snprintf(path, sizeof(path), "%s.stack", reports);
  __sanitizer_set_report_path(path);
  std::abort();
}
}

// process.cpp: see process.h.

extern "C" {
#include "postgres.h"
}

#include <exception>
#include <new>

#include "bgworker/backend/process.h"

namespace debrief {
namespace {

const char* process_name = "";

[[noreturn]] void OnTerminate() {
  ereport(FATAL, errmsg("%s: unhandled C++ exception", process_name));
  pg_unreachable();
}

[[noreturn]] void OnOutOfMemory() {
  ereport(FATAL, errcode(ERRCODE_OUT_OF_MEMORY), errmsg("%s: out of memory", process_name));
  pg_unreachable();
}

}  // namespace

void RunGuarded(const char* name, void (*main)()) {
  process_name = name;
  std::set_terminate(OnTerminate);
  std::set_new_handler(OnOutOfMemory);
  // The message is kept outside the handler: an ereport inside would leak the exception.
  char what[256] = "";
  try {
    main();
  } catch (const std::exception& exception) {
    strlcpy(what, exception.what(), sizeof(what));
  }
  ereport(FATAL, errmsg("%s: %s", name, what));
  pg_unreachable();
}

}  // namespace debrief

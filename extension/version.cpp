// version.cpp: the library's version. Of the library that is loaded: after an update of the files
// that is the old one, until the server is restarted.

extern "C" {
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
}

#include "extension/version.h"

namespace debrief {

const char* LibraryVersion() { return DEBRIEF_VERSION; }

}  // namespace debrief

extern "C" {

PG_FUNCTION_INFO_V1(debrief_library_version);

PGDLLEXPORT Datum debrief_library_version(PG_FUNCTION_ARGS) {
  (void)fcinfo;
  PG_RETURN_TEXT_P(cstring_to_text(debrief::LibraryVersion()));
}

}  // extern "C"

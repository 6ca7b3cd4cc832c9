// version.cpp: the version of the library that is loaded. After an update of the files that is the
// old one, until the server is restarted.

extern "C" {
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
}

extern "C" {

PG_FUNCTION_INFO_V1(debrief_library_version);

PGDLLEXPORT Datum debrief_library_version(PG_FUNCTION_ARGS) {
  (void)fcinfo;
  PG_RETURN_TEXT_P(cstring_to_text(DEBRIEF_VERSION));
}

}  // extern "C"

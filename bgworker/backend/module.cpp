// module.cpp: pg_debrief_worker as a library. Only the launcher and the workers load it, each when
// it starts: a new file is used by the next worker, while the server goes on with the pg_debrief
// that it preloaded.

extern "C" {
#include "postgres.h"

#include "fmgr.h"
}

#include "bgworker/backend/module.h"
#include "extension/compat.h"
#include "extension/shared_state.h"

extern "C" {
DEBRIEF_MODULE_MAGIC("pg_debrief_worker");
}

namespace debrief {

const char* LibraryVersion() { return DEBRIEF_VERSION; }

bool FitsSharedState() {
  if (shared == nullptr) {
    ereport(LOG, errmsg("pg_debrief is not loaded"),
            errhint("Add pg_debrief to shared_preload_libraries and restart the server."));
    return false;
  }
  if (shared->layout == kSharedLayout) return true;
  ereport(LOG, errmsg("pg_debrief_worker and the loaded pg_debrief are of different builds"),
          errhint("Restart the server to load the pg_debrief that is installed."));
  return false;
}

}  // namespace debrief

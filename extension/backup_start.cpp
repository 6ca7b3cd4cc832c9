// backup_start.cpp: a physical copy has its origin's system identifier, and a promoted standby a
// new timeline as well; but how a copy is started tells it apart. The postmaster looks before
// recovery does; every process inherits what it saw.
//
// A snapshot of the file system starts as its origin does after a crash: that one nobody can tell.

extern "C" {
#include "postgres.h"

#include <unistd.h>

#include "access/xlog.h"
#include "fmgr.h"
}

#include "extension/backup_start.h"

namespace debrief {
namespace {

bool started_from_backup = false;

// The postmaster runs in the data directory.
bool Exists(const char* file) { return access(file, F_OK) == 0; }

}  // namespace

void NoteHowServerStarts() {
  started_from_backup =
      (Exists(BACKUP_LABEL_FILE) || Exists(RECOVERY_SIGNAL_FILE)) && !Exists(STANDBY_SIGNAL_FILE);
}

}  // namespace debrief

extern "C" {

PG_FUNCTION_INFO_V1(debrief_started_from_backup);

PGDLLEXPORT Datum debrief_started_from_backup(PG_FUNCTION_ARGS) {
  (void)fcinfo;
  PG_RETURN_BOOL(debrief::started_from_backup);
}

}  // extern "C"

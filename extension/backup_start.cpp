// backup_start.cpp: a physical copy has its origin's system identifier, and a promoted standby a
// new timeline as well; but how a copy was first started gives it away. The postmaster looks
// before recovery does, and writes down when: recovery may be interrupted, and a database may have
// no worker in that start. A first start without this library leaves backup_label.old, on the same
// timeline.
//
// A snapshot of the file system starts as its origin does after a crash: that one nobody can tell.

extern "C" {
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/xlog.h"
#include "fmgr.h"
#include "storage/fd.h"
#include "utils/timestamp.h"
}

#include "extension/backup_start.h"

namespace debrief {
namespace {

// Backups carry it, so it holds a time: what was installed or activated since is no copy.
constexpr const char* kMarker = "pg_debrief.copy";

// 0: not started from a backup, as far as is known.
TimestampTz copied_at = 0;

// The postmaster runs in the data directory.
bool Exists(const char* file) { return access(file, F_OK) == 0; }

void WriteMarker() {
  char text[32];
  const int length = snprintf(text, sizeof(text), INT64_FORMAT "\n", copied_at);
  const int file = BasicOpenFile(kMarker, O_WRONLY | O_CREAT | O_TRUNC | PG_BINARY);
  if (file < 0 || write(file, text, length) != length || pg_fsync(file) != 0) {
    ereport(LOG, (errcode_for_file_access(),
                  errmsg("pg_debrief: could not write file \"%s\": %m", kMarker),
                  errhint("Let this start of the server finish: the workers note then that this "
                          "is a copy.")));
  }
  if (file >= 0) close(file);
}

void ReadMarker() {
  FILE* file = AllocateFile(kMarker, PG_BINARY_R);
  if (file == nullptr) return;
  long long written = 0;
  if (fscanf(file, "%lld", &written) == 1) copied_at = written;
  FreeFile(file);
}

// Every promotion begins a timeline; a base backup that was started as a server goes on with its
// own.
TimestampTz StartedWithoutLibraryAt() {
  struct stat label;
  FILE* file = AllocateFile(BACKUP_LABEL_OLD, PG_BINARY_R);
  if (file == nullptr) return 0;
  unsigned timeline = 0;
  char line[MAXPGPATH];
  while (timeline == 0 && fgets(line, sizeof(line), file) != nullptr) {
    sscanf(line, "START TIMELINE: %u", &timeline);
  }
  const bool is_same = timeline == GetWALInsertionTimeLine() && fstat(fileno(file), &label) == 0;
  FreeFile(file);
  return is_same ? time_t_to_timestamptz(label.st_mtime) : 0;
}

}  // namespace

void NoteHowServerStarts() {
  if (Exists(STANDBY_SIGNAL_FILE)) {
    unlink(kMarker);
  } else if (Exists(BACKUP_LABEL_FILE) || Exists(RECOVERY_SIGNAL_FILE)) {
    copied_at = GetCurrentTimestamp();
    WriteMarker();
  } else {
    ReadMarker();
  }
}

}  // namespace debrief

extern "C" {

PG_FUNCTION_INFO_V1(debrief_copied_at);

PGDLLEXPORT Datum debrief_copied_at(PG_FUNCTION_ARGS) {
  TimestampTz at = debrief::copied_at;
  if (at == 0 && !RecoveryInProgress()) at = debrief::StartedWithoutLibraryAt();
  if (at == 0) PG_RETURN_NULL();
  PG_RETURN_TIMESTAMPTZ(at);
}

}  // extern "C"

// module.cpp: what PostgreSQL sees of the library: its magic, and _PG_init.
//
// Preloaded, in this order: settings, shared memory, hooks, the launcher. Loaded by a session only
// (no preload), settings alone: functions then say what to do.

extern "C" {
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
}

#include "extension/backup_start.h"
#include "extension/compat.h"
#include "extension/settings.h"
#include "extension/shared_state.h"
#include "extension/utility_hooks.h"

extern "C" {

DEBRIEF_MODULE_MAGIC("pg_debrief");

PGDLLEXPORT void _PG_init(void);

static void RegisterLauncher() {
  BackgroundWorker launcher;
  memset(&launcher, 0, sizeof(launcher));
  launcher.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
  // On a standby it starts when the standby is promoted.
  launcher.bgw_start_time = BgWorkerStart_RecoveryFinished;
  launcher.bgw_restart_time = 5;
  snprintf(launcher.bgw_library_name, sizeof(launcher.bgw_library_name), "pg_debrief_worker");
  snprintf(launcher.bgw_function_name, sizeof(launcher.bgw_function_name), "debrief_launcher_main");
  snprintf(launcher.bgw_name, sizeof(launcher.bgw_name), "pg_debrief launcher");
  snprintf(launcher.bgw_type, sizeof(launcher.bgw_type), "pg_debrief launcher");
  RegisterBackgroundWorker(&launcher);
}

void _PG_init(void) {
  const bool preloaded = process_shared_preload_libraries_in_progress;
  debrief::settings::Define(preloaded);
  if (!preloaded) return;
  debrief::NoteHowServerStarts();
  debrief::InstallSharedStateHooks();
  debrief::InstallUtilityHooks();
  // pg_upgrade starts the servers too: they are not to work on anything.
  if (!IsBinaryUpgrade) RegisterLauncher();
}

}  // extern "C"

// settings.h: the settings pg_debrief.*, as values. Their meaning is told where they are defined.
#pragma once

namespace debrief::settings {

extern bool enabled;
extern char* databases;
extern int workers_per_database;
extern int max_workers;
extern int memory_limit_mb;
extern int safety_poll_ms;
extern int attempt_history;
extern int attempt_retention_hours;
extern char* key_file;
extern char* allowed_hosts;
extern char* ca_file;
extern bool notify;

enum AttemptHistory { kHistoryOff, kHistoryFailures, kHistoryAll };

// Registers all settings. Those that need shared memory only when the library is preloaded.
void Define(bool preloaded);

}  // namespace debrief::settings

// settings.h: the settings pg_debrief.*, as values. settings.cpp says what they mean.
#pragma once

extern "C" {
#include "postgres.h"
}

namespace debrief::settings {

extern PGDLLEXPORT bool enabled;
extern PGDLLEXPORT char* databases;
extern PGDLLEXPORT int workers_per_database;
extern PGDLLEXPORT int max_workers;
extern PGDLLEXPORT int memory_limit_mb;
extern PGDLLEXPORT int safety_poll_ms;
extern PGDLLEXPORT int attempt_history;
extern PGDLLEXPORT int attempt_retention_hours;
extern int minutes_retention_min, hours_retention_min, analysis_retention_min;  // read by SQL
extern bool retention_deletes_objects;                                          // too
extern PGDLLEXPORT char* key_file;
extern PGDLLEXPORT char* allowed_hosts;
extern PGDLLEXPORT char* ca_file;
extern PGDLLEXPORT int notify;

enum Notify { kNotifyOff, kNotifyResults, kNotifyAll };
enum AttemptHistory { kHistoryOff, kHistoryFailures, kHistoryAll };

// Registers all settings. Those that need shared memory only when the library is preloaded.
void Define(bool preloaded);

}  // namespace debrief::settings

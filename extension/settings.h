// settings.h: the settings pg_debrief.*, as values. settings.cpp says what they mean.
#pragma once

namespace debrief::settings {

[[gnu::visibility("default")]] extern bool enabled;
[[gnu::visibility("default")]] extern char* databases;
[[gnu::visibility("default")]] extern int workers_per_database;
[[gnu::visibility("default")]] extern int max_workers;
[[gnu::visibility("default")]] extern int memory_limit_mb;
[[gnu::visibility("default")]] extern int safety_poll_ms;
[[gnu::visibility("default")]] extern int attempt_history;
[[gnu::visibility("default")]] extern int attempt_retention_hours;
extern int minutes_retention_min, hours_retention_min, analysis_retention_min;  // read by SQL
extern bool retention_deletes_objects;                                          // too
[[gnu::visibility("default")]] extern char* key_file;
[[gnu::visibility("default")]] extern char* allowed_hosts;
[[gnu::visibility("default")]] extern char* ca_file;
[[gnu::visibility("default")]] extern int notify;

enum Notify { kNotifyOff, kNotifyResults, kNotifyAll };
enum AttemptHistory { kHistoryOff, kHistoryFailures, kHistoryAll };

// Registers all settings. Those that need shared memory only when the library is preloaded.
void Define(bool preloaded);

}  // namespace debrief::settings

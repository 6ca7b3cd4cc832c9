// settings.cpp: each setting with its meaning, unit, range and when it takes effect.

extern "C" {
#include "postgres.h"

#include "utils/guc.h"
}

#include "extension/settings.h"

namespace debrief::settings {

bool enabled = true;
char* databases = nullptr;
int workers_per_database = 1;
int max_workers = 8;
int memory_limit_mb = 256;
int safety_poll_ms = 10'000;
int attempt_history = kHistoryFailures;
int attempt_retention_hours = 24 * 14;
int minutes_retention_min = 14 * 24 * 60;
int hours_retention_min = 400 * 24 * 60;
int analysis_retention_min = 0;
bool retention_deletes_objects = true;
char* key_file = nullptr;
char* allowed_hosts = nullptr;
char* ca_file = nullptr;
int notify = kNotifyResults;

namespace {

const config_enum_entry kAttemptHistoryOptions[] = {{"off", kHistoryOff, false},
                                                    {"failures", kHistoryFailures, false},
                                                    {"all", kHistoryAll, false},
                                                    {nullptr, 0, false}};

// Hidden ones: those of the Boolean that it was.
const config_enum_entry kNotifyOptions[] = {{"off", kNotifyOff, false},
                                            {"results", kNotifyResults, false},
                                            {"all", kNotifyAll, false},
                                            {"on", kNotifyResults, true},
                                            {"true", kNotifyResults, true},
                                            {"yes", kNotifyResults, true},
                                            {"1", kNotifyResults, true},
                                            {"false", kNotifyOff, true},
                                            {"no", kNotifyOff, true},
                                            {"0", kNotifyOff, true},
                                            {nullptr, 0, false}};

void DefineWorkers() {
  DefineCustomBoolVariable("pg_debrief.enabled", "Runs the pipeline's workers.",
                           "Off: workers stop, rows in flight return to the queue, new rows are "
                           "still accepted.",
                           &enabled, true, PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
  DefineCustomStringVariable("pg_debrief.databases",
                             "Databases to work in, separated by commas; empty: every database "
                             "that has the extension.",
                             nullptr, &databases, "", PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
  DefineCustomIntVariable("pg_debrief.workers_per_database", "Worker processes per database.",
                          "They share the limits of debrief.stages.", &workers_per_database, 1, 1,
                          8, PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
  DefineCustomIntVariable("pg_debrief.memory_limit",
                          "Memory that a worker may use for answers and sounds that are under way.",
                          "When it is used up nothing is claimed, and answers wait in the "
                          "network. A worker's own 20 to 40 MB come on top, and 22 kB for each "
                          "call in flight.",
                          &memory_limit_mb, 256, 16, 1'048'576, PGC_SIGHUP, GUC_UNIT_MB, nullptr,
                          nullptr, nullptr);
  DefineCustomIntVariable("pg_debrief.safety_poll",
                          "How often a worker looks for what could not wake it: replicated rows, "
                          "leases of workers that died.",
                          "One short transaction each time.", &safety_poll_ms, 10'000, 1'000,
                          3'600'000, PGC_SIGHUP, GUC_UNIT_MS, nullptr, nullptr, nullptr);
}

void DefineRecords() {
  DefineCustomEnumVariable("pg_debrief.attempt_history",
                           "Which attempts debrief.attempts keeps: off, failures or all.", nullptr,
                           &attempt_history, kHistoryFailures, kAttemptHistoryOptions, PGC_SIGHUP,
                           0, nullptr, nullptr, nullptr);
  DefineCustomIntVariable(
      "pg_debrief.attempt_retention", "Hours for which debrief.attempts keeps an attempt.", nullptr,
      &attempt_retention_hours, 24 * 14, 1, 24 * 3650, PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
  constexpr int kDay = 24 * 60;
  DefineCustomIntVariable("pg_debrief.minutes_retention",
                          "How long debrief.pipeline_minutes keeps a minute.", nullptr,
                          &minutes_retention_min, 14 * kDay, kDay, 3650 * kDay, PGC_SIGHUP,
                          GUC_UNIT_MIN, nullptr, nullptr, nullptr);
  DefineCustomIntVariable(
      "pg_debrief.hours_retention",
      "How long debrief.pipeline_hours keeps an hour, and debrief.operations an operation.",
      nullptr, &hours_retention_min, 400 * kDay, 8 * kDay, 3650 * kDay, PGC_SIGHUP, GUC_UNIT_MIN,
      nullptr, nullptr, nullptr);
  DefineCustomIntVariable(
      "pg_debrief.analysis_retention",
      "How long a recording is kept after its analysis ended; 0: forever.",
      "The worker removes it with its analysis, feedback and sounds. analysis_jobs.keep_until goes "
      "before.",
      &analysis_retention_min, 0, 0, 36'500 * kDay, PGC_SIGHUP, GUC_UNIT_MIN, nullptr, nullptr,
      nullptr);
  DefineCustomBoolVariable("pg_debrief.retention_deletes_objects",
                           "Whether the sounds of recordings that retention removes are deleted in "
                           "their stores.",
                           "Sounds of a store of kind database go with their rows.",
                           &retention_deletes_objects, true, PGC_SIGHUP, 0, nullptr, nullptr,
                           nullptr);
  DefineCustomStringVariable(
      "pg_debrief.key_file",
      "File with the providers' keys, one a line: name, host[:port], secret.",
      "Owned by the server's user, mode 0400 or 0600; read again on reload.", &key_file, "",
      PGC_SIGHUP, GUC_SUPERUSER_ONLY, nullptr, nullptr, nullptr);
  DefineCustomEnumVariable(
      "pg_debrief.notify", "Which changes of status are announced by NOTIFY debrief_status.",
      "results: what was completed, failed or queued again; all: also what begins to be processed.",
      &notify, kNotifyResults, kNotifyOptions, PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
  // What debrief._announce() has reported: it outlasts the worker's resets, each session's own.
  static char* announcements_skipped;
  DefineCustomStringVariable(
      "debrief.announcements_skipped", "Whether this session leaves out announcements.", nullptr,
      &announcements_skipped, "", PGC_USERSET,
      GUC_NO_SHOW_ALL | GUC_NO_RESET_ALL | GUC_NOT_IN_SAMPLE, nullptr, nullptr, nullptr);
}

// The worker reads hosts; here only what no host can hold is refused, where it is written.
bool CheckHosts(char** value, void**, GucSource) {
  for (const char* c = *value; *c != '\0'; c++) {
    const bool good = (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') ||
                      (*c >= 'A' && *c <= 'Z') || strchr(".:-_[], \t\n", *c) != nullptr;
    if (good) continue;
    GUC_check_errdetail("\"%c\" is in no host.", *c);
    GUC_check_errhint(
        "Write host or host:port, separated by commas: no scheme, no path, no network.");
    return false;
  }
  return true;
}

void DefineNetwork() {
  DefineCustomStringVariable("pg_debrief.allowed_hosts",
                             "Hosts, or host:port, that may be called over plain http and at "
                             "addresses that are not public.",
                             "Every other server is called over https only, and never at a "
                             "private, loopback or link-local "
                             "address. Separated by commas.",
                             &allowed_hosts, "", PGC_SIGHUP, GUC_SUPERUSER_ONLY, CheckHosts,
                             nullptr, nullptr);
  DefineCustomStringVariable("pg_debrief.ca_file",
                             "File with the certificate authorities that servers are checked by.",
                             "PEM; empty: those of the system.", &ca_file, "", PGC_SIGHUP,
                             GUC_SUPERUSER_ONLY, nullptr, nullptr, nullptr);
}

}  // namespace

void Define(bool preloaded) {
  DefineWorkers();
  DefineNetwork();
  DefineRecords();
  if (preloaded) {
    DefineCustomIntVariable("pg_debrief.max_workers",
                            "Worker processes in the whole cluster; each needs one of "
                            "max_worker_processes.",
                            "Takes effect at server start.", &max_workers, 8, 1, 64, PGC_POSTMASTER,
                            0, nullptr, nullptr, nullptr);
  }
  MarkGUCPrefixReserved("pg_debrief");
}

}  // namespace debrief::settings

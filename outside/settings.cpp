// settings.cpp: pg_debrief.* of the server, as far as the worker's role may read them, and what the
// program was given for the rest.

#include "outside/settings.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>
#include <vector>

#include "bgworker/backend/settings_reload.h"
#include "bgworker/backend/transaction.h"
#include "bgworker/core/http/outbound.h"
#include "bgworker/core/model/clock.h"
#include "extension/settings.h"
#include "outside/signals.h"

namespace debrief {
namespace settings {

int memory_limit_mb = 256;
int safety_poll_ms = 10'000;
int attempt_history = kHistoryFailures;
int attempt_retention_hours = 24 * 14;
static char nothing[] = "";
char* key_file = nothing;
char* allowed_hosts = nothing;
char* ca_file = nothing;

}  // namespace settings

namespace {

constexpr int64_t kReadMs = 10'000;
std::map<std::string, std::string> own_settings;
int64_t read_at_ms = 0;
std::string loaded_at;  // when the server last read its configuration

bool SetNumber(const std::string& value, int least, int* number) {
  int read = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), read);
  if (error != std::errc() || end != value.data() + value.size() || read < least) return false;
  *number = read;
  return true;
}

bool SetHistory(const std::string& value) {
  const char* const names[] = {"off", "failures", "all"};
  for (int i = 0; i < 3; i++) {
    if (value != names[i]) continue;
    settings::attempt_history = i;
    return true;
  }
  return false;
}

// In the server the setting itself refuses them.
bool AreHosts(const std::string& list) {
  std::string bad;
  (void)Outbound::Parse(list, &bad);
  return bad.empty();
}

// Numbers are in the setting's own unit.
bool Set(const std::string& name, const std::string& value) {
  if (name == "memory_limit") return SetNumber(value, 16, &settings::memory_limit_mb);
  if (name == "safety_poll") return SetNumber(value, 1'000, &settings::safety_poll_ms);
  if (name == "attempt_history") return SetHistory(value);
  if (name == "attempt_retention") return SetNumber(value, 1, &settings::attempt_retention_hours);
  char** const text = name == "key_file"        ? &settings::key_file
                      : name == "allowed_hosts" ? &settings::allowed_hosts
                      : name == "ca_file"       ? &settings::ca_file
                                                : nullptr;
  if (text == nullptr) return true;
  if (name == "allowed_hosts" && !AreHosts(value)) return false;
  *text = own_settings[name].data();
  return true;
}

// Whether the server has read its configuration again. Where the read fails all stays as it is.
bool ReadServerSettings() {
  static Statement read = {
      "select 'loaded', pg_catalog.pg_conf_load_time()::text union all"
      " select substr(name, 12), setting from pg_catalog.pg_settings"
      " where name in ('pg_debrief.memory_limit', 'pg_debrief.safety_poll',"
      " 'pg_debrief.attempt_history', 'pg_debrief.attempt_retention')"};
  read_at_ms = NowMs() + kReadMs;
  PgError error;
  SqlRows rows;
  if (!InTransaction("pg_debrief: read settings", &error,
                     [&](MemoryContext context) { rows = Run(&read, nullptr, 0, context); })) {
    return false;
  }
  for (int row = 1; row < rows.rows; row++) {
    if (own_settings.count(rows.At(row, 0)) == 0) Set(rows.At(row, 0), rows.At(row, 1));
  }
  return std::exchange(loaded_at, rows.At(0, 1)) != rows.At(0, 1);
}

}  // namespace

bool SetOwnSettings(const std::map<std::string, std::string>& own, std::string* problem) {
  own_settings = own;
  for (const auto& [name, value] : own) {
    if (Set(name, value)) continue;
    std::string option = name;
    std::replace(option.begin(), option.end(), '_', '-');
    *problem = "option " + option + " cannot be \"" + value + "\"";
    return false;
  }
  return true;
}

SettingsReload ReloadSettings() {
  const bool is_asked_for = signals::TakeReload();
  // Nobody reports when the server reads its configuration again.
  const bool is_to_read = is_asked_for || read_at_ms <= NowMs();
  const bool has_changed = is_to_read && ReadServerSettings();
  return is_asked_for || has_changed ? SettingsReload::kDone : SettingsReload::kNone;
}

}  // namespace debrief

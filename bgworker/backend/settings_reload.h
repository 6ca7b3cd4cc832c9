// settings_reload.h: what a worker does when postgresql.conf was read again.
#pragma once

namespace debrief {

enum class SettingsReload {
  kNone,  // nobody asked for it
  kDone,
  kStop,  // the settings want this worker no more
};
inline constexpr char kStoppedBySettings[] = "stopped by the settings";

// Whether pg_debrief.enabled and pg_debrief.databases want workers there.
bool IsDatabaseWanted(const char* name);

SettingsReload ReloadSettings();

}  // namespace debrief

// settings_reload.cpp: see settings_reload.h.

extern "C" {
#include "postgres.h"

#include "postmaster/interrupt.h"
#include "utils/guc.h"
}

#include "bgworker/backend/settings_reload.h"
#include "bgworker/backend/slot.h"
#include "extension/settings.h"

namespace debrief {

SettingsReload ReloadSettings() {
  if (!ConfigReloadPending) return SettingsReload::kNone;
  ConfigReloadPending = false;
  ProcessConfigFile(PGC_SIGHUP);
  const bool is_wanted = settings::enabled && slot::Ordinal() < settings::workers_per_database;
  return is_wanted ? SettingsReload::kDone : SettingsReload::kStop;
}

}  // namespace debrief

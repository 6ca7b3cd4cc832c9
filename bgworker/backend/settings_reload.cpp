// settings_reload.cpp: see settings_reload.h.

extern "C" {
#include "postgres.h"

#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "utils/guc.h"
}

#include "bgworker/backend/settings_reload.h"
#include "bgworker/backend/slot.h"
#include "bgworker/core/text/name_list.h"
#include "extension/settings.h"

namespace debrief {

bool IsDatabaseWanted(const char* name) {
  if (!settings::enabled) return false;
  const char* const list = settings::databases == nullptr ? "" : settings::databases;
  return IsBlankList(list) || ListsName(list, name);
}

SettingsReload ReloadSettings() {
  const bool reload = ConfigReloadPending;
  if (reload) {
    ConfigReloadPending = false;
    ProcessConfigFile(PGC_SIGHUP);
  }
  // The launcher may have started us by settings that have changed since. It gave us the name: who
  // renames a database sends its workers away.
  Assert(MyBgworkerEntry != nullptr && MyBgworkerEntry->bgw_extra[0] != '\0');
  const bool is_wanted = IsDatabaseWanted(MyBgworkerEntry->bgw_extra) &&
                         slot::Ordinal() < settings::workers_per_database;
  if (!is_wanted) return SettingsReload::kStop;
  return reload ? SettingsReload::kDone : SettingsReload::kNone;
}

}  // namespace debrief

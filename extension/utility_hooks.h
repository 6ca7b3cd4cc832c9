// utility_hooks.h: commands of sessions that the workers must hear of.
#pragma once

namespace debrief {

// CREATE, ALTER and DROP of our extension and servers wake the workers at commit, and those of a
// database the launcher. DROP DATABASE,
// ALTER DATABASE ... RENAME or SET TABLESPACE and CREATE DATABASE ... TEMPLATE need a database
// without sessions: its workers leave first.
void InstallUtilityHooks();

}  // namespace debrief

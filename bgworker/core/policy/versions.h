// versions.h: whether the library, the functions and the tables of pg_debrief fit together. They
// come apart in updates: a package brings the library, ALTER EXTENSION the functions, a restore the
// tables.
#pragma once

#include <optional>
#include <string>

namespace debrief {

struct Versions {
  std::string library;  // such as 1.0.0
  std::string sql;      // of the extension; empty: the database has none
  std::string tables;   // empty: there are none
};

struct Skew {
  std::string problem, hint;  // no hint where the database refused to be asked

  std::string Words() const { return hint.empty() ? problem : problem + ": " + hint; }
};

// Whether a library works with the functions of that version: with those that came before it too,
// because an update of the files reaches each database later. Plain enough for use inside the door.
bool WorksWith(const char* library, const char* sql) noexcept;

// What keeps a worker from working; nothing when all fit together. The extension is there.
std::optional<Skew> FindSkew(const Versions& versions);

}  // namespace debrief

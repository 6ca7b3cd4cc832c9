#include "bgworker/core/policy/versions.h"

#include <cstdio>

namespace debrief {
namespace {

// The first version whose functions the worker can call.
constexpr char kOldest[] = "1.0";

// Major and minor in one number; -1 when it is no version of ours. A third number changes no SQL.
int Rank(const char* version) noexcept {
  int major = 0, minor = 0, length = 0;
  if (std::sscanf(version, "%4d.%4d%n", &major, &minor, &length) != 2) return -1;
  if (version[length] != '\0' && version[length] != '.') return -1;
  if (major < 0 || minor < 0) return -1;
  return major * 10'000 + minor;
}

std::string SqlVersionOf(const std::string& library) {
  return library.substr(0, library.find('.', library.find('.') + 1));
}

std::string Update(const std::string& version) {
  return "ALTER EXTENSION pg_debrief UPDATE TO '" + version + "';";
}

}  // namespace

bool WorksWith(const char* library, const char* sql) noexcept {
  const int rank = Rank(sql);
  return rank >= Rank(kOldest) && rank <= Rank(library);
}

std::optional<Skew> FindSkew(const Versions& versions) {
  const int sql = Rank(versions.sql.c_str());
  if (!WorksWith(versions.library.c_str(), versions.sql.c_str())) {
    const std::string known = SqlVersionOf(versions.library);
    const std::string of = "SQL version " + versions.sql;
    const std::string library = " this library, " + versions.library;
    if (sql > Rank(versions.library.c_str())) {
      return Skew{of + " is newer than" + library,
                  "restart the server to load the newer library, or " + Update(known)};
    }
    return Skew{of + (sql < 0 ? " is unknown to" : " is too old for") + library, Update(known)};
  }
  if (versions.tables.empty()) {
    return Skew{"the tables are not there",
                "a restore brings them; without one, SELECT debrief.update_tables();"};
  }
  const int tables = Rank(versions.tables.c_str());
  const std::string apart =
      "the tables are of version " + versions.tables + ", the functions of " + versions.sql;
  if (tables < sql) {
    return Skew{apart, Update(versions.tables) + " ALTER EXTENSION pg_debrief UPDATE;"};
  }
  if (tables > sql) return Skew{apart, Update(versions.tables)};
  return std::nullopt;
}

}  // namespace debrief

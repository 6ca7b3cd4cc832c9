// check.cpp: see check.h. Asks in the order in which one thing needs the other.

#include "outside/check.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "bgworker/backend/module.h"
#include "bgworker/backend/transaction.h"
#include "bgworker/core/services/keyring.h"
#include "bgworker/database/database.h"
#include "extension/settings.h"

namespace debrief::outside {
namespace {

bool is_good = true;

void Say(bool holds, const std::string& what, const std::string& fix) {
  is_good &= holds;
  std::printf("%s %s\n", holds ? "ok      " : "missing ", what.c_str());
  if (!holds && !fix.empty()) std::printf("         %s\n", fix.c_str());
}

std::optional<std::string> One(Statement* statement, std::string* problem) {
  PgError error;
  SqlRows rows;
  if (!InTransaction("pg_debrief: check", &error,
                     [&](MemoryContext context) { rows = Run(statement, nullptr, 0, context); })) {
    *problem = std::string(error.message) + (error.hint[0] == '\0' ? "" : ": ") + error.hint;
    return std::nullopt;
  }
  const char* const value = rows.rows == 1 ? rows.At(0, 0) : nullptr;
  return value == nullptr ? "" : value;
}

bool CheckRole() {
  static Statement ask = {
      "select current_user || case when r.rolsuper then ' superuser' when"
      " pg_catalog.pg_has_role(r.oid, g.oid, 'usage') then ' worker' else '' end"
      " from pg_catalog.pg_roles r left join pg_catalog.pg_roles g on g.rolname = 'debrief_outer'"
      " where r.rolname = current_user"};
  std::string problem;
  const std::optional<std::string> found = One(&ask, &problem);
  Say(found.has_value(), "a connection to the database", problem);
  if (!found) return false;
  const std::string role = found->substr(0, found->find(' '));
  const bool is_superuser = found->ends_with(" superuser");
  Say(!is_superuser, "a role that is no superuser",
      "\"" + role + "\" may do anything: CREATE ROLE another, LOGIN, and name it in --dsn.");
  Say(is_superuser || found->ends_with(" worker"),
      "the rights of a worker for role \"" + role + "\"",
      "SELECT debrief.grant_access('" + role + "', 'worker'); as a superuser, in this database.");
  return is_good;
}

bool CheckVersions(Database* database) {
  Versions versions;
  const bool is_read = database->ReadVersions(&versions);
  Say(is_read && !versions.sql.empty(), "the extension in this database",
      is_read ? "CREATE EXTENSION pg_debrief;" : database->error().message);
  if (!is_read || versions.sql.empty()) return false;
  const std::optional<Skew> skew = FindSkew(versions);
  Say(!skew, std::string("a version that fits: ") + LibraryVersion(), skew ? skew->Words() : "");
  return !skew;
}

void CheckStages(Database* database) {
  std::vector<StageConfig> configs;
  Keyring keyring;
  const std::string bad_file = keyring.Load(settings::key_file, "");
  Say(bad_file.empty(), "a key file that can be read, or none", bad_file);
  if (!database->LoadConfig(&configs)) return Say(false, "the stages", database->error().message);
  for (StageConfig& config : configs) {
    Problem problem = FindProblem(config);
    for (ServerConfig* server : {&config.server, &config.store}) {
      const std::optional<Failure> no_key =
          problem.message.empty() ? ResolveKey(keyring, server) : std::nullopt;
      if (no_key) problem = {no_key->detail, "Add the key to the file that --key-file names."};
    }
    Say(problem.message.empty(), std::string("a server for stage ") + StageName(config.stage),
        problem.message + ". " + problem.hint);
  }
}

}  // namespace

int Check() {
  Database database;
  if (CheckRole() && CheckVersions(&database)) CheckStages(&database);
  return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace debrief::outside

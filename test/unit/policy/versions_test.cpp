#include "bgworker/core/policy/versions.h"

#include <gtest/gtest.h>

namespace debrief {
namespace {

std::string Problem(const char* library, const char* sql, const char* tables) {
  const auto skew = FindSkew({.library = library, .sql = sql, .tables = tables});
  return skew ? skew->Words() : "";
}

TEST(Versions, OfOneReleaseFitTogether) { EXPECT_EQ(Problem("1.1.0", "1.1", "1.1"), ""); }

TEST(Versions, ALibraryWorksWithTheSqlOfEarlierReleases) {
  EXPECT_EQ(Problem("1.1.0", "1.0", "1.0"), "");
  EXPECT_EQ(Problem("1.12.3", "1.9", "1.9"), "");
  EXPECT_EQ(Problem("2.0.0", "1.9", "1.9"), "");
}

TEST(Versions, NewerSqlWaitsForItsLibrary) {
  EXPECT_EQ(Problem("1.1.0", "9.9", "9.9"),
            "SQL version 9.9 is newer than this library, 1.1.0: restart the server to load the "
            "newer library, or ALTER EXTENSION pg_debrief UPDATE TO '1.1';");
  EXPECT_FALSE(WorksWith("1.9.0", "1.10"));
  EXPECT_TRUE(WorksWith("1.10.0", "1.9"));
}

TEST(Versions, WhatIsNoVersionIsUnknown) {
  for (const char* version : {"", "1", "one", "1.1-dev", "1.1beta", "-1.1", "1.-1", "1x1"}) {
    EXPECT_EQ(Problem("1.1.0", version, version),
              std::string("SQL version ") + version +
                  " is unknown to this library, 1.1.0: ALTER EXTENSION pg_debrief UPDATE TO '1.1';")
        << version;
  }
}

TEST(Versions, SqlFromBeforeTheFirstReleaseIsTooOld) {
  EXPECT_EQ(Problem("1.1.0", "0.9", "0.9"),
            "SQL version 0.9 is too old for this library, 1.1.0: "
            "ALTER EXTENSION pg_debrief UPDATE TO '1.1';");
}

TEST(Versions, TablesFollowTheFunctions) {
  EXPECT_EQ(
      Problem("1.1.0", "1.1", "1.0"),
      "the tables are of version 1.0, the functions of 1.1: ALTER EXTENSION pg_debrief UPDATE TO "
      "'1.0'; ALTER EXTENSION pg_debrief UPDATE;");
  EXPECT_EQ(Problem("1.1.0", "1.0", "1.1"),
            "the tables are of version 1.1, the functions of 1.0: "
            "ALTER EXTENSION pg_debrief UPDATE TO '1.1';");
}

TEST(Versions, TablesThatARestoreHasNotBroughtYetAreWaitedFor) {
  EXPECT_EQ(Problem("1.1.0", "1.1", ""),
            "the tables are not there: a restore brings them; without one, SELECT "
            "debrief.update_tables();");
}

TEST(Versions, WithoutAHintThereIsTheProblemAlone) {
  EXPECT_EQ((Skew{"permission denied for table installation", ""}.Words()),
            "permission denied for table installation");
}

}  // namespace
}  // namespace debrief

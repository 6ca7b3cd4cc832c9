#include "bgworker/backend/log.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace debrief {
namespace {

TEST(OutsideLog, AnEventIsALineOfPairs) {
  unsetenv("JOURNAL_STREAM");
  testing::internal::CaptureStderr();
  Log(Severity::kWarning, {.message = "a \"server\"\nis away", .hint = "Wait."});
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "level=warning message=\"a \\\"server\\\" is away\" hint=\"Wait.\"\n");
}

TEST(OutsideLog, TheJournalGetsThePriority) {
  setenv("JOURNAL_STREAM", "9:1234", 1);
  testing::internal::CaptureStderr();
  Log(Severity::kWarning, {.message = "late"});
  Log(Severity::kLog, {.message = "begins", .detail = "here"});
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "<4>level=warning message=\"late\"\n<6>level=log message=\"begins\" detail=\"here\"\n");
  unsetenv("JOURNAL_STREAM");
}

}  // namespace
}  // namespace debrief

#include "bgworker/backend/log.h"

#include <gtest/gtest.h>

namespace debrief {
namespace {

TEST(OutsideLog, AnEventIsALineOfPairs) {
  testing::internal::CaptureStderr();
  Log(Severity::kWarning, {.message = "a \"server\"\nis away", .hint = "Wait."});
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "<4>level=warning message=\"a \\\"server\\\" is away\" hint=\"Wait.\"\n");
}

}  // namespace
}  // namespace debrief

// server_health_test.cpp: the circuit breaker of a server.
#include "bgworker/core/policy/server_health.h"

#include <gtest/gtest.h>

namespace debrief {
namespace {

const Failure kDown = {.failure_class = FailureClass::kOutage};

TEST(ServerHealth, ParksAServerThatFailed) {
  ServerHealth health;
  EXPECT_EQ(health.ParkedUntilMs("s", 1'000), 0);
  const int64_t park_ms = health.Failed("s", kDown, 900, 1'000, 0.5);
  EXPECT_EQ(park_ms, 1'000);
  EXPECT_EQ(health.ParkedUntilMs("s", 1'500), 2'000);
  EXPECT_EQ(health.ParkedUntilMs("s", 2'000), 0);
  EXPECT_EQ(health.ParkedUntilMs("another", 1'500), 0);
}

TEST(ServerHealth, CountsCallsThatFailedTogetherOnce) {
  ServerHealth health;
  health.Failed("s", kDown, 900, 1'000, 0.5);
  EXPECT_EQ(health.Failed("s", kDown, 950, 1'001, 0.5), 0);
  EXPECT_EQ(health.failures("s"), 1);
  EXPECT_GT(health.Failed("s", kDown, 2'000, 2'100, 0.5), 0);
  EXPECT_EQ(health.failures("s"), 2);
}

TEST(ServerHealth, ProbesUntilACallSucceeds) {
  ServerHealth health;
  health.Failed("s", kDown, 900, 1'000, 0.5);
  EXPECT_TRUE(health.IsProbing("s"));
  EXPECT_TRUE(health.Succeeded("s"));
  EXPECT_FALSE(health.IsProbing("s"));
  EXPECT_FALSE(health.Succeeded("s")) << "nothing is left to forget";
}

TEST(ServerHealth, ABusyServerIsLeftAloneButNotProbed) {
  ServerHealth health;
  EXPECT_EQ(health.Busy("s", 500, 1'000), 500);
  EXPECT_EQ(health.Busy("s", 300, 1'100), 0) << "known already";
  EXPECT_EQ(health.ParkedUntilMs("s", 1'200), 1'500);
  EXPECT_FALSE(health.IsProbing("s"));
}

TEST(ServerHealth, TakesUpWhatTheTableSays) {
  ServerHealth health;
  health.Load("s", 1'000, 700, 3);
  EXPECT_EQ(health.ParkedUntilMs("s", 1'000), 1'700);
  EXPECT_EQ(health.failures("s"), 3);
  health.Load("s", 1'100, 0, 0);
  EXPECT_EQ(health.ParkedUntilMs("s", 1'100), 0);
  EXPECT_FALSE(health.IsProbing("s"));
}

}  // namespace
}  // namespace debrief

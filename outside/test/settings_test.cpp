#include "outside/settings.h"

#include <gtest/gtest.h>

namespace debrief {
namespace {

std::string Problem(const std::string& name, const std::string& value) {
  std::string problem;
  return SetOwnSettings({{name, value}}, &problem) ? "" : problem;
}

TEST(OutsideSettings, WhatTheServerWouldRefuseIsRefused) {
  EXPECT_EQ(Problem("memory_limit", "8"), "option memory-limit cannot be \"8\"");
  EXPECT_EQ(Problem("attempt_history", "some"), "option attempt-history cannot be \"some\"");
  for (const char* hosts : {"http://127.0.0.1", "10.0.0.0/8", "\"127.0.0.1\""}) {
    EXPECT_EQ(Problem("allowed_hosts", hosts),
              std::string("option allowed-hosts cannot be \"") + hosts + "\"");
  }
  EXPECT_EQ(Problem("allowed_hosts", "127.0.0.1:8089, [::1], media.internal"), "");
}

}  // namespace
}  // namespace debrief

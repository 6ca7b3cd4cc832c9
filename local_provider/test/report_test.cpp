// What the texts of an answer say about what was, and was not, looked at.
#include "local_provider/report.h"

#include <gtest/gtest.h>

#include <string>

namespace debrief::local_provider {
namespace {

TEST(Report, NoFindingsAreNoProblems) {
  Measurements measured;
  measured.duration_seconds = 8;
  const std::string report = AnalysisReport(measured, {}, "1");
  EXPECT_NE(report.find(": no problems found\""), std::string::npos) << report;
  EXPECT_NE(report.find("\"summary\":\"No problems found.\""), std::string::npos) << report;
}

TEST(Report, WhatWasNotLookedAtIsSaid) {
  Measurements measured;
  measured.notes = {"The sharpness could not be measured."};
  const std::string report = AnalysisReport(measured, {}, "1");
  EXPECT_NE(report.find("no problems found in what could be checked\""), std::string::npos);
  EXPECT_NE(report.find("No problems found. The sharpness could not be measured."),
            std::string::npos);
}

}  // namespace
}  // namespace debrief::local_provider

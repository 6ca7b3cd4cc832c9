#include "console/exposition.h"

#include <gtest/gtest.h>

namespace debrief::console {
namespace {

TEST(Exposition, FamilyHasHelpAndTypeOnce) {
  const std::string text = Exposition({{"debrief_rows", R"({"state":"due","stage":"audio"})", "3"},
                                       {"debrief_up", "{}", "1"},
                                       {"debrief_rows", R"({"stage":"analysis"})", "0.25"}});
  EXPECT_EQ(text,
            "# HELP debrief_up Whether the database gave its metrics.\n"
            "# TYPE debrief_up gauge\n"
            "debrief_up 1\n"
            "# HELP debrief_rows Rows by stage and state.\n"
            "# TYPE debrief_rows gauge\n"
            "debrief_rows{stage=\"analysis\"} 0.25\n"
            "debrief_rows{stage=\"audio\",state=\"due\"} 3\n");
}

TEST(Exposition, HistogramIsInOrder) {
  const std::string name = "debrief_feedback_duration_seconds";
  const std::string text =
      Exposition({{name + "_count", R"({"outcome":"completed"})", "7"},
                  {name + "_sum", R"({"outcome":"completed"})", "12.5"},
                  {name + "_bucket", R"({"outcome":"completed","le":"+Inf"})", "7"},
                  {name + "_bucket", R"({"outcome":"completed","le":"10"})", "6"},
                  {name + "_bucket", R"({"outcome":"completed","le":2.0})", "4"}});
  const std::string body = text.substr(text.find("TYPE"));
  EXPECT_EQ(body,
            "TYPE " + name + " histogram\n" +  //
                name + "_bucket{le=\"2\",outcome=\"completed\"} 4\n" + name +
                "_bucket{le=\"10\",outcome=\"completed\"} 6\n" + name +
                "_bucket{le=\"+Inf\",outcome=\"completed\"} 7\n" + name +
                "_sum{outcome=\"completed\"} 12.5\n" + name + "_count{outcome=\"completed\"} 7\n");
}

TEST(Exposition, ValuesAndLabelsAreEscaped) {
  const std::string text = Exposition({{"debrief_workers", R"({"state":"a\"b\\c\nd"})", "Infinity"},
                                       {"debrief_in_flight", "{}", "1e+20"},
                                       {"debrief_copy", "{}", "NaN"}});
  EXPECT_NE(text.find("debrief_workers{state=\"a\\\"b\\\\c\\nd\"} +Inf\n"), std::string::npos);
  EXPECT_NE(text.find("debrief_in_flight 1e+20\n"), std::string::npos);
  EXPECT_NE(text.find("debrief_copy NaN\n"), std::string::npos);
}

TEST(Exposition, WhatIsNoSampleIsLeftOut) {
  EXPECT_EQ(Exposition({{"debrief_rows", "{}", "many"},
                        {"debrief_rows", "[]", "1"},
                        {"debrief_rows", R"({"a-b":"c"})", "1"},
                        {"debrief_rows", R"({"a":{}})", "1"},
                        {"debrief_feedback_duration_seconds_bucket", R"({"le":"far"})", "1"},
                        {"somebody_else", "{}", "1"}}),
            "");
}

}  // namespace
}  // namespace debrief::console

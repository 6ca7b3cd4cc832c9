// number_test.cpp: numbers as text, and what follows them.

#include "bgworker/core/text/number.h"

#include <gtest/gtest.h>

namespace debrief::number {
namespace {

TEST(Number, ReadsWhatTextBeginsWith) {
  std::string_view rest;
  EXPECT_EQ(Leading("1.5s, then", &rest), 1.5);
  EXPECT_EQ(rest, "s, then");
  EXPECT_EQ(Leading("+20%", &rest), 20.0);
  EXPECT_EQ(rest, "%");
  EXPECT_EQ(Leading("-2e3"), -2000.0);
  EXPECT_EQ(Leading("1,5", &rest), 1.0);
  EXPECT_EQ(rest, ",5");
}

TEST(Number, KnowsWhatIsNone) {
  for (const char* text : {"", "s", "+", "+-1", ".", "1e999"})
    EXPECT_EQ(Leading(text), std::nullopt) << text;
}

TEST(Number, WritesAsPrintfDoes) {
  EXPECT_EQ(Fixed(61.25, 1), "61.2");
  EXPECT_EQ(Fixed(3, 6), "3.000000");
  EXPECT_EQ(Fixed(1e308, 6).size(), 309u + 7u);
  EXPECT_EQ(General(0.1, 17), "0.10000000000000001");
  EXPECT_EQ(General(12345600, 6), "1.23456e+07");
}

}  // namespace
}  // namespace debrief::number

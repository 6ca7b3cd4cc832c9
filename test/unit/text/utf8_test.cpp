// utf8_test.cpp: UTF-8 checked, counted and cut.
#include "bgworker/core/text/utf8.h"

#include <gtest/gtest.h>

namespace debrief::utf8 {
namespace {

TEST(Utf8, KnowsWhatIsValid) {
  EXPECT_TRUE(IsValid("plain, ä, 漢, 😀"));
  for (std::string_view bad :
       {"\xff", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc3", "a\x80"}) {
    EXPECT_FALSE(IsValid(bad));
  }
}

TEST(Utf8, DecodesACodePoint) {
  EXPECT_EQ(Decode("aä", 1).value, 0xe4u);
  EXPECT_EQ(Decode("aä", 1).bytes, 2u);
  EXPECT_EQ(Decode("😀", 0).value, 0x1f600u);
  EXPECT_EQ(Decode("\xc3", 0).bytes, 0u);
}

TEST(Utf8, CountsAndCutsBetweenCharacters) {
  EXPECT_EQ(CountCharacters("aä😀"), 3);
  EXPECT_EQ(Cut("aä", 2), "a");
  EXPECT_EQ(Cut("aä", 3), "aä");
}

}  // namespace
}  // namespace debrief::utf8

#include "bgworker/backend/fixed_text.h"

#include <gtest/gtest.h>

namespace debrief {
namespace {

std::string Copied(std::string_view text) {
  char place[6] = "xxxxx";
  CopyText(text, place);
  return place;
}

TEST(FixedText, ACharacterIsCopiedWholeOrNotAtAll) {
  EXPECT_EQ(Copied(""), "");
  EXPECT_EQ(Copied("short"), "short");
  EXPECT_EQ(Copied("abcdef"), "abcde");
  EXPECT_EQ(Copied("äää"), "ää");
  EXPECT_EQ(Copied("aäää"), "aää");
  EXPECT_EQ(Copied("語語"), "語");
}

TEST(FixedText, WhatIsNoUtf8DoesNotExceedItsPlace) {
  EXPECT_EQ(Copied(std::string(20, '\x80')).size(), 5u);
}

}  // namespace
}  // namespace debrief

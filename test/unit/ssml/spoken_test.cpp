// spoken_test.cpp: what is said of a text, and for how long.
#include "bgworker/core/ssml/spoken.h"

#include <gtest/gtest.h>

#include <string>

namespace debrief::speech {
namespace {

TEST(Spoken, IsNothingOfPunctuation) {
  for (const char* text :
       {"", " \t\n", "...", "…", "?!", "—", "«»", "。！？、", "「」", "¿¡", "(-)", "\"'`",
        "\u00A0\u200B\uFEFF", "، ؟", "।", "﹏", "：；", "***", "\xff"}) {
    EXPECT_EQ(SpokenOf(text), Spoken::kNothing) << text;
  }
}

TEST(Spoken, IsPerhapsSomethingOfSymbols) {
  for (const char* text : {"👍", "%", "+", "€", "→", "...★", "＋", "&", "❤️"}) {
    EXPECT_EQ(SpokenOf(text), Spoken::kSymbols) << text;
  }
}

TEST(Spoken, IsWordsInAnyScript) {
  for (const char* text : {"a", "...1", "é", "ß", "今", "か", "ア", "한", "ก",  "မ", "ខ",   "א",
                           "ب", "अ",    "Ω", "Я", "ａ", "１", "٣",  "๓",  "𠮷", "አ", "👍 ok"}) {
    EXPECT_EQ(SpokenOf(text), Spoken::kWords) << text;
  }
}

// Whether a sound of so many characters a second passes for one of these words, as Gemini's do.
bool Fits(const std::string& text, double characters, double per_second) {
  const Seconds usual = SecondsOf(text);
  const double seconds = characters / per_second;
  return seconds >= usual.least * 0.25 && seconds <= usual.most * 2 + 1.5;
}

TEST(SpokenSeconds, AreRightForLanguagesWithoutSpaces) {
  const std::string japanese =
      "今日の練習はとても良かったです。次は背筋を伸ばして、もっとゆっくり話してみてください。";
  const std::string chinese = "今天的训练非常好，请继续保持下去，注意背部挺直，眼睛看前方。";
  const std::string thai = "วันนี้การฝึกซ้อมของคุณดีมากโปรดรักษาหลังให้ตรงและมองไปข้างหน้าเสมอ";
  for (const double speed : {4.5, 5.5, 7.0, 15.0}) {
    EXPECT_TRUE(Fits(japanese, 43, speed)) << speed;
    EXPECT_TRUE(Fits(chinese, 30, speed)) << speed;
  }
  for (const double speed : {8.0, 11.0, 15.0}) EXPECT_TRUE(Fits(thai, 67, speed)) << speed;
  EXPECT_FALSE(Fits(chinese, 30, 1)) << "the instruction was read aloud too";
  EXPECT_FALSE(Fits(chinese, 30, 40)) << "it stopped";
}

TEST(SpokenSeconds, CountEachDigitAsAWordOrTheNumberAsOne) {
  const std::string numbers = "4915112345 4915112346 4915112347";
  EXPECT_TRUE(Fits(numbers, 20, 1)) << "20 s, digit by digit";
  EXPECT_TRUE(Fits("1,000,000", 0.6, 1)) << "a million";
}

TEST(SpokenSeconds, AreTheOldOnesForWordsWithSpaces) {
  const std::string english = "Keep your back straight and look ahead while you are speaking.";
  EXPECT_TRUE(Fits(english, 62, 15));
  EXPECT_TRUE(Fits(english, 62, 9));
  EXPECT_FALSE(Fits(english, 62, 3));
  EXPECT_FALSE(Fits(english, 62, 80));
  EXPECT_TRUE(Fits("Donaudampfschifffahrtsgesellschaftskapitän", 42, 13)) << "one long word";
  EXPECT_EQ(SecondsOf("don't stop").least, SecondsOf("one two").least);
}

}  // namespace
}  // namespace debrief::speech

// same_words_test.cpp: which SSML says what it was made from.
#include "bgworker/core/ssml/same_words.h"

#include <gtest/gtest.h>

namespace debrief::ssml {
namespace {

bool Same(const std::string& content, std::string_view message) {
  return SayWordsOf({"<speak>" + content + "</speak>"}, message);
}

TEST(SayWordsOf, OverlooksCaseMarksAndTags) {
  EXPECT_TRUE(Same("<p><s>Look <emphasis>UP</emphasis>!</s></p>", "look up."));
  EXPECT_TRUE(Same("don’t<break/>stop", "Don't stop"));
  EXPECT_TRUE(Same("<s>ÜBER ÄRGER</s>", "über Ärger"));
  EXPECT_TRUE(SayWordsOf({"<speak>One.</speak>", "<speak>Two.</speak>"}, "One. Two."));
  EXPECT_TRUE(Same("<s>もっと</s><break/><s>ゆっくり。</s>", "もっとゆっくり"));
  EXPECT_TRUE(Same("<sub alias=\"Doctor\">Dr.</sub> No", "Dr. No"));
}

TEST(SayWordsOf, ToleratesAWordOrTwo) {
  EXPECT_TRUE(Same("Speak ten percent slower.", "Speak 10% slower."));
  EXPECT_TRUE(Same("Well, look up.", "Look up."));
}

TEST(SayWordsOf, NoticesOtherWords) {
  EXPECT_FALSE(Same("Hello.", "Look up."));
  EXPECT_FALSE(Same("Look down.", "Look up."));
  EXPECT_FALSE(Same("Here is the SSML you asked for: Look up.", "Look up."));
  EXPECT_FALSE(Same("Look up and breathe. Look up and breathe.", "Look up and breathe."));
  EXPECT_FALSE(
      Same("Your shoulders rise.", "Your shoulders rise. Let them sink before the next sentence."));
  EXPECT_FALSE(Same("もっと速く話してください", "もっとゆっくり"));
  EXPECT_FALSE(
      Same("<sub alias=\"buy this fine thing at our shop today and tomorrow\">Look</sub>", "Look"));
  EXPECT_FALSE(SayWordsOf({"<speak>no end"}, "no end"));
}

}  // namespace
}  // namespace debrief::ssml

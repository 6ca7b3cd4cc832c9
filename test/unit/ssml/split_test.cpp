// split_test.cpp: documents cut into documents that fit.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "bgworker/core/ssml/ssml.h"

namespace debrief::ssml {
namespace {

std::string Joined(const std::vector<std::string>& pieces) {
  std::string text;
  for (const std::string& piece : pieces) {
    if (!text.empty()) text += ' ';
    text += ToText(piece);
  }
  return text;
}

size_t Breaks(const std::string& document) {
  size_t count = 0;
  for (size_t at = document.find("<break"); at != std::string::npos;
       at = document.find("<break", at + 1))
    count++;
  return count;
}

void ExpectWhole(const std::string& document, size_t bytes_max,
                 const std::vector<std::string>& pieces) {
  ASSERT_FALSE(pieces.empty());
  size_t breaks = 0;
  for (const std::string& piece : pieces) {
    EXPECT_LE(piece.size(), bytes_max);
    EXPECT_EQ(Check(piece), "") << piece;
    breaks += Breaks(piece);
  }
  EXPECT_EQ(Joined(pieces), ToText(document));
  EXPECT_EQ(breaks, Breaks(document));
}

TEST(SsmlSplit, LeavesWhatFitsAloneAndUnchanged) {
  const std::string document = "<speak  version='1.1'>One.</speak>";
  EXPECT_EQ(Split(document, 5'000), std::vector<std::string>{document});
}

TEST(SsmlSplit, CutsBetweenSentences) {
  std::string text;
  for (int i = 0; i < 20; i++)
    text += "This is sentence number " + std::to_string(i) + " of them all. ";
  const std::string document = FromText(text, "en-US");
  const std::vector<std::string> pieces = Split(document, 400);
  ExpectWhole(document, 400, pieces);
  EXPECT_GT(pieces.size(), 2U);
  for (const std::string& piece : pieces) EXPECT_TRUE(ToText(piece).ends_with("all.")) << piece;
}

TEST(SsmlSplit, CutsALongSentenceAtACommaElseAtASpace) {
  std::string commas = "<speak><s>";
  std::string spaces = "<speak><s>";
  for (int i = 0; i < 80; i++) {
    commas += "some words here, ";
    spaces += "word" + std::to_string(i) + " ";
  }
  commas += "end.</s></speak>";
  spaces += "end.</s></speak>";
  const std::vector<std::string> at_commas = Split(commas, 300);
  ExpectWhole(commas, 300, at_commas);
  for (size_t i = 0; i + 1 < at_commas.size(); i++)
    EXPECT_TRUE(ToText(at_commas[i]).ends_with(",")) << at_commas[i];
  ExpectWhole(spaces, 300, Split(spaces, 300));
}

TEST(SsmlSplit, CutsAWordThatIsTooLongBetweenCharacters) {
  std::string word;
  for (int i = 0; i < 300; i++) word += "ä&amp;";
  const std::vector<std::string> pieces = Split("<speak>" + word + "</speak>", 300);
  ASSERT_FALSE(pieces.empty());
  std::string joined;
  for (const std::string& piece : pieces) {
    EXPECT_LE(piece.size(), 300U);
    EXPECT_EQ(Check(piece), "");
    joined += ToText(piece);
  }
  EXPECT_EQ(joined, ToText("<speak>" + word + "</speak>"));
}

TEST(SsmlSplit, OpensAgainWhatItCutThrough) {
  std::string document = "<speak><prosody rate=\"slow\"><s>";
  for (int i = 0; i < 60; i++) document += "Sentence " + std::to_string(i) + ". ";
  document += "</s></prosody></speak>";
  const std::vector<std::string> pieces = Split(document, 300);
  ExpectWhole(document, 300, pieces);
  for (const std::string& piece : pieces)
    EXPECT_NE(piece.find("<prosody rate=\"slow\"><s>"), std::string::npos);
}

TEST(SsmlSplit, RefusesWhatCannotBeDone) {
  EXPECT_TRUE(Split("<speak>a</speak>", 199).empty());
  EXPECT_TRUE(Split("<speak>", 500).empty());
  std::string document = "<speak>";
  for (int i = 0; i < 5'000; i++) document += "word ";
  EXPECT_TRUE(Split(document + "</speak>", 200).empty()) << "more than a hundred pieces";
  EXPECT_TRUE(
      Split("<speak><sub alias=\"" + std::string(900, 'a') + "\">x</sub></speak>", 300).empty());
}

// Random documents: words, sentences, breaks and nested elements in any order.
std::string RandomDocument(std::mt19937* random) {
  std::string document = "<speak xmlns=\"http://www.w3.org/2001/10/synthesis\" version=\"1.1\">";
  std::vector<std::string> open;
  for (int i = 0; i < 400; i++) {
    switch ((*random)() % 12) {
      case 0:
        document += "<break time=\"200ms\"/>";
        break;
      case 1:
        if (open.size() < 5) {
          document += "<emphasis level=\"strong\">";
          open.push_back("</emphasis>");
        }
        break;
      case 2:
        if (!open.empty()) {
          document += open.back();
          open.pop_back();
        }
        break;
      case 3:
        document += "end. ";
        break;
      default:
        document += "w" + std::to_string((*random)() % 1000) + ((*random)() % 9 == 0 ? ", " : " ");
    }
  }
  while (!open.empty()) {
    document += open.back();
    open.pop_back();
  }
  return document + "</speak>";
}

TEST(SsmlSplit, KeepsWordsAndBreaksOfAnyDocument) {
  std::mt19937 random(5);
  for (int round = 0; round < 60; round++) {
    const std::string document = RandomDocument(&random);
    const size_t bytes_max = 400 + random() % 1'500;
    ExpectWhole(document, bytes_max, Split(document, bytes_max));
  }
}

}  // namespace
}  // namespace debrief::ssml

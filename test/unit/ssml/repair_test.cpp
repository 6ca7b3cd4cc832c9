// repair_test.cpp: SSML as models write it, and what is made of it.
#include "bgworker/core/ssml/repair.h"

#include <gtest/gtest.h>

#include "bgworker/core/ssml/ssml.h"

namespace debrief::ssml {
namespace {

// What stands in the root after the repair.
std::string Repaired(const std::string& text) {
  const std::optional<std::string> document = Repair(text);
  if (!document) return "none";
  EXPECT_EQ(Check(*document), "") << *document;
  const size_t begin = document->find('>') + 1;
  return document->substr(begin, document->rfind("</speak>") - begin);
}

std::string Inside(const std::string& content) {
  return Repaired("<speak>" + content + "</speak>");
}

TEST(Repair, KeepsTheWordsOfElementsThatAreNotKnown) {
  EXPECT_EQ(Inside("<voice name=\"x\">One <lang xml:lang=\"de\">zwei</lang></voice>"), "One zwei");
  EXPECT_EQ(Inside("<phoneme alphabet='ipa' ph='a>b'>two</phoneme><mark name=\"m\"/>"), "two ");
  EXPECT_EQ(Inside("<amazon:effect name=\"whispered\">low</amazon:effect>"), "low");
  EXPECT_EQ(Inside("<s><p>a</p></s>"), "<s> a</s>");
  EXPECT_EQ(Inside("<sub>a</sub><prosody>b</prosody><say-as>c</say-as>"), "abc");
  EXPECT_EQ(Inside("<paragraph><sentence>a</sentence></paragraph>"), "<p><s>a</s></p>");
}

TEST(Repair, TakesOffAttributesThatAreNotGood) {
  EXPECT_EQ(Inside("<say-as interpret-as=\"date\" detail=\"1\">x</say-as>"),
            "<say-as interpret-as=\"date\">x</say-as>");
  EXPECT_EQ(Inside("<prosody rate=slow contour=\"(0%,+20Hz)\">x</prosody>"),
            "<prosody rate=\"slow\">x</prosody>");
  EXPECT_EQ(Inside("<s xml:lang=\"en\">x</s>"), "<s>x</s>");
  EXPECT_EQ(Inside("<emphasis level=\"huge\">x</emphasis>"), "<emphasis>x</emphasis>");
}

TEST(Repair, TakesTextForText) {
  EXPECT_EQ(Inside("Q&A, R & D, a < b, 1<2&nbsp;x&hellip;&foo;"),
            "Q&amp;A, R &amp; D, a &lt; b, 1&lt;2 x…&amp;foo;");
  EXPECT_EQ(Inside("&#38;&#x41;&amp;&#0;&#xD800;&#55"), "&amp;A&amp;&amp;#xD800;&amp;#55");
  EXPECT_EQ(Inside("<!-- no --><![CDATA[a <b> & c]]><?php x ?>"), "a &lt;b&gt; &amp; c");
}

TEST(Repair, ShortensBreaks) {
  EXPECT_EQ(Inside("a<break time=\"12s\"/>b<break time='1.5'/>c<break time=\"20000 ms\"></break>"),
            "a<break time=\"10000ms\"/>b<break time=\"1500ms\"/>c<break time=\"10000ms\"/>");
  EXPECT_EQ(Inside("<break time=\"long\" strength=\"weak\"/><break time=\"-1s\"/>"),
            "<break strength=\"weak\"/><break/>");
}

TEST(Repair, SpeaksNothingThatStandsOutside) {
  EXPECT_EQ(Repaired("```xml\n<speak>Hello.</speak>\n```"), "Hello.");
  EXPECT_EQ(Repaired("Sure! Here you are: <speak>Hello.</speak> Anything else?"), "Hello.");
  EXPECT_EQ(Repaired("<speak>One.</speak> and <SPEAK>Two.</SPEAK>"), "One. Two.");
  EXPECT_EQ(Repaired("```ssml\nHello <b>you</b>.\n```"), "\nHello you.\n");
  EXPECT_NE(Repair("<speak version=\"1.0\" xml:lang=\"de\" onload=\"x\">a</speak>")
                ->find("version=\"1.0\" xml:lang=\"de\""),
            std::string::npos);
}

TEST(Repair, ClosesWhatIsOpenAndForgetsWhatIsNot) {
  EXPECT_EQ(Inside("<p><s>a<emphasis>b</s>c</p></p></s>d"),
            "<p><s>a<emphasis>b</emphasis></s>c</p>d");
  EXPECT_EQ(Repaired("<speak><s>a"), "<s>a</s>");
  std::string deep;
  for (int i = 0; i < 100; i++) deep += "<emphasis>";
  EXPECT_NE(Inside(deep + "a").find("a<"), std::string::npos);
}

TEST(Repair, GivesUpWhereItMust) {
  EXPECT_EQ(Repaired("<!DOCTYPE speak [<!ENTITY a \"b\">]><speak>&a;</speak>"), "none");
  EXPECT_EQ(Repaired("<speak>\xff</speak>"), "none");
  EXPECT_EQ(Inside(std::string(kDocumentBytesMax, 'a')), "none");
}

}  // namespace
}  // namespace debrief::ssml

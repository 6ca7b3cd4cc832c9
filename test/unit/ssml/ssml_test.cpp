// ssml_test.cpp: SSML made from text, and checked.
#include "bgworker/core/ssml/ssml.h"

#include <gtest/gtest.h>

#include <random>

namespace debrief::ssml {
namespace {

// The same characters as in test/sql/030_claim.sql: SQL decides what is claimed.
TEST(Ssml, TakesWhatLeavesNoTraceForBlank) {
  EXPECT_TRUE(
      IsBlank(" \u00A0\u00AD\u034F\u061C\u1160\u1680\u180E\u200B\u200D\u2028\u202E\u2060\u2069"
              "\u2800\u3000\u3164\uFE0F\uFEFF\uFFA0\U000E0001"));
  for (const char* seen : {"a\u00A0", ".", "\u3042", "\U0001F600", "\u00A1", "\u2010"}) {
    EXPECT_FALSE(IsBlank(seen)) << seen;
  }
}

TEST(Ssml, EscapesWhatXmlWouldRead) {
  EXPECT_EQ(Escape("a < b & c > \"d\" 'e'"), "a &lt; b &amp; c &gt; &quot;d&quot; &apos;e&apos;");
  EXPECT_EQ(Escape(std::string_view("x\x01\x0b\0y\tz", 7)), "xy\tz");
}

TEST(Ssml, LeavesBytesOutThatAreNoText) {
  EXPECT_EQ(Escape("a\xff\xc3<"), "a&lt;");
  EXPECT_TRUE(IsBlank("\xff \xc3"));
  EXPECT_FALSE(IsBlank("\xff."));
}

TEST(Ssml, KnowsBlankText) {
  for (std::string_view blank : {"", " ", "\n\t", "\xc2\xa0", "\xe2\x80\x8b", "\xef\xbb\xbf \x01"})
    EXPECT_TRUE(IsBlank(blank));
  for (std::string_view said : {"a", " .", "漢", "0"}) EXPECT_FALSE(IsBlank(said));
}

TEST(Ssml, PutsSentencesAndParagraphsIntoElements) {
  EXPECT_EQ(
      FromText("One.  Two\nlines? Three", "en-US"),
      "<speak xmlns=\"http://www.w3.org/2001/10/synthesis\" version=\"1.1\" xml:lang=\"en-US\">"
      "<s>One.</s><s>Two lines?</s><s>Three</s></speak>");
  EXPECT_NE(FromText("One.\n\nTwo.", "en-US").find("<p><s>One.</s></p><p><s>Two.</s></p>"),
            std::string::npos);
}

TEST(Ssml, DoesNotEndASentenceInNumbersAndAbbreviations) {
  const std::string document = FromText("Dr. Smith took 3.5 hours, e.g. today. Fine.", "en-US");
  EXPECT_NE(document.find("<s>Dr. Smith took 3.5 hours, e.g. today.</s><s>Fine.</s>"),
            std::string::npos);
}

TEST(Ssml, EndsASentenceAfterAClosingQuoteAndWithoutSpacesInChinese) {
  EXPECT_NE(FromText("He said \"Stop.\" Then left.", "en").find("&quot;</s><s>Then"),
            std::string::npos);
  EXPECT_NE(FromText("你好。再见。", "zh").find("<s>你好。</s><s>再见。</s>"), std::string::npos);
  EXPECT_NE(FromText("すごい！！本当？！", "ja").find("<s>すごい！！</s><s>本当？！</s>"),
            std::string::npos);
  EXPECT_NE(FromText("「はい。」では。", "ja").find("<s>「はい。」</s><s>では。</s>"),
            std::string::npos);
  EXPECT_NE(FromText("यह अच्छा है। फिर करें।", "hi").find("है।</s><s>फिर"), std::string::npos);
}

TEST(Ssml, WhatItMakesPassesItsOwnCheck) {
  for (std::string_view text : {"Plain.", "<script>&amp;\"'", "a\x01 b", "😀 ok?"}) {
    EXPECT_EQ(Check(FromText(text, "en-US")), "") << text;
  }
}

TEST(Ssml, TextComesBackFromWhatWasMade) {
  EXPECT_EQ(ToText(FromText("One & two. <b>Three</b>?", "en")), "One & two. <b>Three</b>?");
  EXPECT_EQ(
      ToText("<speak>see <sub alias=\"World Wide Web\">WWW</sub><break time=\"1s\"/>now</speak>"),
      "see World Wide Web now");
}

TEST(SsmlCheck, TakesTheAllowList) {
  EXPECT_EQ(Check("<speak version=\"1.1\" xmlns=\"http://www.w3.org/2001/10/synthesis\" "
                  "xml:lang=\"en-US\"><p><s>a "
                  "<emphasis level=\"strong\">b</emphasis></s></p><break time=\"500ms\"/><break "
                  "strength=\"weak\"/>"
                  "<prosody rate=\"slow\" pitch=\"+10%\" volume=\"-3dB\">c</prosody><sub "
                  "alias=\"x\">d</sub>"
                  "<say-as interpret-as=\"characters\">e</say-as></speak>"),
            "");
  EXPECT_EQ(Check("<speak>no namespace</speak>"), "");
}

TEST(SsmlCheck, RefusesEverythingElse) {
  for (std::string_view bad :
       {"",
        "text",
        "<speak>",
        "<speak/><speak/>",
        "<s>root</s>",
        "<x/>",
        "<speak>a & b</speak>",
        "<speak>&nbsp;</speak>",
        "<speak><audio src=\"http://x\"/></speak>",
        "<speak><voice name=\"x\">a</voice></speak>",
        "<speak><lexicon uri=\"x\"/></speak>",
        "<speak xml:base=\"http://x\">a</speak>",
        "<speak onload=\"x\">a</speak>",
        "<!DOCTYPE speak [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><speak>&x;</speak>",
        "<!DOCTYPE speak><speak>a</speak>",
        "<?xml-stylesheet href=\"x\"?><speak>a</speak>",
        "<speak xmlns:m=\"urn:x\"><m:s>a</m:s></speak>",
        "<speak><break time=\"11s\"/></speak>",
        "<speak><break time=\"10001ms\"/></speak>",
        "<speak><break time=\"-1s\"/></speak>",
        "<speak><break time=\"1\"/></speak>",
        "<speak><break>a</break></speak>",
        "<speak><break time=\"1s\" mode=\"x\"/></speak>",
        "<speak><emphasis level=\"mad\">a</emphasis></speak>",
        "<speak><prosody rate=\"javascript:x\">a</prosody></speak>",
        "<speak><s><p>a</p></s></speak>",
        "<speak><p><p>a</p></p></speak>",
        "<speak><speak>a</speak></speak>",
        "<speak><sub alias=\"x\"><s>a</s></sub></speak>",
        "<speak>\xff</speak>",
        "```xml\n<speak>a</speak>\n```"}) {
    EXPECT_NE(Check(bad), "") << bad;
  }
}

TEST(SsmlCheck, LimitsDepthAndLength) {
  auto nested = [](int depth) {
    std::string document = "<speak>";
    for (int i = 1; i < depth; i++) document += "<prosody rate=\"slow\">";
    document += "a";
    for (int i = 1; i < depth; i++) document += "</prosody>";
    return document + "</speak>";
  };
  EXPECT_EQ(Check(nested(kDepthMax)), "");
  EXPECT_NE(Check(nested(kDepthMax + 1)), "");
  EXPECT_NE(Check("<speak>" + std::string(kDocumentBytesMax, 'a') + "</speak>"), "");
}

TEST(SsmlCheck, ABillionLaughsStayOutside) {
  EXPECT_NE(Check("<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]><speak>&b;</speak>"),
            "");
}

TEST(SsmlCheck, SurvivesMutatedDocuments) {
  std::mt19937 random(11);
  const std::string seed =
      "<speak version=\"1.1\"><p><s>a &amp; <break time=\"1s\"/>b</s></p><sub "
      "alias=\"x\">y</sub></speak>";
  for (int round = 0; round < 20'000; round++) {
    std::string text = seed;
    for (int i = 0; i < 3; i++) text[random() % text.size()] = static_cast<char>(random());
    Check(text);
    Split(text, 200);
    ToText(text);
  }
}

}  // namespace
}  // namespace debrief::ssml

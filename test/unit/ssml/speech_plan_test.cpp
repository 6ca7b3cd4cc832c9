// speech_plan_test.cpp: segments fitted to what a provider takes.
#include "bgworker/core/ssml/speech_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "bgworker/core/audio/audio.h"
#include "bgworker/core/ssml/ssml.h"
#include "bgworker/core/text/utf8.h"

namespace debrief::speech {
namespace {

using Form = SpeechLimits::Form;
using Unit = SpeechLimits::Unit;
using Pieces = std::vector<std::string>;

std::string Speak(const std::string& inside) { return "<speak>" + inside + "</speak>"; }

SpeechLimits Text(int64_t input_max, Unit unit = Unit::kBytes) {
  return {.form = Form::kText, .unit = unit, .input_max = input_max};
}
Pieces PlanOfText(const std::string& inside, int64_t input_max, Unit unit = Unit::kBytes) {
  return Plan(Speak(inside), Text(input_max, unit));
}

int64_t Characters(const std::string& text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

// Without spaces and, where `tags_too`, without anything between < and >.
std::string Letters(const std::string& text, bool tags_too) {
  std::string letters;
  bool in_tag = false;
  for (char c : text) {
    in_tag = in_tag || (tags_too && c == '<');
    if (!in_tag && c != ' ') letters += c;
    if (c == '>') in_tag = false;
  }
  return letters;
}

size_t Count(const Pieces& pieces, std::string_view mark) {
  size_t count = 0;
  for (const std::string& piece : pieces) {
    for (size_t at = piece.find(mark); at != std::string::npos; at = piece.find(mark, at + 1)) {
      count++;
    }
  }
  return count;
}

TEST(SpeechPlan, GivesASegmentThatFitsAsItIs) {
  const std::string ssml = "<speak  version='1.1'>Don't <break/>stop.</speak>";
  EXPECT_EQ(Plan(ssml, {}), Pieces{ssml});
  EXPECT_EQ(Plan(ssml, {.unit = Unit::kCharacters, .input_max = 200}), Pieces{ssml});
}

TEST(SpeechPlan, LowersBeforeItSplits) {
  const std::string ssml =
      Speak("<emphasis>" + std::string(300, 'a') + "</emphasis> <break time=\"9s\"/>b");
  const Pieces pieces =
      Plan(ssml, {.elements = {"break"}, .break_ms_max = 2'000, .input_max = 5'000});
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_EQ(pieces[0].find("emphasis"), std::string::npos);
  EXPECT_NE(pieces[0].find("<break time=\"2000ms\"/>"), std::string::npos);
}

TEST(SpeechPlan, CutsTextAtTheEndOfASentence) {
  EXPECT_EQ(PlanOfText("One two. Three four. Five six.", 22),
            (Pieces{"One two. Three four.", "Five six."}));
  EXPECT_EQ(PlanOfText("Was it? (Yes!) No, never.", 16), (Pieces{"Was it? (Yes!)", "No, never."}));
  EXPECT_EQ(PlanOfText("He said “go…” Then left", 20), (Pieces{"He said “go…”", "Then left"}));
}

TEST(SpeechPlan, TakesNoDecimalPointOrAbbreviationForASentence) {
  EXPECT_EQ(PlanOfText("Go on. Run 3.5 or 4.5 km more", 27),
            (Pieces{"Go on.", "Run 3.5 or 4.5 km more"}));
  EXPECT_EQ(PlanOfText("Go on. See Dr. Smith about it", 27),
            (Pieces{"Go on.", "See Dr. Smith about it"}));
}

TEST(SpeechPlan, CutsWideTextAfterItsMarks) {
  EXPECT_EQ(PlanOfText("「你好。」他说，再见！？好的", 24),
            (Pieces{"「你好。」", "他说，再见！？", "好的"}));
  EXPECT_EQ(PlanOfText("他们说，我们再见", 18), (Pieces{"他们说，", "我们再见"}));
}

TEST(SpeechPlan, CutsALongSentenceAtAClauseElseAtASpaceElseBetweenCharacters) {
  EXPECT_EQ(PlanOfText("one two, three four five", 20), (Pieces{"one two,", "three four five"}));
  EXPECT_EQ(PlanOfText("one two three", 9), (Pieces{"one two", "three"}));
  EXPECT_EQ(PlanOfText("aäöüß", 4, Unit::kCharacters), (Pieces{"aäöü", "ß"}));
  for (const std::string& piece : PlanOfText("ääääääääää€€€€€€𝄞𝄞𝄞𝄞", 5)) {
    EXPECT_LE(piece.size(), 5U);
    EXPECT_TRUE(utf8::IsValid(piece)) << piece;
  }
}

TEST(SpeechPlan, SpeaksTextWithoutElementsOrBreaks) {
  EXPECT_EQ(
      PlanOfText("<s>a &lt; b</s><s>Use <sub alias=\"Postgres\">PG</sub>.<break/>Now</s>", 99),
      Pieces{"a < b Use Postgres. Now"});
}

TEST(SpeechPlan, CountsCharactersOrBytesAsTheServerDoes) {
  const std::string inside = "ää öö. üü ßß.";
  EXPECT_EQ(PlanOfText(inside, 13, Unit::kCharacters), Pieces{inside});
  EXPECT_EQ(PlanOfText(inside, 13), (Pieces{"ää öö.", "üü ßß."}));
}

TEST(SpeechPlan, FillsAPieceToTheLastByteButNotBeyond) {
  EXPECT_EQ(PlanOfText("one two", 7), Pieces{"one two"});
  EXPECT_EQ(PlanOfText("one two", 6), (Pieces{"one", "two"}));
  EXPECT_EQ(PlanOfText("one two ", 7), Pieces{"one two"}) << "a space at the end is not sent";
}

TEST(SpeechPlan, NeverCutsABreakTagOrAPause) {
  const std::string ssml = Speak("One two. <break time=\"1.5s\"/>Three four. <break/>Five.");
  const Pieces with_breaks =
      Plan(ssml, {.form = Form::kTextWithBreaks, .break_ms_max = 1'000, .input_max = 32});
  EXPECT_EQ(with_breaks, (Pieces{"One two. <break time=\"1s\"/>",
                                 "Three four. <break time=\"0.4s\"/>", "Five."}));
  for (int64_t input_max = 13; input_max < 60; input_max++) {
    const Pieces pieces = Plan(
        ssml, {.form = Form::kTextWithPauses, .pause = "<short pause>", .input_max = input_max});
    ASSERT_FALSE(pieces.empty()) << input_max;
    EXPECT_EQ(Count(pieces, "<"), Count(pieces, "<short pause>")) << input_max;
  }
  EXPECT_TRUE(Plan(ssml, {.form = Form::kTextWithPauses, .pause = "<short pause>", .input_max = 12})
                  .empty())
      << "a pause alone is too large";
}

TEST(SpeechPlan, PlansNothingWhereNothingIsToBeSaid) {
  for (Form form : {Form::kSsml, Form::kText, Form::kTextWithBreaks, Form::kTextWithPauses}) {
    const SpeechLimits limits = {.form = form, .pause = "pause"};
    EXPECT_TRUE(Plan(Speak(" <s> </s><break time=\"2s\"/>"), limits).empty());
    EXPECT_TRUE(Plan("", limits).empty());
    EXPECT_TRUE(Plan("<speak>open", limits).empty());
    EXPECT_TRUE(Plan("<speak><audio/>x</speak>", limits).empty());
    EXPECT_EQ(Plan(Speak("x"), limits).size(), 1U);
  }
}

TEST(SpeechPlan, DropsPiecesThatWouldBeSilent) {
  std::string breaks;
  for (int i = 0; i < 40; i++) breaks += "<break time=\"1s\"/>";
  const Pieces ssml = Plan(Speak("One. " + breaks + "Two."), {.input_max = 200});
  ASSERT_GE(ssml.size(), 2U);
  for (const std::string& piece : ssml) EXPECT_NE(ssml::ToText(piece), "");
  for (const std::string& piece :
       Plan(Speak("One. " + breaks + "Two."), {.form = Form::kTextWithBreaks, .input_max = 60})) {
    EXPECT_NE(Letters(piece, true), "") << piece;
  }
}

TEST(SpeechPlan, MakesNoMoreThanAHundredPieces) {
  std::string words;
  for (int i = 0; i < 100; i++) words += "word ";
  EXPECT_EQ(PlanOfText(words, 4).size(), 100U);
  EXPECT_TRUE(PlanOfText(words + "more", 4).empty());
}

TEST(SpeechPlan, HasNoPiecesWithoutRoom) {
  const std::string ssml = Speak("One two. Three four.");
  EXPECT_EQ(Plan(ssml, Text(20)).size(), 1U);
  EXPECT_EQ(Plan(ssml, Text(12)), (Pieces{"One two.", "Three four."}));
  EXPECT_TRUE(Plan(ssml, Text(0)).empty());
  EXPECT_TRUE(Plan(ssml, Text(-5)).empty());
  EXPECT_TRUE(Plan(Speak(std::string(300, 'a')), {.input_max = 166}).empty());
}

TEST(SpeechPlan, SplitsSsmlByCharactersWithoutWaste) {
  std::string inside;
  for (int i = 0; i < 60; i++) inside += "<s>今天的训练非常好，请继续保持下去。</s>";
  const SpeechLimits limits = {.unit = Unit::kCharacters, .input_max = 400};
  const Pieces pieces = Plan(Speak(inside), limits);
  ASSERT_FALSE(pieces.empty());
  EXPECT_LE(pieces.size(), 7U) << "by bytes there were more than twice as many";
  std::string joined;
  for (const std::string& piece : pieces) {
    EXPECT_LE(Characters(piece), 400);
    EXPECT_EQ(ssml::Check(piece), "");
    joined += ssml::ToText(piece);
  }
  EXPECT_EQ(Letters(joined, false), Letters(ssml::ToText(Speak(inside)), false));
}

TEST(SpeechPlan, HoldsTheLimitWhereWideAndNarrowTextMix) {
  std::string inside;
  for (int i = 0; i < 40; i++) inside += "<s>今天的训练非常好，请继续保持下去。</s>";
  for (int i = 0; i < 100; i++) inside += "<s>Keep your back straight.</s>";
  for (int64_t input_max : {250, 400, 1'000}) {
    const Pieces pieces = Plan(Speak(inside), {.unit = Unit::kCharacters, .input_max = input_max});
    ASSERT_FALSE(pieces.empty());
    std::string joined;
    for (const std::string& piece : pieces) {
      EXPECT_LE(Characters(piece), input_max);
      joined += ssml::ToText(piece);
    }
    EXPECT_EQ(Letters(joined, false), Letters(ssml::ToText(Speak(inside)), false));
  }
}

std::string RandomDocument(std::mt19937* random) {
  static const std::vector<std::string> parts = {"word ",
                                                 "3.5 ",
                                                 "end. ",
                                                 "so, ",
                                                 "ä€𝄞",
                                                 "「好。」",
                                                 "，",
                                                 "&lt;b ",
                                                 "<s>A.</s>",
                                                 "<break/>",
                                                 "<break time=\"50ms\"/>",
                                                 "<sub alias=\"World Wide\">WW</sub>",
                                                 "<emphasis>very</emphasis> ",
                                                 "verylongword"};
  std::string inside;
  for (int i = 0; i < 120; i++) inside += parts[(*random)() % parts.size()];
  return Speak(inside);
}

TEST(SpeechPlan, KeepsWordsAndTheirOrderOfAnyDocumentInAnyForm) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; round++) {
    const std::string document = RandomDocument(&random);
    SpeechLimits limits = {.form = static_cast<Form>(round % 4),
                           .elements = {"s", "break"},
                           .pause = "<hold on>",
                           .unit = round % 8 < 4 ? Unit::kBytes : Unit::kCharacters};
    limits.input_max = (limits.form == Form::kSsml ? 300 : 30) + random() % 200;
    std::string expected = ssml::ToText(document);
    const bool tags = limits.form == Form::kTextWithBreaks || limits.form == Form::kTextWithPauses;
    for (size_t at; tags && (at = expected.find('<')) != std::string::npos;) {
      expected.replace(at, 1, "‹");
    }
    std::string joined;
    for (const std::string& piece : Plan(document, limits)) {
      EXPECT_LE(
          limits.unit == Unit::kBytes ? static_cast<int64_t>(piece.size()) : Characters(piece),
          limits.input_max);
      EXPECT_TRUE(utf8::IsValid(piece));
      EXPECT_FALSE(piece.starts_with(' ') || piece.ends_with(' ')) << piece;
      joined += limits.form == Form::kSsml ? ssml::ToText(piece) : piece;
    }
    EXPECT_EQ(Letters(joined, tags), Letters(expected, tags));
  }
}

TEST(SpeechPlan, GivesOneSoundBackAsItIs) {
  std::string error;
  EXPECT_EQ(Join({"any bytes"}, &error), "any bytes");
  EXPECT_EQ(error, "");
}

TEST(SpeechPlan, GivesAStreamedWavBackUnderAHeaderThatTellsItsLength) {
  const std::string good = audio::WavFromPcm16(std::string(1'600, '\1'), 8'000, 1);
  std::string streamed = good;
  for (const size_t at : {4U, 40U}) streamed.replace(at, 4, "\xff\xff\xff\x7f");
  std::string error;
  EXPECT_EQ(Join({streamed}, &error), good);
}

TEST(SpeechPlan, JoinsSeveralSounds) {
  std::string error;
  const std::string wav = audio::WavFromPcm16(std::string(1'600, '\1'), 8'000, 1);
  const std::optional<std::string> joined = Join({wav, wav}, &error);
  ASSERT_TRUE(joined) << error;
  EXPECT_EQ(audio::Inspect(*joined, &error)->duration_ms, 200);
  EXPECT_FALSE(Join({}, &error));
  EXPECT_NE(error, "");
}

}  // namespace
}  // namespace debrief::speech

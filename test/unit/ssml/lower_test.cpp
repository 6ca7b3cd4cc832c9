// lower_test.cpp: documents made simpler, their words kept.
#include "bgworker/core/ssml/lower.h"

#include <gtest/gtest.h>

#include "bgworker/core/ssml/ssml.h"

namespace debrief::ssml {
namespace {

constexpr char kOpen[] =
    "<speak xmlns=\"http://www.w3.org/2001/10/synthesis\" version=\"1.1\" xml:lang=\"en-US\">";

std::string Document(const std::string& inside) { return kOpen + inside + "</speak>"; }

// What is left between the speak tags, once Check() let it through.
std::string Kept(const std::string& inside, const std::vector<std::string_view>& elements,
                 int64_t break_ms_max = 10'000) {
  const std::optional<std::string> lowered = KeepElements(Document(inside), elements, break_ms_max);
  if (!lowered) return "(nothing)";
  EXPECT_EQ(Check(*lowered), "") << *lowered;
  EXPECT_TRUE(lowered->starts_with(kOpen) && lowered->ends_with("</speak>")) << *lowered;
  return lowered->substr(sizeof(kOpen) - 1, lowered->size() - (sizeof(kOpen) - 1) - 8);
}

std::string Shown(const std::vector<Run>& runs) {
  std::string text;
  for (const Run& run : runs)
    text += (run.is_pause ? "{" : "(") + run.text + (run.is_pause ? "}" : ")");
  return text;
}

std::string Breaks(const std::string& inside, int64_t break_ms_max = 10'000) {
  return Shown(WordsAndBreaks(Document(inside), break_ms_max));
}
std::string Pauses(const std::string& inside, std::string_view pause) {
  return Shown(WordsAndPauses(Document(inside), pause));
}

TEST(SsmlLower, LeavesADocumentAloneThatNeedsNoChange) {
  const std::string plain = "<speak  version='1.1'>Don't <break time='10s'/>stop.</speak>";
  EXPECT_EQ(KeepElements(plain, {}, 10'000), plain);
  EXPECT_EQ(KeepElements(plain, {"break"}, 10'000), plain);
}

TEST(SsmlLower, UnwrapsWhatIsNotOnTheListAndKeepsItsWords) {
  EXPECT_EQ(
      Kept("<prosody rate=\"slow\">Be <emphasis level=\"strong\">very</emphasis> calm.</prosody>",
           {"prosody"}),
      "<prosody rate=\"slow\">Be very calm.</prosody>");
  EXPECT_EQ(
      Kept("<prosody rate=\"slow\">Be <emphasis>very</emphasis> calm.</prosody>", {"emphasis"}),
      "Be <emphasis>very</emphasis> calm.");
  EXPECT_EQ(Kept("Spell <say-as interpret-as=\"characters\">SQL</say-as>.", {"break"}),
            "Spell SQL.");
}

TEST(SsmlLower, KeepsSpeakWhetherListedOrNot) {
  EXPECT_EQ(Kept("<s>One.</s>", {"p"}), " One. ");
  EXPECT_EQ(Kept("<s>One.</s>", {"speak"}), " One. ");
}

TEST(SsmlLower, GivesTheAliasOfASubThatGoes) {
  const std::string inside = "Use <sub alias=\"Post &amp; Gres\">PG</sub>s.";
  EXPECT_EQ(Kept(inside, {"break"}), "Use Post &amp; Gress.");
  EXPECT_EQ(Kept(inside + "<break/>", {"sub"}), inside + " ");
}

TEST(SsmlLower, LeavesASpaceWhereABreakASentenceOrAParagraphWas) {
  EXPECT_EQ(Kept("One<break time=\"1s\"/>two", {"s"}), "One two");
  EXPECT_EQ(Kept("<p><s>One.</s><s>Two.</s></p><p>Three.</p>", {"break"}),
            "  One.  Two.   Three. ");
}

TEST(SsmlLower, ShortensBreaksThatAreTooLong) {
  EXPECT_EQ(
      Kept("a<break time=\"3.001s\"/>b<break time=\"3s\"/>c<break time=\"+4000ms\"/>", {}, 3'000),
      "a<break time=\"3000ms\"/>b<break time=\"3s\"/>c<break time=\"3000ms\"/>");
  EXPECT_EQ(Kept("a<break strength=\"x-strong\"/>b<break strength=\"strong\"/>c", {}, 1'000),
            "a<break time=\"1000ms\"/>b<break strength=\"strong\"/>c");
  EXPECT_EQ(Kept("a<break strength=\"none\" time=\"9s\"/>b", {"break"}, -5),
            "a<break time=\"0ms\"/>b")
      << "the time counts, not the strength";
}

TEST(SsmlLower, RefusesWhatIsNotGood) {
  EXPECT_FALSE(KeepElements("<speak>", {}, 1'000));
  EXPECT_FALSE(KeepElements("<speak><audio src=\"http://x\"/></speak>", {}, 1'000));
  // Written again, each quotation mark takes six bytes.
  EXPECT_FALSE(KeepElements(Document(std::string(60'000, '"') + "<break/>"), {"s"}, 1'000));
  EXPECT_EQ(Breaks("<audio/>words"), "");
  EXPECT_EQ(Pauses("<audio/>words", ","), "");
}

TEST(SsmlLower, WritesBreaksBetweenTheWords) {
  EXPECT_EQ(Breaks("<p><s>One,\n  two.</s></p> <break time=\"1.5s\"/>Three &amp; four<break "
                   "time=\"250ms\"/>."),
            "(One, two.){<break time=\"1.5s\"/>}(Three & four){<break time=\"0.25s\"/>}(.)");
}

TEST(SsmlLower, WritesBreakTimesInSecondsAndCapsThem) {
  const auto tag = [](const std::string& attribute) {
    return Breaks("a<break " + attribute + "/>b", 3'000);
  };
  EXPECT_EQ(tag("time=\"2s\""), "(a){<break time=\"2s\"/>}(b)");
  EXPECT_EQ(tag("time=\".05s\""), "(a){<break time=\"0.05s\"/>}(b)");
  EXPECT_EQ(tag("time=\"1001ms\""), "(a){<break time=\"1.001s\"/>}(b)");
  EXPECT_EQ(tag("time=\"10s\""), "(a){<break time=\"3s\"/>}(b)");
  EXPECT_EQ(tag(""), "(a){<break time=\"0.4s\"/>}(b)");
  EXPECT_EQ(tag("strength=\"medium\""), "(a){<break time=\"0.4s\"/>}(b)");
  EXPECT_EQ(tag("strength=\"strong\""), "(a){<break time=\"0.7s\"/>}(b)");
  EXPECT_EQ(tag("strength=\"x-strong\""), "(a){<break time=\"1.2s\"/>}(b)");
  EXPECT_EQ(tag("strength=\"none\""), "(a b)");
  EXPECT_EQ(tag("time=\"0s\""), "(a b)");
}

TEST(SsmlLower, LetsNoWordLookLikeATag) {
  EXPECT_EQ(Breaks("a&lt;b &lt;break time=\"9s\"/&gt; x &lt; y"),
            "(a‹b ‹break time=\"9s\"/> x ‹ y)");
  EXPECT_EQ(Breaks("<sub alias=\"&lt;voice>\">x</sub> [so]"), "(‹voice> [so])");
  EXPECT_EQ(Pauses("a &lt;sigh&gt; [b]", "<short pause>"), "(a ‹sigh> [b])");
  EXPECT_EQ(Pauses("a &lt;sigh&gt; [b]", "[pause]"), "(a <sigh> (b])");
  EXPECT_EQ(Pauses("a &lt;sigh&gt; [b]", "..."), "(a <sigh> [b])");
}

TEST(SsmlLower, WritesAPauseWhereOneIsHeard) {
  EXPECT_EQ(Pauses("a<break time=\"199ms\"/>b<break time=\"0.2s\"/>c", "<short pause>"),
            "(a b){<short pause>}(c)");
  for (const char* strength : {"none", "x-weak", "weak"}) {
    EXPECT_EQ(Pauses("a<break strength=\"" + std::string(strength) + "\"/>b", "-"), "(a b)");
  }
  for (const char* strength : {"medium", "strong", "x-strong"}) {
    EXPECT_EQ(Pauses("a<break strength=\"" + std::string(strength) + "\"/>b", "-"), "(a){-}(b)");
  }
  EXPECT_EQ(Pauses("a<break time=\"1s\"/>b", ""), "(a b)");
}

TEST(SsmlLower, WritesNothingWhenThereAreNoWords) {
  EXPECT_EQ(Breaks(" <break time=\"1s\"/><s> </s>"), "");
  EXPECT_EQ(Pauses("\xE2\x80\x8B<break time=\"1s\"/>", "pause"), "");
}

}  // namespace
}  // namespace debrief::ssml

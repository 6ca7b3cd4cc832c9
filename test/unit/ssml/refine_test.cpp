// refine_test.cpp: inputs that a service found too large, although they were within its limits.
#include <gtest/gtest.h>

#include <algorithm>

#include "bgworker/core/ssml/speech_plan.h"
#include "bgworker/core/ssml/ssml.h"
#include "bgworker/core/text/utf8.h"

namespace debrief::speech {
namespace {

using Form = SpeechLimits::Form;
using Unit = SpeechLimits::Unit;
using Pieces = std::vector<std::string>;

constexpr char kOpen[] =
    "<speak xmlns=\"http://www.w3.org/2001/10/synthesis\" version=\"1.1\" xml:lang=\"en-US\"><s>";

// One sentence of clauses.
std::string Sentence(int clauses, const std::string& clause, const std::string& comma) {
  std::string sentence;
  for (int i = 0; i < clauses; i++) sentence += clause + (i + 1 < clauses ? comma : ".");
  return sentence;
}

std::string Words(const Pieces& pieces) {
  std::string words;
  for (const std::string& piece : pieces) words += ssml::ToText(piece) + " ";
  std::erase(words, ' ');
  return words;
}

// Refines what is larger until nothing is: what a service does that takes so many bytes.
Pieces RefinedTo(size_t bytes_taken, const std::string& input, const SpeechLimits& limits,
                 int* refusals) {
  Pieces inputs = {input};
  for (size_t at = 0; at < inputs.size();) {
    if (inputs[at].size() <= bytes_taken) {
      at++;
      continue;
    }
    ++*refusals;
    const Pieces pieces = Refine(inputs[at], limits);
    if (pieces.empty()) return {};
    for (const std::string& piece : pieces) {
      EXPECT_LT(piece.size(), inputs[at].size()) << "the same again would be refused again";
    }
    inputs.erase(inputs.begin() + static_cast<std::ptrdiff_t>(at));
    inputs.insert(inputs.begin() + static_cast<std::ptrdiff_t>(at), pieces.begin(), pieces.end());
  }
  return inputs;
}

TEST(SpeechRefine, ShrinksFromTheSizeThatWasRefusedUntilItGoes) {
  const std::string document =
      kOpen + Sentence(10, "and then you look ahead for a bit", ", ") + "</s></speak>";
  ASSERT_GT(document.size(), 400U);
  for (const size_t taken : {400U, 300U, 250U, 200U}) {
    int refusals = 0;
    const Pieces pieces = RefinedTo(taken, document, {.input_max = 4'750}, &refusals);
    ASSERT_GT(pieces.size(), 1U) << taken;
    EXPECT_LE(refusals, 8) << taken;
    for (const std::string& piece : pieces) {
      EXPECT_EQ(ssml::Check(piece), "");
      const std::string words = ssml::ToText(piece);
      EXPECT_TRUE(words.ends_with(',') || words.ends_with('.')) << "not at a comma: " << words;
    }
    EXPECT_EQ(Words(pieces), Words({document}));
  }
  int refusals = 0;
  EXPECT_TRUE(RefinedTo(100, document, {.input_max = 4'750}, &refusals).empty());
  EXPECT_LE(refusals, 6) << "it ends";
}

TEST(SpeechRefine, CutsWideSentencesAtTheirCommas) {
  const std::string document =
      kOpen + Sentence(10, "今天的训练非常好请继续", "，") + "</s></speak>";
  for (const std::string& piece : Refine(document, {.input_max = 4'750})) {
    const std::string words = ssml::ToText(piece);
    EXPECT_TRUE(words.ends_with("，") || words.ends_with(".")) << words;
  }
}

TEST(SpeechRefine, KeepsTextAndPausesInEachForm) {
  const std::string words = Sentence(20, "one two three four", ", ");
  for (const auto& [form, mark] : {std::pair<Form, std::string>{Form::kText, ""},
                                   {Form::kTextWithBreaks, "<break time=\"1.5s\"/>"},
                                   {Form::kTextWithPauses, "[pause]"}}) {
    const std::string input = "So, one two." + (mark.empty() ? "" : " " + mark) + " " + words;
    const SpeechLimits limits = {
        .form = form, .pause = "[pause]", .unit = Unit::kCharacters, .input_max = 3'891};
    const Pieces pieces = Refine(input, limits);
    ASSERT_GE(pieces.size(), 2U);
    std::string joined;
    for (const std::string& piece : pieces) {
      EXPECT_LE(piece.size(), input.size() / 2);
      joined += (joined.empty() ? "" : " ") + piece;
    }
    EXPECT_EQ(joined, input);
  }
}

TEST(SpeechRefine, LeavesSmallInputsAlone) {
  EXPECT_TRUE(Refine("Hello.", {.form = Form::kText}).empty());
  EXPECT_TRUE(Refine("<speak>Hello.</speak>", {}).empty());
  EXPECT_TRUE(Refine("", {.form = Form::kText}).empty());
}

TEST(SpeechRefine, GivesUpHalvesWhereTagsLeaveNoRoom) {
  std::string document = kOpen;
  for (int i = 0; i < 3; i++) document += "<prosody rate=\"slow\" pitch=\"+10%\" volume=\"loud\">";
  document += Sentence(4, "look ahead", ", ");
  for (int i = 0; i < 3; i++) document += "</prosody>";
  document += "</s></speak>";
  const Pieces pieces = Refine(document, {.input_max = 4'750});
  for (const std::string& piece : pieces) EXPECT_LT(piece.size(), document.size());
  EXPECT_EQ(Words(pieces), Words({document}));
}

}  // namespace
}  // namespace debrief::speech

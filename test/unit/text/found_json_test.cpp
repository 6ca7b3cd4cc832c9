// found_json_test.cpp: the object is found in whatever models write around it.
#include "bgworker/core/text/found_json.h"

#include <gtest/gtest.h>

namespace debrief::json {
namespace {

// The member "n" of what is found: which of several it was.
std::string Found(std::string_view text) {
  const auto found = FindObject(text, "list");
  if (!found) return "none";
  std::string problem;
  EXPECT_TRUE(Parse(found->text, &problem)) << "what is kept is JSON: " << problem;
  return found->value.Find("n") ? found->value.Find("n")->NumberText() : "no n";
}

TEST(FindObject, TakesItOutOfWhatStandsAround) {
  for (const char* text :
       {R"({"n":1,"list":[]})", " \n{\"n\":1,\"list\":[]} ", "\xEF\xBB\xBF{\"n\":1,\"list\":[]}",
        "```json\n{\"n\":1,\"list\":[]}\n```", "```{\"n\":1,\"list\":[]}```",
        "```json {\"n\":1,\"list\":[]} ```", "~~~\n{\"n\":1,\"list\":[]}\n~~~",
        "Sure! Here it is:\n{\"n\":1,\"list\":[]}\nAnything else?",
        "<think>What about {this}?</think>{\"n\":1,\"list\":[]}",
        "<think>\"{</think>\n```json\n{\"n\":1,\"list\":[]}\n```",
        "no tag opens it</think>{\"n\":1,\"list\":[]}", "[{\"n\":1,\"list\":[]}]",
        R"({"analysis":{"n":1,"list":[]}})", R"("{\"n\":1,\"list\":[]}")", "{\"n\":1,\"list\":[]};",
        "{oops} {\"n\":1,\"list\":[\"}\",\"</think>\"]}"}) {
    EXPECT_EQ(Found(text), "1") << text;
  }
}

TEST(FindObject, TakesTheLastOfSeveral) {
  EXPECT_EQ(Found(R"(<think>{"n":1,"list":[]}</think>{"n":2,"list":[]})"), "2");
  EXPECT_EQ(Found(R"(First {"n":1,"list":[]}, better {"n":2,"list":[]})"), "2");
  EXPECT_EQ(Found(R"({"n":2,"list":[]} {"n":3,"list":"no array"} {"other":1})"), "2");
  EXPECT_EQ(Found(R"({"type":"object","properties":{"list":{"type":"array"}}})"), "none");
  EXPECT_EQ(Found(R"(<think>{"n":1,"list":[]}</think>)"), "1") << "better than nothing";
}

TEST(FindObject, FindsNothingWhereThereIsNone) {
  for (const char* text : {"", "I cannot do that.", "{", "{\"list\":[", "[]", "<speak>x</speak>",
                           "</think>", "{\"list\":[}"}) {
    EXPECT_EQ(Found(text), "none") << text;
  }
  EXPECT_EQ(Found(std::string(100'000, '{')), "none") << "and soon";
}

// A model that is held to a schema and has lost its way writes nothing else until it is cut.
TEST(FindObject, ReadsOverBlanksByTheMillion) {
  const std::string blanks(4'000'000, '\n');
  EXPECT_EQ(Found("{\"n\":1," + blanks + "\"list\":[1," + blanks + "]" + blanks + "}"), "1");
}

TEST(FindObject, CorrectsSlipsThatLeaveNoDoubt) {
  const auto text = [](std::string_view written) {
    const auto found = FindObject(R"({"list":[],"t":")" + std::string(written) + R"("})", "list");
    return found ? TextOf(found->value.Find("t")) : "none";
  };
  EXPECT_EQ(text("a\nb\tc\x01"), "a\nb\tc");
  EXPECT_EQ(text(R"(a\u0000b\\u0000)"), "ab\\u0000");
  EXPECT_EQ(text(R"(it\'s \*)"), "it's *");
  EXPECT_EQ(text(R"(\ud83d\ude00 \ud83d \ude00)"), "\U0001F600  ");
  EXPECT_EQ(text(R"(say \"x\", {y}])"), "say \"x\", {y}]");
  EXPECT_EQ(Found(R"({"n":1,"list":[1,2, ] , })"), "1");
  EXPECT_EQ(text(",]"), ",]");
}

}  // namespace
}  // namespace debrief::json

// json_test.cpp: what is read, and what is refused.
#include "bgworker/core/text/json.h"

#include <gtest/gtest.h>

#include <random>

namespace debrief::json {
namespace {

bool Refused(std::string_view text) {
  std::string error;
  const bool refused = !Parse(text, &error).has_value();
  EXPECT_EQ(refused, !error.empty()) << "a refusal says why, and only a refusal";
  return refused;
}

Value Good(std::string_view text) {
  std::string error;
  const std::optional<Value> value = Parse(text, &error);
  EXPECT_TRUE(value.has_value()) << error;
  return *value;
}

TEST(Json, ReadsMembersArraysStringsAndNumbers) {
  const Value value = Good(R"({"a": [1, "zwei", null], "b": {"c": -2.5}})");
  ASSERT_TRUE(value.IsObject());
  const Value array = *value.Find("a");
  ASSERT_EQ(array.Size(), 3U);
  EXPECT_EQ(array.At(0).Number(), 1);
  EXPECT_EQ(array.At(1).String(), "zwei");
  EXPECT_TRUE(array.At(2).IsNull());
  EXPECT_EQ(value.Find("b")->Find("c")->NumberText(), "-2.5");
  EXPECT_FALSE(value.Find("missing").has_value());
  EXPECT_FALSE(array.Find("a").has_value()) << "an array has no members";
}

TEST(Json, EndsWhereItsBytesEnd) {
  using namespace std::string_view_literals;
  for (const std::string_view text : {"{\"a\":1}\0"sv, "{\"a\":1}\0garbage"sv, "[1] \0"sv, "\0{}"sv,
                                      "\xEF\xBB\xBF{}\0"sv, "1\0"sv}) {
    EXPECT_TRUE(Refused(text)) << text.size();
  }
  EXPECT_FALSE(Refused("\xEF\xBB\xBF{} \n"));
  EXPECT_EQ(WithoutBom("\xEF\xBB\xBF{}"), "{}");
  EXPECT_EQ(WithoutBom("{}"), "{}");
}

TEST(Json, AValueKeepsItsDocumentAlive) {
  std::optional<Value> inner;
  { inner = Good(R"({"a": {"b": "still here"}})").Find("a")->Find("b"); }
  EXPECT_EQ(inner->String(), "still here");
}

TEST(Json, NumbersKeepTheirValueAsText) {
  const Value numbers = Good("[0.1, 9007199254740993, 1e300, -0.0001, 3]");
  EXPECT_EQ(numbers.At(0).NumberText(), "0.1");
  EXPECT_EQ(numbers.At(1).NumberText(), "9007199254740993");
  EXPECT_EQ(std::stod(numbers.At(2).NumberText()), 1e300);
  EXPECT_EQ(std::stod(numbers.At(3).NumberText()), -0.0001);
  EXPECT_EQ(numbers.At(4).NumberText(), "3");
}

TEST(Json, RefusesWhatIsNotOneWholeDocument) {
  for (std::string_view text : {"", " ", "{", "[1,", "{\"a\" 1}", "[1] trailing", "[1][2]",
                                "{'a': 1}", "nul", "[1,]", "\xef\xbb\xbf", "// comment\n1"}) {
    EXPECT_TRUE(Refused(text)) << text;
  }
}

TEST(Json, RefusesNumbersThatAreNotFinite) {
  for (std::string_view text : {"NaN", "Infinity", "[1e999]", "-Infinity"})
    EXPECT_TRUE(Refused(text)) << text;
}

TEST(Json, RefusesNumbersThatNoDoubleHolds) {
  EXPECT_TRUE(Refused("0.00000000000033323333333333e-334"));
  EXPECT_TRUE(Refused("1e-9999999999"));
  EXPECT_TRUE(Refused("1e9999999999"));
  EXPECT_FALSE(Refused("0.00000000000000000000000000000"));
  EXPECT_FALSE(Refused("123456789012345678901234567890"));
}

TEST(Json, RefusesBadUtf8AndNul) {
  EXPECT_TRUE(Refused("\"\xff\""));
  EXPECT_TRUE(Refused("\"\xc0\xaf\""));
  EXPECT_TRUE(Refused("\"\\ud800\"")) << "half of a surrogate pair";
  EXPECT_TRUE(Refused("\"a\\u0000b\""));
  EXPECT_TRUE(Refused("{\"a\\u0000b\": 1}"));
  EXPECT_TRUE(Refused(std::string_view("\"a\0b\"", 5)));
}

TEST(Json, RefusesAKeyThatOccursTwice) {
  EXPECT_TRUE(Refused(R"({"a": 1, "b": 2, "a": 3})"));
  EXPECT_FALSE(Refused(R"({"a": {"a": {"a": 1}}, "b": {"a": 1}})"));
}

TEST(Json, OfAKeyThatMayRepeatTheLastThatHoldsSomethingCounts) {
  const auto a = [](std::string_view text) {
    std::string problem;
    const auto value = Parse(text, &problem, Keys::kMayRepeat);
    return value ? value->Find("a")->NumberText() : problem;
  };
  EXPECT_EQ(a(R"({"a": 1, "b": 2, "a": 3})"), "3");
  EXPECT_EQ(a(R"({"a": 1, "a": null, "a": "", "a": [], "a": {}})"), "1");
  EXPECT_EQ(a(R"({"a": [], "a": 3, "a": null})"), "3");
  std::string problem;
  EXPECT_TRUE(Parse(R"({"a": [], "a": null})", &problem, Keys::kMayRepeat)->Find("a")->IsNull());
}

TEST(Json, TakesThirtyTwoLevelsAndNoMore) {
  EXPECT_FALSE(Refused(std::string(32, '[') + std::string(32, ']')));
  EXPECT_TRUE(Refused(std::string(33, '[') + std::string(33, ']')));
  EXPECT_TRUE(Refused(std::string(1'000'000, '[')));
}

TEST(Json, WritesWhatItReads) {
  Writer writer;
  writer.StartObject()
      .Key("text")
      .String("a \"quoted\"\n\x01 ä")
      .Key("n")
      .Int(-7)
      .Key("x")
      .Double(0.25);
  writer.Key("list").StartArray().Null().EndArray().EndObject();
  const Value value = Good(writer.Take());
  EXPECT_EQ(value.Find("text")->String(), "a \"quoted\"\n\x01 ä");
  EXPECT_EQ(value.Find("n")->Number(), -7);
  EXPECT_EQ(value.Find("x")->NumberText(), "0.25");
  EXPECT_TRUE(value.Find("list")->At(0).IsNull());
}

TEST(Json, SurvivesMutatedDocuments) {
  std::mt19937 random(7);
  const std::string seed =
      R"({"title": "t", "feedback": [{"timestamp_seconds": 1.5, "message": "m\u00e4"}], "x": [[[]]]})";
  for (int round = 0; round < 20'000; round++) {
    std::string text = seed;
    for (int i = 0; i < 3; i++) text[random() % text.size()] = static_cast<char>(random());
    std::string error;
    Parse(text, &error);
  }
}

}  // namespace
}  // namespace debrief::json

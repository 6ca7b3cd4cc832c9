// answers_ssml_test.cpp: what docs/http-protocol.md says of an answer with SSML.
#include <gtest/gtest.h>

#include "bgworker/core/services/answers.h"
#include "bgworker/core/ssml/ssml.h"
#include "test/unit/services/answer_outcome.h"

namespace debrief {
namespace {

constexpr size_t kSegmentBytesMax = 5'000;

std::string Ssml(const std::string& body, size_t bytes_max = kSegmentBytesMax) {
  return Outcome(ReadSsml(body, bytes_max));
}

TEST(ReadSsml, TakesOneTo100Segments) {
  const std::string segment = R"("<speak>Hello.</speak>")";
  EXPECT_EQ(Ssml(R"({"segments":[)" + segment + "]}"), "ok");
  EXPECT_EQ(Ssml(R"({"segments":[)" + Repeated(segment, 100) + "]}"), "ok");
  EXPECT_EQ(Ssml(R"({"segments":[)" + Repeated(segment, 101) + "]}"),
            "segments has too many items");
  EXPECT_EQ(Ssml(R"({"segments":[]})"), "segments is empty");
}

TEST(ReadSsml, KeepsSegmentsThatFitUnchangedAndInOrder) {
  Step step = ReadSsml(
      R"({"segments":["<speak>One.</speak>","<speak>Two.</speak>"],"version":"v"})", 5'000);
  const auto& result = std::get<SsmlResult>(std::get<Result>(step));
  EXPECT_EQ(result.segments,
            (std::vector<std::string>{"<speak>One.</speak>", "<speak>Two.</speak>"}));
  EXPECT_EQ(result.version, "v");
}

TEST(ReadSsml, KeepsNoSegmentWithoutWords) {
  EXPECT_EQ(Ssml(R"({"segments":["<speak> </speak>"]})"), "the SSML has no words");
  EXPECT_EQ(Ssml(R"({"segments":["<speak>\u00a0</speak>","<speak><break/></speak>"]})"),
            "the SSML has no words");
  Step step = ReadSsml(R"({"segments":["<speak> </speak>","<speak>One.</speak>"]})", 5'000);
  EXPECT_EQ(std::get<SsmlResult>(std::get<Result>(step)).segments,
            std::vector<std::string>{"<speak>One.</speak>"});
}

TEST(ReadSsml, RefusesWhatIsNoListOfSegments) {
  EXPECT_NE(Ssml("<speak>Hello.</speak>"), "ok");
  EXPECT_EQ(Ssml("[]"), "it is not a JSON object");
  EXPECT_EQ(Ssml("{}"), "segments is missing");
  EXPECT_EQ(Ssml(R"({"segments":"<speak>Hello.</speak>"})"), "segments is not an array");
  EXPECT_EQ(Ssml(R"({"segments":[7]})"), "segments[0]: it is not a string");
  EXPECT_EQ(Ssml(R"({"segments":["<speak>x</speak>"],"version":7})"), "version is not a string");
}

TEST(ReadSsml, FailsAsAWholeForOneSegmentThatIsNotAllowed) {
  for (const char* bad : {"plain words", "<speak>", "<speak><audio src='x'/></speak>",
                          "<!DOCTYPE x><speak>x</speak>", "<speak onload='x'>x</speak>", ""}) {
    const std::string why =
        Ssml(R"({"segments":["<speak>Good.</speak>",")" + std::string(bad) + R"("]})");
    EXPECT_EQ(why.substr(0, 13), "segments[1]: ") << bad << ": " << why;
  }
}

TEST(ReadSsml, RefusesHalfASurrogatePair) {
  EXPECT_EQ(Ssml(R"({"segments":["<speak>x</speak>"],"version":"\udc00"})"),
            "a string holds half a surrogate pair");
}

std::string LongSegment(int sentences) {
  std::string text = "<speak>";
  for (int i = 0; i < sentences; i++) text += "This is a sentence to be spoken slowly. ";
  return "\"" + text + "</speak>\"";
}

TEST(ReadSsml, SplitsASegmentThatIsTooLongForTheNextStage) {
  Step step = ReadSsml(
      R"({"segments":["<speak>First.</speak>",)" + LongSegment(30) + R"(,"<speak>Last.</speak>"]})",
      400);
  const auto& segments = std::get<SsmlResult>(std::get<Result>(step)).segments;
  ASSERT_GT(segments.size(), 4U);
  EXPECT_EQ(segments.front(), "<speak>First.</speak>");
  EXPECT_EQ(segments.back(), "<speak>Last.</speak>");
  for (const std::string& segment : segments) {
    EXPECT_LE(segment.size(), 400U);
    EXPECT_EQ(ssml::Check(segment), "");
  }
}

TEST(ReadSsml, RefusesMoreThan100SegmentsAfterTheSplit) {
  // Each of 50 becomes about four.
  EXPECT_EQ(Ssml(R"({"segments":[)" + Repeated(LongSegment(30), 50) + "]}", 400),
            "split to what the next stage takes, the segments are too many");
}

TEST(ReadSsml, DropsNoSegmentThatCannotBeSplitEvenAfterOthersThatCould) {
  // A word inside a tag that no cut makes short enough.
  const std::string uncut =
      R"("<speak><sub alias=')" + std::string(900, 'a') + R"('>x</sub></speak>")";
  EXPECT_EQ(Ssml(R"({"segments":[)" + LongSegment(60) + "," + uncut + "]}", 400),
            "segments[1]: it cannot be split to 400 bytes");
}

}  // namespace
}  // namespace debrief

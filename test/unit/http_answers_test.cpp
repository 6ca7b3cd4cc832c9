// http_answers_test.cpp: the tables of answers in docs/http-protocol.md, rule by rule.
#include "http_answers.h"

#include <gtest/gtest.h>

namespace debrief {
namespace {

constexpr char kItem[] =
    R"({"timestamp_seconds": 1.5, "category": "Speech", "message": "Speak up.", "confidence": 0.9, "impact": 0})";

std::string Analysis(const std::string& members) {
  return R"({"title": "t", "feedback": [])" + members + "}";
}

void ExpectGood(const std::string& body) {
  const Step step = ReadAnalysis(body);
  EXPECT_TRUE(std::holds_alternative<Result>(step))
      << body << ": "
      << (std::holds_alternative<Failure>(step) ? std::get<Failure>(step).detail : "");
}
void ExpectBad(const std::string& body, const std::string& why) {
  const Step step = ReadAnalysis(body);
  ASSERT_TRUE(std::holds_alternative<Failure>(step)) << body;
  const Failure& failure = std::get<Failure>(step);
  EXPECT_EQ(failure.code, "bad_answer");
  EXPECT_EQ(failure.failure_class, FailureClass::kTransient);
  EXPECT_NE(failure.detail.find(why), std::string::npos) << failure.detail;
}

TEST(HttpAnswers, ReadsAWholeAnalysis) {
  const std::string body =
      std::string(R"({"title": "A talk", "summary": "S", "full_feedback": "F", "version": "v 1",
      "metrics": [{"key": "loudness_1", "value": -21.8, "unit": "LUFS"}, {"key": "n", "value": 3}],
      "feedback": [)") +
      kItem + R"(], "extra": {"kept": true}})";
  const Step step = ReadAnalysis(body);
  ASSERT_TRUE(std::holds_alternative<Result>(step));
  const AnalysisResult& result = std::get<AnalysisResult>(std::get<Result>(step));
  EXPECT_EQ(result.title, "A talk");
  EXPECT_EQ(result.summary, "S");
  EXPECT_EQ(result.full_feedback, "F");
  EXPECT_EQ(result.version, "v 1");
  EXPECT_EQ(result.raw_response, body);
  ASSERT_EQ(result.metrics.size(), 2U);
  EXPECT_EQ(result.metrics[0].value, "-21.8");
  EXPECT_EQ(result.metrics[1].unit, "");
  ASSERT_EQ(result.feedback.size(), 1U);
  EXPECT_EQ(result.feedback[0].timestamp_seconds, "1.5");
  EXPECT_EQ(result.feedback[0].confidence, "0.9");
  EXPECT_EQ(result.feedback[0].impact, "0");
}

TEST(HttpAnswers, OptionalMembersMayBeAbsentOrNull) {
  ExpectGood(Analysis(""));
  ExpectGood(Analysis(R"(, "summary": null, "metrics": null)"));
}

TEST(HttpAnswers, TitleAndFeedbackAreRequired) {
  ExpectBad(R"({"feedback": []})", "title is missing");
  ExpectBad(R"({"title": "t"})", "feedback is missing");
  ExpectBad(R"({"title": 7, "feedback": []})", "title is not a string");
  ExpectBad(R"({"title": "t", "feedback": {}})", "feedback is not an array");
  ExpectBad("[]", "not a JSON object");
  ExpectBad("", "");
}

TEST(HttpAnswers, LimitsAreCountedInCharacters) {
  std::string umlauts;
  for (int i = 0; i < 200; i++) umlauts += "ä";
  ExpectGood(R"({"title": ")" + umlauts + R"(", "feedback": []})");
  ExpectBad(R"({"title": ")" + umlauts + R"(x", "feedback": []})", "title is too long");
}

TEST(HttpAnswers, MetricsHaveUniqueNamesAndFiniteValues) {
  ExpectBad(Analysis(R"(, "metrics": [{"key": "a", "value": 1}, {"key": "a", "value": 2}])"),
            "occurs twice");
  ExpectBad(Analysis(R"(, "metrics": [{"key": "A b", "value": 1}])"), "not a metric's name");
  ExpectBad(Analysis(R"(, "metrics": [{"key": "", "value": 1}])"), "not a metric's name");
  ExpectBad(Analysis(R"(, "metrics": [{"key": "a", "value": "1"}])"), "value is not a number");
  ExpectBad(Analysis(R"(, "metrics": [{"key": "a", "value": 1, "unit": ")" + std::string(33, 'u') +
                     R"("}])"),
            "unit is too long");
  ExpectBad(Analysis(R"(, "metrics": [7])"), "");
}

TEST(HttpAnswers, OneBadItemSpoilsTheAnswer) {
  auto with = [](const std::string& item) {
    return R"({"title": "t", "feedback": [)" + std::string(kItem) + ", " + item + "]}";
  };
  auto item = [](const std::string& time, const std::string& category,
                 const std::string& confidence, const std::string& impact) {
    return R"({"timestamp_seconds": )" + time + R"(, "category": )" + category +
           R"(, "message": "m", "confidence": )" + confidence + R"(, "impact": )" + impact + "}";
  };
  ExpectGood(with(item("0", "\"c\"", "0", "1")));
  ExpectBad(with(item("-1", "\"c\"", "0.5", "0.5")),
            "feedback[1]: timestamp_seconds is out of range");
  ExpectBad(with(item("\"1\"", "\"c\"", "0.5", "0.5")), "timestamp_seconds is not a number");
  ExpectBad(with(item("1", "\"\"", "0.5", "0.5")), "category is empty");
  ExpectBad(with(item("1", "\"" + std::string(65, 'c') + "\"", "0.5", "0.5")),
            "category is too long");
  ExpectBad(with(item("1", "\"c\"", "1.01", "0.5")), "confidence is out of range");
  ExpectBad(with(item("1", "\"c\"", "0.5", "-0.1")), "impact is out of range");
  ExpectBad(with(R"({"timestamp_seconds": 1, "category": "c", "confidence": 1, "impact": 1})"),
            "message is missing");
  ExpectBad(with(R"({"timestamp_seconds": 1, "category": "c", "message": ")" +
                 std::string(4'001, 'm') + R"(", "confidence": 1, "impact": 1})"),
            "message is too long");
  ExpectBad(with("null"), "");
}

TEST(HttpAnswers, AThousandItemsAndNoMore) {
  auto many = [](int count) {
    std::string body = R"({"title": "t", "feedback": [)";
    for (int i = 0; i < count; i++) body += (i > 0 ? "," : "") + std::string(kItem);
    return body + "]}";
  };
  ExpectGood(many(1'000));
  ExpectBad(many(1'001), "too many items");
}

void ExpectSsml(const std::string& body, size_t bytes_max, size_t segments) {
  const Step step = ReadSsml(body, bytes_max);
  ASSERT_TRUE(std::holds_alternative<Result>(step)) << std::get<Failure>(step).detail;
  EXPECT_EQ(std::get<SsmlResult>(std::get<Result>(step)).segments.size(), segments);
}
void ExpectBadSsml(const std::string& body, const std::string& why) {
  const Step step = ReadSsml(body, 5'000);
  ASSERT_TRUE(std::holds_alternative<Failure>(step)) << body;
  EXPECT_NE(std::get<Failure>(step).detail.find(why), std::string::npos)
      << std::get<Failure>(step).detail;
}

TEST(HttpAnswers, ReadsSsmlSegments) {
  ExpectSsml(R"({"segments": ["<speak>a</speak>", "<speak>b</speak>"], "version": "v"})", 5'000, 2);
}

TEST(HttpAnswers, SplitsASegmentThatTheNextStageDoesNotTake) {
  std::string words;
  for (int i = 0; i < 60; i++) words += "Eight words are in this sentence. ";
  const Step step = ReadSsml(R"({"segments": ["<speak>)" + words + R"(</speak>"]})", 500);
  ASSERT_TRUE(std::holds_alternative<Result>(step));
  for (const std::string& segment : std::get<SsmlResult>(std::get<Result>(step)).segments)
    EXPECT_LE(segment.size(), 500U);
}

TEST(HttpAnswers, RefusesSsmlThatIsNotOnTheAllowList) {
  ExpectBadSsml(R"({"segments": ["<speak>a</speak>", "<speak><audio src='x'/></speak>"]})",
                "segments[1]");
  ExpectBadSsml(R"({"segments": []})", "empty");
  ExpectBadSsml(R"({"segments": "<speak>a</speak>"})", "not an array");
  ExpectBadSsml(R"({"segments": [7]})", "not a string");
  ExpectBadSsml(R"({})", "missing");
  std::string many = R"({"segments": [)";
  for (int i = 0; i < 101; i++) many += std::string(i > 0 ? "," : "") + "\"<speak>a</speak>\"";
  ExpectBadSsml(many + "]}", "too many");
}

}  // namespace
}  // namespace debrief

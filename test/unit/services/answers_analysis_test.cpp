// answers_analysis_test.cpp: every line of the answers' tables in docs/http-protocol.md, kept and
// broken.
#include <gtest/gtest.h>

#include "bgworker/core/services/answers.h"
#include "test/unit/services/answer_outcome.h"

namespace debrief {
namespace {

std::string Analysis(const std::string& body) { return Outcome(ReadAnalysis(body)); }

// An answer that is good but for the members given.
std::string WithMember(const std::string& members) {
  return Analysis(R"({"title":"t","feedback":[],)" + members + "}");
}

std::string Metrics(const std::string& metrics) {
  return WithMember(R"("metrics":[)" + metrics + "]");
}

std::string Item(const std::string& timestamp, const std::string& category,
                 const std::string& message, const std::string& confidence,
                 const std::string& impact) {
  return R"({"timestamp_seconds":)" + timestamp + R"(,"category":)" + category + R"(,"message":)" +
         message + R"(,"confidence":)" + confidence + R"(,"impact":)" + impact + "}";
}

std::string GoodItem() { return Item("1", R"("c")", R"("m")", "0.5", "0.5"); }

std::string Feedback(const std::string& items) {
  return Analysis(R"({"title":"t","feedback":[)" + items + "]}");
}

std::string Quoted(size_t length, const std::string& character = "x") {
  std::string text = "\"";
  for (size_t i = 0; i < length; i++) text += character;
  return text + "\"";
}

TEST(ReadAnalysis, StoresTheTextThatWasParsed) {
  const std::string body = R"({"title":"t","feedback":[]})";
  Step step = ReadAnalysis("\xEF\xBB\xBF" + body);
  ASSERT_EQ(Outcome(step), "ok");
  EXPECT_EQ(std::get<AnalysisResult>(std::get<Result>(step)).raw_response, body);
  EXPECT_EQ(Analysis(body + '\0'), "there are bytes after its end; it begins: " + body + " ");
}

TEST(ReadAnalysis, KeepsEverythingOfAGoodAnswer) {
  const std::string body =
      R"({"title": "Rehearsal", "summary": "s", "full_feedback": "f", "version": "v 1",)"
      R"( "metrics": [{"key": "integrated_loudness", "value": -21.8, "unit": "LUFS"}],)"
      R"( "feedback": [{"timestamp_seconds": 3.0, "category": "Speech", "message": "m",)"
      R"( "confidence": 0.9, "impact": 0.4}], "other": {"kept": [true, null]}})";
  Step step = ReadAnalysis(body);
  ASSERT_EQ(Outcome(step), "ok");
  const auto& result = std::get<AnalysisResult>(std::get<Result>(step));
  EXPECT_EQ(result.title, "Rehearsal");
  EXPECT_EQ(result.summary, "s");
  EXPECT_EQ(result.full_feedback, "f");
  EXPECT_EQ(result.version, "v 1");
  EXPECT_EQ(result.raw_response, body);
  ASSERT_EQ(result.metrics.size(), 1U);
  EXPECT_EQ(result.metrics[0].key, "integrated_loudness");
  EXPECT_EQ(result.metrics[0].value, "-21.8");
  EXPECT_EQ(result.metrics[0].unit, "LUFS");
  ASSERT_EQ(result.feedback.size(), 1U);
  EXPECT_EQ(std::stod(result.feedback[0].timestamp_seconds), 3);
  EXPECT_EQ(result.feedback[0].category, "Speech");
  EXPECT_EQ(result.feedback[0].message, "m");
  EXPECT_EQ(result.feedback[0].confidence, "0.9");
  EXPECT_EQ(result.feedback[0].impact, "0.4");
}

TEST(ReadAnalysis, KeepsTheOrderOfItems) {
  Step step = ReadAnalysis(R"({"title":"t","feedback":[)" + Item("9", R"("a")", R"("")", "0", "0") +
                           "," + Item("1", R"("b")", R"("")", "0", "0") + "]}");
  const auto& feedback = std::get<AnalysisResult>(std::get<Result>(step)).feedback;
  ASSERT_EQ(feedback.size(), 2U);
  EXPECT_EQ(feedback[0].category, "a");
  EXPECT_EQ(feedback[1].category, "b");
}

TEST(ReadAnalysis, RefusesWhatIsNoJsonObject) {
  for (const char* body : {"", "{", "<html>", "[]", "null", "7", "\"t\"", R"({"title":"t"} x)"}) {
    EXPECT_NE(Analysis(body), "ok") << body;
  }
  EXPECT_EQ(Analysis("[]"), "it is not a JSON object");
}

TEST(ReadAnalysis, RefusesBadUtf8NulAndDuplicateKeys) {
  EXPECT_NE(WithMember("\"x\":\"\xff\""), "ok");
  EXPECT_NE(WithMember(R"("x":"a\u0000b")"), "ok");
  EXPECT_NE(WithMember(R"("x":1,"x":2)"), "ok");
}

TEST(ReadAnalysis, RefusesMoreThan32Levels) {
  const auto nested = [](size_t levels) {
    return R"("x":)" + std::string(levels, '[') + std::string(levels, ']');
  };
  EXPECT_EQ(WithMember(nested(31)), "ok");
  EXPECT_NE(WithMember(nested(32)), "ok");
  EXPECT_NE(WithMember(nested(100'000)), "ok");
}

TEST(ReadAnalysis, RefusesWhatJsonbCouldNotHold) {
  EXPECT_EQ(WithMember(R"("x":0.)" + std::string(20'000, '1')), "a number has too many digits");
  EXPECT_NE(WithMember(R"("x":1e-20000)"), "ok");
  EXPECT_EQ(WithMember(R"("x":"\udc00")"), "a string holds half a surrogate pair");
}

TEST(ReadAnalysis, RequiresATitleOfAtMost200Characters) {
  EXPECT_EQ(Analysis(R"({"feedback":[]})"), "title is missing");
  EXPECT_EQ(Analysis(R"({"title":7,"feedback":[]})"), "title is not a string");
  EXPECT_EQ(Analysis(R"({"title":null,"feedback":[]})"), "title is missing");
  EXPECT_EQ(Analysis(R"({"title":"","feedback":[]})"), "ok");
  EXPECT_EQ(Analysis(R"({"title":)" + Quoted(200, "ö") + R"(,"feedback":[]})"), "ok");
  EXPECT_EQ(Analysis(R"({"title":)" + Quoted(201) + R"(,"feedback":[]})"), "title is too long");
}

TEST(ReadAnalysis, TakesAnAbsentOrNullSummaryFullFeedbackAndVersionForEmpty) {
  for (const char* body :
       {R"({"title":"t","feedback":[]})",
        R"({"title":"t","feedback":[],"summary":null,"full_feedback":null,"version":null})"}) {
    Step step = ReadAnalysis(body);
    ASSERT_EQ(Outcome(step), "ok");
    const auto& result = std::get<AnalysisResult>(std::get<Result>(step));
    EXPECT_EQ(result.summary + result.full_feedback + result.version, "");
  }
}

TEST(ReadAnalysis, RefusesASummaryFullFeedbackOrVersionThatIsNoString) {
  for (const std::string name : {"summary", "full_feedback", "version"}) {
    for (const char* value : {"7", "[]", "{}", "true"}) {
      EXPECT_EQ(WithMember("\"" + name + "\":" + value), name + " is not a string");
    }
  }
}

TEST(ReadAnalysis, TakesASummaryAndFullFeedbackOfAnyLength) {
  EXPECT_EQ(WithMember(R"("summary":)" + Quoted(2'000'000)), "ok");
  EXPECT_EQ(WithMember(R"("full_feedback":)" + Quoted(2'000'000)), "ok");
}

TEST(ReadAnalysis, TakesAVersionOfAtMost200Characters) {
  EXPECT_EQ(WithMember(R"("version":)" + Quoted(200)), "ok");
  EXPECT_EQ(WithMember(R"("version":)" + Quoted(201)), "version is too long");
}

TEST(ReadAnalysis, TakesMetricsOnlyAsAnArrayOfObjects) {
  EXPECT_EQ(WithMember(R"("metrics":{})"), "metrics is not an array");
  EXPECT_EQ(WithMember(R"("metrics":null)"), "ok");
  EXPECT_EQ(Metrics("7"), "metrics[0]: it is not a JSON object");
  EXPECT_EQ(Metrics(""), "ok");
}

TEST(ReadAnalysis, RefusesAMetricsKeyThatIsNoName) {
  EXPECT_EQ(Metrics(R"({"key":"a_9","value":1,"unit":""})"), "ok");
  EXPECT_EQ(Metrics(R"({"key":)" + Quoted(64) + R"(,"value":1,"unit":""})"), "ok");
  EXPECT_EQ(Metrics(R"({"key":)" + Quoted(65) + R"(,"value":1,"unit":""})"),
            "metrics[0]: key is too long");
  EXPECT_EQ(Metrics(R"({"value":1,"unit":""})"), "metrics[0]: key is missing");
  EXPECT_EQ(Metrics(R"({"key":7,"value":1,"unit":""})"), "metrics[0]: key is not a string");
  for (const char* key : {"", "A", "a-b", "a b", "ö", "a."}) {
    EXPECT_EQ(Metrics(R"({"key":")" + std::string(key) + R"(","value":1,"unit":""})"),
              "metrics[0]: key is not a metric's name");
  }
}

TEST(ReadAnalysis, RefusesAMetricThatIsThereTwice) {
  EXPECT_EQ(Metrics(R"({"key":"a","value":1,"unit":""},{"key":"a","value":1,"unit":""})"),
            "metrics[1]: key occurs twice");
}

TEST(ReadAnalysis, TakesAnyFiniteValueOfAMetric) {
  for (const char* value : {"0", "-7", "1.5", "1.7976931348623157e308", "-1.7976931348623157e308",
                            "5e-324", "9007199254740993"}) {
    EXPECT_EQ(Metrics(R"({"key":"a","value":)" + std::string(value) + R"(,"unit":""})"), "ok");
  }
  EXPECT_NE(Metrics(R"({"key":"a","value":1e309,"unit":""})"), "ok");
  EXPECT_NE(Metrics(R"({"key":"a","value":NaN,"unit":""})"), "ok");
  for (const char* value : {R"("1")", "true", "[1]"}) {
    EXPECT_EQ(Metrics(R"({"key":"a","value":)" + std::string(value) + R"(,"unit":""})"),
              "metrics[0]: value is not a number");
  }
  EXPECT_EQ(Metrics(R"({"key":"a","unit":""})"), "metrics[0]: value is missing");
}

TEST(ReadAnalysis, RefusesAUnitThatIsNoStringOf32Characters) {
  EXPECT_EQ(Metrics(R"({"key":"a","value":1,"unit":)" + Quoted(32, "µ") + "}"), "ok");
  EXPECT_EQ(Metrics(R"({"key":"a","value":1,"unit":)" + Quoted(33) + "}"),
            "metrics[0]: unit is too long");
  EXPECT_EQ(Metrics(R"({"key":"a","value":1,"unit":7})"), "metrics[0]: unit is not a string");
  EXPECT_EQ(Metrics(R"({"key":"a","value":1})"), "ok");
}

TEST(ReadAnalysis, TakesAtMost1000Metrics) {
  std::string metrics;
  for (int i = 0; i < 1'000; i++) {
    metrics +=
        (i == 0 ? "" : ",") + (R"({"key":"k)" + std::to_string(i)) + R"(","value":1,"unit":""})";
  }
  EXPECT_EQ(Metrics(metrics), "ok");
  EXPECT_EQ(Metrics(metrics + R"(,{"key":"one_more","value":1,"unit":""})"),
            "metrics has too many items");
}

TEST(ReadAnalysis, RequiresFeedbackOfAtMost1000Items) {
  EXPECT_EQ(Analysis(R"({"title":"t"})"), "feedback is missing");
  EXPECT_EQ(Analysis(R"({"title":"t","feedback":null})"), "feedback is missing");
  EXPECT_EQ(Analysis(R"({"title":"t","feedback":"none"})"), "feedback is not an array");
  EXPECT_EQ(Feedback(""), "ok");
  EXPECT_EQ(Feedback("[]"), "feedback[0]: it is not a JSON object");
  EXPECT_EQ(Feedback(Repeated(GoodItem(), 1'000)), "ok");
  EXPECT_EQ(Feedback(Repeated(GoodItem(), 1'001)), "feedback has too many items");
}

TEST(ReadAnalysis, RefusesATimestampThatIsNoNumberFromZero) {
  const auto with = [](const std::string& timestamp) {
    return Feedback(Item(timestamp, R"("c")", R"("m")", "0", "0"));
  };
  EXPECT_EQ(with("0"), "ok");
  EXPECT_EQ(with("1e12"), "ok");
  EXPECT_EQ(with("-0.001"), "feedback[0]: timestamp_seconds is out of range");
  EXPECT_EQ(with(R"("3")"), "feedback[0]: timestamp_seconds is not a number");
  EXPECT_EQ(with("null"), "feedback[0]: timestamp_seconds is missing");
}

TEST(ReadAnalysis, RefusesACategoryThatIsNoStringOf1To64Characters) {
  const auto with = [](const std::string& category) {
    return Feedback(Item("0", category, R"("m")", "0", "0"));
  };
  EXPECT_EQ(with(Quoted(1)), "ok");
  EXPECT_EQ(with(Quoted(64, "日")), "ok");
  EXPECT_EQ(with(Quoted(65)), "feedback[0]: category is too long");
  EXPECT_EQ(with(Quoted(0)), "feedback[0]: category is empty");
  EXPECT_EQ(with("7"), "feedback[0]: category is not a string");
}

TEST(ReadAnalysis, RefusesAMessageThatIsNoStringOfAtMost4000Characters) {
  const auto with = [](const std::string& message) {
    return Feedback(Item("0", R"("c")", message, "0", "0"));
  };
  EXPECT_EQ(with(Quoted(0)), "ok");
  EXPECT_EQ(with(Quoted(4, " ")), "ok");
  EXPECT_EQ(with(Quoted(4'000, "😀")), "ok");
  EXPECT_EQ(with(Quoted(4'001)), "feedback[0]: message is too long");
  EXPECT_EQ(with("null"), "feedback[0]: message is missing");
}

TEST(ReadAnalysis, RefusesAConfidenceOrImpactOutsideZeroToOne) {
  const auto with = [](const std::string& confidence, const std::string& impact) {
    return Feedback(Item("0", R"("c")", R"("m")", confidence, impact));
  };
  EXPECT_EQ(with("0", "1"), "ok");
  EXPECT_EQ(with("1", "0"), "ok");
  EXPECT_EQ(with("1.0000001", "0"), "feedback[0]: confidence is out of range");
  EXPECT_EQ(with("0", "-0.0000001"), "feedback[0]: impact is out of range");
  EXPECT_EQ(with(R"("1")", "0"), "feedback[0]: confidence is not a number");
  EXPECT_EQ(with("0", "null"), "feedback[0]: impact is missing");
}

TEST(ReadAnalysis, RefusesAnItemWithAMemberMissing) {
  for (const std::string name :
       {"timestamp_seconds", "category", "message", "confidence", "impact"}) {
    std::string item = GoodItem();
    item.replace(item.find(name), name.size(), "renamed");
    EXPECT_EQ(Feedback(item), "feedback[0]: " + name + " is missing");
  }
}

TEST(ReadAnalysis, FailsAsAWholeForOneBadItemAndNamesTheFirst) {
  const std::string bad = Item("-1", R"("c")", R"("m")", "0", "0");
  EXPECT_EQ(Feedback(GoodItem() + "," + bad + "," + GoodItem() + "," + bad),
            "feedback[1]: timestamp_seconds is out of range");
}

}  // namespace
}  // namespace debrief

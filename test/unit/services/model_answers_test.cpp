// model_answers_test.cpp: what becomes of the slips of models.
#include "bgworker/core/services/model_answers.h"

#include "bgworker/core/ssml/ssml.h"
#include "test/unit/services/provider_fixture.h"

namespace debrief {
namespace {

using namespace exchange_test;

AnalysisResult Analysis(const std::string& members) {
  return ResultOf<AnalysisResult>(
      ReadModelAnalysis(R"({"title":"t","feedback":[],)" + members + "}", {}));
}

AnalysisResult WithItems(const std::string& items) {
  return ResultOf<AnalysisResult>(
      ReadModelAnalysis(R"({"title":"t","feedback":[)" + items + "]}", {}));
}

std::string Repeat(size_t times, const std::string& text) {
  std::string repeated;
  for (size_t i = 0; i < times; i++) repeated += text;
  return repeated;
}

std::string Keys(const AnalysisResult& result) {
  std::string keys;
  for (const Metric& metric : result.metrics) keys += metric.key + "=" + metric.value + " ";
  return keys;
}

TEST(ModelAnalysis, NamesMetricsAsTheyAreNamed) {
  EXPECT_EQ(
      Keys(Analysis(R"("metrics":[{"key":"Speech rate","value":1,"unit":"w"},)"
                    R"({"key":"wordsPerMinute","value":2.50},{"key":"Filler-Words","value":3},)"
                    R"({"key":"filler_words","value":4},{"key":"WPM","value":"120 wpm"},)"
                    R"({"key":"?","value":5},{"key":"none","value":null},{"value":6}])")),
      "speech_rate=1 words_per_minute=2.5 filler_words=3 wpm=120.000000 ");
  EXPECT_EQ(Keys(Analysis(R"("metrics":{"pauses":2,"Words":9,"note":"x"})")), "pauses=2 words=9 ");
  EXPECT_EQ(Keys(Analysis(R"("metrics":"none")")), "");
  const auto cut = Analysis(R"("metrics":[{"key":")" + std::string(100, 'k') +
                            R"(","value":1,"unit":"words per minute of continuous speech"}])");
  EXPECT_EQ(cut.metrics[0].key, std::string(64, 'k'));
  EXPECT_EQ(cut.metrics[0].unit, "words per minute of continuous");
}

TEST(ModelAnalysis, TakesWhatIsUsableOfAKeyThatOccursTwice) {
  const auto result = ResultOf<AnalysisResult>(ReadModelAnalysis(
      R"({"title":"draft","title":"t","metrics":{"pauses":2},"metrics":[],)"
      R"("feedback":[{"timestamp_seconds":1,"message":"One.","message":""}],"feedback":[]})",
      {}));
  EXPECT_EQ(result.title, "t");
  EXPECT_EQ(Keys(result), "pauses=2 ");
  ASSERT_EQ(result.feedback.size(), 1U);
  EXPECT_EQ(result.feedback[0].message, "One.");
}

TEST(ModelAnalysis, CutsLongTextsAtAWord) {
  const auto result = ResultOf<AnalysisResult>(ReadModelAnalysis(
      R"({"title":")" + Repeat(60, "word ") + R"(","feedback":[)" +
          R"({"timestamp_seconds":1,"category":")" + Repeat(20, "word ") + R"(","message":")" +
          Repeat(1'000, "wörd ") + R"(","confidence":1,"impact":0}]})",
      {}));
  EXPECT_EQ(result.title, Repeat(39, "word ") + "word");
  EXPECT_EQ(result.feedback[0].category, Repeat(12, "word ") + "word");
  EXPECT_EQ(result.feedback[0].message, Repeat(799, "wörd ") + "wörd");
}

TEST(ModelAnalysis, PutsNumbersWhereTheyMayBe) {
  const auto result = WithItems(
      R"({"timestamp_seconds":-1,"category":"","message":"a","confidence":1.0000001,"impact":-0.2},)"
      R"({"timestamp_seconds":"1:02.5","message":"b","confidence":"0.25"},)"
      R"({"timestamp_seconds":3.0,"category":"c","message":"c","confidence":0.5,"impact":1})");
  ASSERT_EQ(result.feedback.size(), 3U);
  EXPECT_EQ(std::stod(result.feedback[0].timestamp_seconds), 0);
  EXPECT_EQ(std::stod(result.feedback[0].confidence), 1);
  EXPECT_EQ(std::stod(result.feedback[0].impact), 0);
  EXPECT_EQ(result.feedback[0].category, "Content");
  EXPECT_EQ(std::stod(result.feedback[1].timestamp_seconds), 62.5);
  EXPECT_EQ(std::stod(result.feedback[1].confidence), 0.25);
  EXPECT_EQ(std::stod(result.feedback[1].impact), 0.5);
  EXPECT_EQ(result.feedback[2].impact, "1");
}

TEST(ModelAnalysis, TakesEqualItemsOnceAndLeavesOutThoseWithoutWords) {
  const std::string item =
      R"({"timestamp_seconds":1,"category":"c","message":"m","confidence":1,"impact":1})";
  const std::string blank = R"({"timestamp_seconds":1,"category":"c","message":" \u00a0"})";
  EXPECT_EQ(WithItems(item + "," + item + "," + blank + "," + item + ",7").feedback.size(), 1U);
  EXPECT_EQ(WithItems("").feedback.size(), 0U);
  EXPECT_EQ(FailureOf(ReadModelAnalysis(R"({"feedback":[)" + blank + "]}", {})).code, "bad_answer");
}

TEST(ModelAnalysis, TakesTheTitleFromTheSummaryWhereItHasNone) {
  EXPECT_EQ(
      ResultOf<AnalysisResult>(ReadModelAnalysis(R"({"summary":"A good talk.","feedback":[]})", {}))
          .title,
      "A good talk.");
  EXPECT_EQ(ResultOf<AnalysisResult>(ReadModelAnalysis(R"({"feedback":[]})", {})).title,
            "Analysis");
}

TEST(ModelAnalysis, StoresTheJsonWithoutWhatStoodAround) {
  const auto result = ResultOf<AnalysisResult>(
      ReadModelAnalysis("Here:\n```json\n{\"title\":\"a\\u0000b\",\"feedback\":[],}\n```", {}));
  EXPECT_EQ(result.raw_response, R"({"title":"ab","feedback":[]})");
  EXPECT_EQ(result.title, "ab");
}

TEST(ModelAnalysis, ShowsSixtyCharactersOfWhatCame) {
  const Failure failure = FailureOf(ReadModelAnalysis(
      "I know s3cr3t, that is\nfor these reasons: ä" + Repeat(50, "ö"), "s3cr3t"));
  EXPECT_EQ(failure.code, "bad_answer");
  EXPECT_TRUE(failure.detail.ends_with("ö")) << failure.detail;
  EXPECT_EQ(failure.detail.find("s3cr3t"), std::string::npos);
  EXPECT_NE(failure.detail.find("it begins: I know "), std::string::npos);
  EXPECT_LT(failure.detail.size(), 200U);
  EXPECT_NE(FailureOf(ReadModelAnalysis("", {})).detail.find("it is empty"), std::string::npos);
}

SsmlResult Ssml(const std::string& text, std::string message = "Look up & breathe.") {
  const Job job{.stage = Stage::kSsml, .feedback = {.message = std::move(message)}};
  return ResultOf<SsmlResult>(ReadModelSsml(text, {.ssml_bytes_max = 800}, job));
}

std::string Segments(const std::string& document) {
  json::Writer writer;
  writer.StartObject().Key("segments").StartArray().String(document).EndArray().EndObject();
  return writer.Take();
}

TEST(ModelSsml, SaysWhetherItWasRepaired) {
  const SsmlResult good = Ssml(Segments("<speak>Look up &amp; breathe.</speak>"));
  EXPECT_EQ(good.segments[0], "<speak>Look up &amp; breathe.</speak>");
  EXPECT_EQ(good.version, "");
  for (const std::string& slip :
       {Segments("<speak>Look up & breathe.</speak>"),
        Segments("```xml\n<speak>Look up &amp; breathe.</speak>\n```"),
        std::string("<speak>Look up & breathe.</speak>"),
        std::string("```\n<speak><voice name='x'>Look up and breathe.</voice></speak>\n```"),
        std::string(
            R"({"segments":[{"ssml":"<speak>Look up,&nbsp;breathe.<break time='60s'/>"}]})")}) {
    const SsmlResult repaired = Ssml(slip);
    EXPECT_EQ(repaired.version, "repaired") << slip;
    ASSERT_EQ(repaired.segments.size(), 1U) << slip;
    EXPECT_EQ(ssml::Check(repaired.segments[0]), "") << slip;
  }
}

TEST(ModelSsml, IsWrittenByTheTemplateWhereItCannotBeUsed) {
  const SsmlResult other = Ssml(Segments("<speak>Buy something else today.</speak>"));
  EXPECT_EQ(other.version, "template 1: it says other words");
  EXPECT_NE(other.segments[0].find("<s>Look up &amp; breathe.</s>"), std::string::npos);
  EXPECT_EQ(Ssml(Segments("<!DOCTYPE a><speak>Look up &amp; breathe.</speak>")).version,
            "template 1: it has a DOCTYPE");
}

TEST(ModelSsml, FailsWithoutAnyWordsOrAnySsml) {
  for (const char* nothing :
       {R"({"segments":["<speak> </speak>"]})", "I cannot.", "", "[]", R"({"segments":[]})",
        R"({"segments":["<speak><break/></speak>"]})"}) {
    const Job job{.stage = Stage::kSsml, .feedback = {.message = "Look up."}};
    EXPECT_EQ(FailureOf(ReadModelSsml(nothing, {.ssml_bytes_max = 800}, job)).code, "bad_answer")
        << nothing;
  }
}

TEST(ModelAnswers, NameTheModelBesideWhatWasDone) {
  const Job job{.stage = Stage::kSsml, .feedback = {.message = "Look up."}};
  const auto version = [&](const std::string& document) {
    return ResultOf<SsmlResult>(ReadModelAnswer({.ssml_bytes_max = 800}, {.job = &job},
                                                {.text = Segments(document), .model = "m-1"}))
        .version;
  };
  EXPECT_EQ(version("<speak>Look up.</speak>"), "m-1");
  EXPECT_EQ(version("<speak>Look up."), "m-1, repaired");
  EXPECT_EQ(version("<speak>Hello there.</speak>"), "m-1, template 1: it says other words");
}

}  // namespace
}  // namespace debrief

// fake_test.cpp: what is made up, and the faults that are asked for.
#include "bgworker/core/services/kinds.h"

#include "bgworker/core/audio/audio.h"
#include "bgworker/core/ssml/ssml.h"
#include "test/unit/services/provider_fixture.h"

namespace debrief {
namespace {

using namespace exchange_test;
using Options = std::map<std::string, std::string, std::less<>>;

Job AnalysisJob(std::string filename = "talk.mp4", std::optional<double> seconds = {}) {
  return {.stage = Stage::kAnalysis,
          .recording = {.storage_path = "somebody/" + filename,
                        .filename = std::move(filename),
                        .duration_seconds = seconds}};
}
Job SsmlJob(std::string message) {
  return {.stage = Stage::kSsml, .feedback = {.message = std::move(message)}};
}
Step Start(const Job& job, Options options = {}, bool has_waited = false) {
  const ServerConfig server{.kind = "fake", .timeout_ms = 1'000, .options = std::move(options)};
  return FindProvider("fake")->Start(server, {.job = &job, .has_waited = has_waited});
}
std::string Say(const std::string& words) {
  const Job job{.stage = Stage::kAudio};
  const std::string speech = ssml::FromText(words, "en-US");
  return ResultOf<AudioResult>(FindProvider("fake")->Start({}, {.job = &job, .speech = speech}))
      .bytes;
}

TEST(Fake, AnalysesWithoutARecordingAndAlwaysAlike) {
  EXPECT_FALSE(FindProvider("fake")->NeedsVideo({}));
  const auto once = ResultOf<AnalysisResult>(Start(AnalysisJob()));
  const auto again = ResultOf<AnalysisResult>(Start(AnalysisJob()));
  EXPECT_EQ(once.raw_response, again.raw_response);
  EXPECT_EQ(once.version, "fake 1");
  ASSERT_EQ(once.feedback.size(), 3U);
  EXPECT_EQ(once.feedback[0].timestamp_seconds, "5");
  EXPECT_NE(once.raw_response,
            ResultOf<AnalysisResult>(Start(AnalysisJob("other.mp4"))).raw_response);
}

TEST(Fake, GoesByTheFilesNameAndNotByItsPlace) {
  Job unnamed = AnalysisJob();
  unnamed.recording.filename.clear();
  EXPECT_EQ(ResultOf<AnalysisResult>(Start(unnamed)).raw_response,
            ResultOf<AnalysisResult>(Start(AnalysisJob())).raw_response);
}

TEST(Fake, SpreadsItsFindingsOverTheRecording) {
  const auto result = ResultOf<AnalysisResult>(Start(AnalysisJob("talk.mp4", 40)));
  EXPECT_EQ(result.feedback[0].timestamp_seconds, "10");
  EXPECT_EQ(result.feedback[2].timestamp_seconds, "30");
}

TEST(Fake, WritesTheMessageAsSsml) {
  const auto result = ResultOf<SsmlResult>(Start(SsmlJob("Look up. Smile.")));
  ASSERT_EQ(result.segments.size(), 1U);
  EXPECT_EQ(ssml::ToText(result.segments[0]), "Look up. Smile.");
}

TEST(Fake, SoundsLastAsLongAsTheirWordsAndAreAlwaysAlike) {
  std::string error;
  const auto info = audio::Inspect(Say("One two, three."), &error);
  ASSERT_TRUE(info) << error;
  EXPECT_EQ(info->format, "wav");
  EXPECT_EQ(info->duration_ms, 900);
  EXPECT_EQ(audio::Inspect(Say("!"), &error)->duration_ms, 300);
  EXPECT_EQ(Say("One two, three."), Say("One two, three."));
  EXPECT_NE(Say("One two, three."), Say("One two, four."));
}

TEST(Fake, FailsForTheWordsThatItsOptionsName) {
  EXPECT_EQ(FailureOf(Start(SsmlJob("It goes boom."), {{"fail_words", "boom"}})).code, "blocked");
  ResultOf<SsmlResult>(Start(SsmlJob("It does not."), {{"fail_words", "boom"}}));
  const Failure failure = FailureOf(
      Start(AnalysisJob("boom.mp4"), {{"fail_words", "boom"}, {"fail_code", "unavailable"}}));
  EXPECT_EQ(failure.code, "unavailable");
  EXPECT_EQ(failure.failure_class, FailureClass::kOutage);
}

TEST(Fake, FailsAsOftenAsItsOptionsSayAndAlwaysForTheSameAttempts) {
  const auto failures = [](const std::string& rate) {
    std::string found;
    for (int i = 0; i < 400; i++) {
      const Step step = Start(SsmlJob("Message " + std::to_string(i)), {{"fail_rate", rate}});
      found.push_back(std::holds_alternative<Failure>(step) ? 'f' : '.');
    }
    return found;
  };
  const std::string some = failures("0.25");
  EXPECT_EQ(some, failures("0.25"));
  EXPECT_NEAR(static_cast<double>(std::count(some.begin(), some.end(), 'f')), 100, 30);
  EXPECT_EQ(failures("0"), std::string(400, '.'));
  EXPECT_EQ(failures("1"), std::string(400, 'f'));
}

TEST(Fake, AnotherAttemptMaySucceed) {
  Job job = SsmlJob("Again.");
  bool failed = false, succeeded = false;
  for (job.attempt = 1; job.attempt <= 20; job.attempt++) {
    const Step step = Start(job, {{"fail_rate", "0.5"}});
    (std::holds_alternative<Failure>(step) ? failed : succeeded) = true;
  }
  EXPECT_TRUE(failed && succeeded);
}

TEST(Fake, AnswersAfterItsDelayOrTimesOut) {
  const Options slow = {{"delay_ms", "400"}}, too_slow = {{"delay_ms", "5000"}};
  EXPECT_EQ(std::get<Wait>(Start(SsmlJob("Wait."), slow)).delay_ms, 400);
  ResultOf<SsmlResult>(Start(SsmlJob("Wait."), slow, true));
  EXPECT_EQ(std::get<Wait>(Start(SsmlJob("Wait."), too_slow)).delay_ms, 1'000);
  EXPECT_EQ(FailureOf(Start(SsmlJob("Wait."), too_slow, true)).code, "timeout");
}

TEST(Fake, RefusesACodeThatNoProviderHas) {
  const ServerConfig server{.options = {{"fail_code", "blokced"}}};
  EXPECT_EQ(FailureOf(Start(SsmlJob("Hm."), server.options)).code, "not_configured");
  const ProbeStep step = FindProvider("fake")->Probe(server, {});
  EXPECT_EQ(std::get<Failure>(step).detail,
            "option fail_code: \"blokced\" is no code of a provider's failure");
}

}  // namespace
}  // namespace debrief

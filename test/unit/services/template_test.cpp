// template_test.cpp: SSML that is made here.
#include "bgworker/core/services/kinds.h"

#include <gtest/gtest.h>

#include "bgworker/core/services/object_store.h"
#include "bgworker/core/ssml/ssml.h"

namespace debrief {
namespace {

Job JobWith(const std::string& message, const std::string& language = "de-DE") {
  return {.stage = Stage::kSsml,
          .id = 7,
          .voice = {.language = language, .provider_voice = "", .instruction = "ignored"},
          .feedback = {.message = message, .category = "Posture", .timestamp_seconds = 3}};
}

Step StartWith(const Job& job, int64_t ssml_bytes_max = 5'000) {
  return FindProvider("template")
      ->Start({.kind = "template", .ssml_bytes_max = ssml_bytes_max}, {.job = &job});
}

std::vector<std::string> SegmentsOf(const Step& step) {
  return std::get<SsmlResult>(std::get<Result>(step)).segments;
}

std::string SpokenBy(const std::vector<std::string>& segments) {
  std::string spoken;
  for (const std::string& segment : segments) {
    spoken += (spoken.empty() ? "" : " ") + ssml::ToText(segment);
  }
  return spoken;
}

TEST(TemplateProvider, WritesOneDocumentInTheVoicesLanguageWithoutARequest) {
  const Step step = StartWith(JobWith("Look up. Smile."));
  const std::vector<std::string> segments = SegmentsOf(step);
  ASSERT_EQ(segments.size(), 1U);
  EXPECT_EQ(ssml::Check(segments[0]), "");
  EXPECT_NE(segments[0].find("xml:lang=\"de-DE\""), std::string::npos);
  EXPECT_NE(segments[0].find("<s>Look up.</s><s>Smile.</s>"), std::string::npos);
  EXPECT_FALSE(std::get<SsmlResult>(std::get<Result>(step)).version.empty());
}

TEST(TemplateProvider, SpeaksTheMessageAndNothingElse) {
  EXPECT_EQ(SpokenBy(SegmentsOf(StartWith(JobWith("Look up. Smile.")))), "Look up. Smile.");
}

TEST(TemplateProvider, WritesEnglishWhenTheVoiceHasNoLanguage) {
  EXPECT_NE(SegmentsOf(StartWith(JobWith("Hello.", "")))[0].find("xml:lang=\"en-US\""),
            std::string::npos);
}

TEST(TemplateProvider, SpeaksMarkupInAMessageAsWords) {
  const std::string message = "<audio src=\"x\"/> & <speak>]]>";
  const std::vector<std::string> segments = SegmentsOf(StartWith(JobWith(message)));
  EXPECT_EQ(ssml::Check(segments[0]), "");
  EXPECT_EQ(SpokenBy(segments), message);
}

TEST(TemplateProvider, SplitsALongMessageToWhatTheNextStageTakes) {
  std::string message;
  for (int i = 0; i < 90; i++)
    message += (i == 0 ? "" : " ") + ("Sentence number " + std::to_string(i)) + ".";
  const std::vector<std::string> segments = SegmentsOf(StartWith(JobWith(message), 300));
  EXPECT_GT(segments.size(), 1U);
  for (const std::string& segment : segments) EXPECT_LE(segment.size(), 300U);
  EXPECT_EQ(SpokenBy(segments), message);
}

TEST(TemplateProvider, SaysThatAMessageIsTooLongWhenItCannotBeSplit) {
  std::string message;
  for (int i = 0; i < 30'000; i++) message += "word ";
  const Step step = StartWith(JobWith(message), 200);
  EXPECT_EQ(std::get<Failure>(step).failure_class, FailureClass::kTooLarge);
  EXPECT_EQ(std::get<Failure>(step).code, "too_large");
}

TEST(TemplateProvider, AsksForNoAnswer) {
  const Job job = JobWith("Hello.");
  const Step step = FindProvider("template")->Next({}, {.job = &job}, {});
  EXPECT_EQ(std::get<Failure>(step).failure_class, FailureClass::kConfig);
}

TEST(TemplateProvider, WorksWithoutARequest) {
  EXPECT_TRUE(std::holds_alternative<Works>(FindProvider("template")->Probe({}, {})));
  EXPECT_EQ(FindProvider("template")->ReadProbe({}, {})->code, "stage_not_served");
}

}  // namespace
}  // namespace debrief

#include "bgworker/core/attempt/stage_config.h"

#include <gtest/gtest.h>

#include <string>

#include "bgworker/core/services/kinds.h"

namespace debrief {
namespace {

bool CallsAreCounted(const std::string& options) {
  return ParseStageConfig(
             {.stage = "audio", .server = "voice", .kind = "openai", .options = options})
      .limits.AreCounted();
}

TEST(StageConfig, CallsAreCountedWhereTheServerHasALimitOrABudget) {
  EXPECT_FALSE(CallsAreCounted("{}"));
  EXPECT_FALSE(CallsAreCounted(R"({"max_in_flight": "2", "price_per_audio_minute": "0.04"})"));
  for (const char* name : {"calls_per_minute", "calls_per_day", "tokens_per_day",
                           "characters_per_day", "cost_per_day"}) {
    EXPECT_TRUE(CallsAreCounted("{\"" + std::string(name) + "\": \"20\"}")) << name;
  }
  EXPECT_TRUE(CallsAreCounted(R"({"cost_per_day": "0.5"})"));
}

TEST(StageConfig, AReceiverIsCalledAtItsAddressAsItIsWritten) {
  constexpr char kUrl[] = "https://app.example.com/hook/";
  ServerConfig receiver =
      ParseServer("hook", "webhook", "{\"base_url\": \"" + std::string(kUrl) + "\"}");
  receiver.key = "secret";
  const Job job{.stage = Stage::kDeliver};
  const Provider& webhook = *FindProvider("webhook");
  EXPECT_EQ(std::get<Request>(webhook.Start(receiver, {.job = &job})).url, kUrl);
  EXPECT_EQ(std::get<Request>(webhook.Probe(receiver, {})).url, kUrl);
}

std::string ProblemOf(const std::string& stage, const std::string& kind,
                      const std::string& options = "{}") {
  return FindProblem(
             ParseStageConfig({.stage = stage, .server = "s", .kind = kind, .options = options}))
      .message;
}

TEST(StageConfig, OnlyWhatReadsRecordingsOrWritesSoundsNeedsAStore) {
  EXPECT_EQ(ProblemOf("analysis", "http"), "stage \"analysis\" has no store");
  EXPECT_EQ(ProblemOf("analysis", "openai", R"({"video_input": "video_url"})"),
            "stage \"analysis\" has no store");
  EXPECT_EQ(ProblemOf("analysis", "openai"), "");
  EXPECT_EQ(ProblemOf("analysis", "fake"), "");
  EXPECT_EQ(ProblemOf("ssml", "fake"), "");
  EXPECT_EQ(ProblemOf("audio", "fake"), "stage \"audio\" has no store");
}

// DROP SERVER and CREATE SERVER under the same name pass by the trigger of debrief.stages.
TEST(StageConfig, AServerThatCannotServeItsStageIsNeverAsked) {
  EXPECT_EQ(ProblemOf("deliver", "openai"),
            "server \"s\" of kind \"openai\" cannot serve stage \"deliver\"");
  EXPECT_EQ(ProblemOf("ssml", "webhook"),
            "server \"s\" of kind \"webhook\" cannot serve stage \"ssml\"");
  EXPECT_EQ(ProblemOf("deliver", "webhook"), "");
}

}  // namespace
}  // namespace debrief

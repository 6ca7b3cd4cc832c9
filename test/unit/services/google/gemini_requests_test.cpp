// gemini_requests_test.cpp: what depends on the model, the voice and the last answer.
#include "bgworker/core/services/google/gemini_requests.h"

#include "test/unit/services/provider_fixture.h"

namespace debrief {
namespace {

using namespace exchange_test;
using Options = std::map<std::string, std::string, std::less<>>;

ServerConfig Server(Options options) {
  options.insert({{"ssml_model", "gemini-3.8-flash"}, {"speech_model", "tts"}});
  return {.base_url = "https://g.example", .options = std::move(options)};
}

json::Value Config(Options options, const Job& job) {
  return *Parsed(gemini::WriteSsml(Server(std::move(options)), {.job = &job}).body)
              .Find("generationConfig");
}

TEST(GeminiRequests, TellHowMuchToThinkAsTheModelUnderstandsIt) {
  const Job job{.stage = Stage::kSsml};
  EXPECT_EQ(Config({{"thinking_level", "low"}}, job)
                .Find("thinkingConfig")
                ->Find("thinkingLevel")
                ->String(),
            "LOW");
  const json::Value older =
      *Config({{"thinking_level", "low"}, {"ssml_model", "gemini-2.5-flash"}}, job)
           .Find("thinkingConfig");
  EXPECT_EQ(older.Find("thinkingBudget")->Number(), 2'048);
  EXPECT_FALSE(older.Find("thinkingLevel"));
}

TEST(GeminiRequests, GiveMoreRoomAfterAnAnswerThatWasCut) {
  Job job{.stage = Stage::kSsml};
  EXPECT_EQ(Config({{"output_tokens_max", "500"}}, job).Find("maxOutputTokens")->Number(), 500);
  job.last_answer.was_cut = true;
  EXPECT_FALSE(Config({{"output_tokens_max", "500"}}, job).Find("maxOutputTokens"));
}

TEST(GeminiRequests, TellPrebuiltVoicesFromOthers) {
  const auto voice = [](std::string name) {
    const Job job{.stage = Stage::kAudio, .voice = {.provider_voice = std::move(name)}};
    auto request = gemini::Speak(Server({}), {.job = &job, .speech = "Hello."});
    return *Parsed(std::get<Request>(request).body)
                .Find("generationConfig")
                ->Find("speechConfig")
                ->Find("voiceConfig");
  };
  EXPECT_EQ(voice("Kore").Find("prebuiltVoiceConfig")->Find("voiceName")->String(), "Kore");
  for (const char* name : {"voices/1234", "voice-abc", "42"}) {
    EXPECT_EQ(voice(name).Find("voice")->String(), name);
    EXPECT_FALSE(voice(name).Find("prebuiltVoiceConfig"));
  }
}

}  // namespace
}  // namespace debrief

// tts_test.cpp: requests and answers of Google Cloud Text-to-Speech.
#include "bgworker/core/services/kinds.h"

#include "bgworker/core/text/base64.h"
#include "test/unit/services/provider_fixture.h"

namespace debrief {
namespace {

using namespace exchange_test;
using Options = std::map<std::string, std::string, std::less<>>;

ServerConfig Server(Options options = {}) {
  return {.base_url = "https://tts.example", .key = "s3cr3t", .options = std::move(options)};
}

Step Start(const ServerConfig& server, std::string voice = "", std::string language = "") {
  const Job job = {.stage = Stage::kAudio,
                   .voice = {.language = std::move(language), .provider_voice = std::move(voice)}};
  return FindProvider("google_tts")->Start(server, {.job = &job, .speech = "<speak>Hi.</speak>"});
}
Step Next(Response response) {
  const Job job = {.stage = Stage::kAudio};
  return FindProvider("google_tts")
      ->Next(Server(), {.job = &job, .speech = "<speak>Hi.</speak>"}, std::move(response));
}

TEST(GoogleTts, SendsSsmlWithTheLanguageOfTheVoice) {
  const Request request = RequestOf(Start(Server(), "de-DE-Neural2-B", "en-US"));
  EXPECT_EQ(request.url, "https://tts.example/v1/text:synthesize");
  EXPECT_EQ(HeaderOf(request, "x-goog-api-key"), "s3cr3t");
  EXPECT_EQ(
      request.body,
      R"({"input":{"ssml":"<speak>Hi.</speak>"},"voice":{"languageCode":"de-DE","name":"de-DE-Neural2-B"},)"
      R"("audioConfig":{"audioEncoding":"MP3"}})");
  ExpectSecretOnlyInHeaders(request, "s3cr3t");
}

TEST(GoogleTts, KnowsALanguageWithoutAVoice) {
  const auto language = [](std::string voice, std::string of_the_job) {
    const Request request = RequestOf(Start(Server(), std::move(voice), std::move(of_the_job)));
    return std::string(Parsed(request.body).Find("voice")->Find("languageCode")->String());
  };
  EXPECT_EQ(language("", "fr-FR"), "fr-FR");
  EXPECT_EQ(language("", ""), "en-US");
  EXPECT_EQ(language("Kore", "fr-FR"), "fr-FR");
  EXPECT_EQ(language("cmn-CN-Wavenet-A", ""), "cmn-CN");
}

TEST(GoogleTts, SendsTheSettingsThatAreSet) {
  const Request request = RequestOf(Start(Server({{"encoding", "LINEAR16"},
                                                  {"speaking_rate", "0.9"},
                                                  {"pitch", "-2"},
                                                  {"volume_gain_db", "1"},
                                                  {"sample_rate_hertz", "24000"},
                                                  {"effects_profile", "headphone-class-device"},
                                                  {"input", "text"},
                                                  {"voice", "en-US-Chirp3-HD-Kore"}})));
  const json::Value body = Parsed(request.body);
  EXPECT_TRUE(body.Find("input")->Find("text"));
  EXPECT_EQ(body.Find("voice")->Find("name")->String(), "en-US-Chirp3-HD-Kore");
  const json::Value config = *body.Find("audioConfig");
  EXPECT_EQ(config.Find("audioEncoding")->String(), "LINEAR16");
  EXPECT_EQ(config.Find("speakingRate")->Number(), 0.9);
  EXPECT_EQ(config.Find("pitch")->Number(), -2);
  EXPECT_EQ(config.Find("volumeGainDb")->Number(), 1);
  EXPECT_EQ(config.Find("sampleRateHertz")->Number(), 24000);
  EXPECT_EQ(config.Find("effectsProfileId")->At(0).String(), "headphone-class-device");
}

TEST(GoogleTts, DecodesTheSoundAndCountsTheCharacters) {
  const auto result = ResultOf<AudioResult>(
      Next(Answer(200, R"({"audioContent":")" + base64::Encode("sound") + "\"}")));
  EXPECT_EQ(result.bytes, "sound");
  EXPECT_EQ(result.usage.characters, 18);
}

TEST(GoogleTts, ReadsAnAnswerWithAByteOrderMarkAndNoneThatGoesOnBehindItsEnd) {
  const std::string good = R"({"audioContent":")" + base64::Encode("sound") + "\"}";
  EXPECT_EQ(ResultOf<AudioResult>(Next(Answer(200, "\xef\xbb\xbf" + good + "\r\n"))).bytes,
            "sound");
  for (const std::string& tail :
       {std::string("\0", 1), std::string("\0more", 5), std::string("}")}) {
    EXPECT_EQ(FailureOf(Next(Answer(200, good + tail))).code, "bad_answer");
  }
}

TEST(GoogleTts, TriesAgainWhenTheAnswerHoldsNoSound) {
  for (const char* body : {"", "[]", "{}", R"({"audioContent":5})", R"({"audioContent":""})",
                           R"({"audioContent":"!!!!"})", R"({"audioContent":"Zg"})"}) {
    EXPECT_EQ(FailureOf(Next(Answer(200, body))).failure_class, FailureClass::kTransient) << body;
  }
}

TEST(GoogleTts, TakesSsmlOrWordsWithinItsLimit) {
  EXPECT_EQ(FindProvider("google_tts")->Limits(Server()).input_max, 4'750);
  EXPECT_EQ(FindProvider("google_tts")->Limits(Server()).form, SpeechLimits::Form::kSsml);
  EXPECT_EQ(FindProvider("google_tts")->Limits(Server({{"input", "text"}})).form,
            SpeechLimits::Form::kText);
}

TEST(GoogleTts, ProbesTheListOfVoices) {
  const auto probe = FindProvider("google_tts")->Probe(Server(), {.access_token = "ya29"});
  EXPECT_EQ(std::get<Request>(probe).url, "https://tts.example/v1/voices?languageCode=en-US");
  EXPECT_EQ(HeaderOf(std::get<Request>(probe), "Authorization"), "Bearer ya29");
}

TEST(GoogleTts, TakesTheListOfVoicesForWellAndAnErrorForWhatItSays) {
  EXPECT_EQ(FindProvider("google_tts")->ReadProbe(Server(), Answer(200, R"({"voices":[]})")),
            std::nullopt);
  EXPECT_EQ(FindProvider("google_tts")->ReadProbe(Server(), Answer(403, "{}"))->failure_class,
            FailureClass::kAuth);
}

}  // namespace
}  // namespace debrief

// elevenlabs_test.cpp: requests, formats and errors of ElevenLabs.
#include "bgworker/core/services/kinds.h"

#include "bgworker/core/audio/audio.h"
#include "test/unit/services/provider_fixture.h"

namespace debrief {
namespace {

using namespace exchange_test;
using Options = std::map<std::string, std::string, std::less<>>;

ServerConfig Server(Options options = {}) {
  options.insert({{"model", "eleven_multilingual_v2"}, {"voice", "21m00Tcm4TlvDq8ikWAM"}});
  return {.base_url = "https://eleven.example", .key = "s3cr3t", .options = std::move(options)};
}

Job AudioJob(std::string voice = "") {
  return {.stage = Stage::kAudio, .voice = {.provider_voice = std::move(voice)}};
}

Step Start(const ServerConfig& server, const Job& job = AudioJob()) {
  return FindProvider("elevenlabs")->Start(server, {.job = &job, .speech = "Hello."});
}
Step Next(Response response, const ServerConfig& server = Server()) {
  const Job job = AudioJob();
  return FindProvider("elevenlabs")
      ->Next(server, {.job = &job, .speech = "H\xc3\xa4llo."}, std::move(response));
}

TEST(ElevenLabs, AsksForTheVoiceAndTheFormat) {
  const Request request = RequestOf(Start(Server()));
  EXPECT_EQ(
      request.url,
      "https://eleven.example/v1/text-to-speech/21m00Tcm4TlvDq8ikWAM?output_format=mp3_44100_128");
  EXPECT_EQ(HeaderOf(request, "xi-api-key"), "s3cr3t");
  EXPECT_EQ(request.body, R"({"text":"Hello.","model_id":"eleven_multilingual_v2"})");
  ExpectSecretOnlyInHeaders(request, "s3cr3t");
}

TEST(ElevenLabs, SendsTheSettingsThatAreSet) {
  const Request request = RequestOf(Start(Server(
      {{"stability", "0.5"}, {"use_speaker_boost", "true"}, {"speed", "1.1"}, {"seed", "7"}})));
  EXPECT_EQ(
      request.body,
      R"({"text":"Hello.","model_id":"eleven_multilingual_v2","voice_settings":{"stability":0.5,)"
      R"("use_speaker_boost":true,"speed":1.1},"seed":7})");
}

TEST(ElevenLabs, PrefersTheVoiceOfTheJob) {
  EXPECT_NE(RequestOf(Start(Server(), AudioJob("abc123"))).url.find("/abc123?"), std::string::npos);
}

TEST(ElevenLabs, LetsNoVoiceChangeTheAddress) {
  for (const char* voice : {"../x", "a b", "a?b", "a/b", "a%2f"}) {
    EXPECT_EQ(FailureOf(Start(Server(), AudioJob(voice))).code, "voice_not_found") << voice;
  }
}

TEST(ElevenLabs, SaysWhatIsNotConfigured) {
  ServerConfig voiceless = Server();
  voiceless.options.erase("voice");
  EXPECT_EQ(FailureOf(Start(voiceless)).code, "not_configured");
  ServerConfig modelless = Server();
  modelless.options.erase("model");
  EXPECT_EQ(FailureOf(Start(modelless)).code, "not_configured");
}

TEST(ElevenLabs, OrdersOnlyFormatsThatCanBeRead) {
  for (const char* format : {"ulaw_8000", "opus_48000_32", "pcm_", "pcm_x", "pcm_-1", "pcm_24000x",
                             "pcm_99999999999", "mp3_1&a=b", "mp3_1#", "wav_/", "mp3"}) {
    EXPECT_EQ(FailureOf(Start(Server({{"output_format", format}}))).code, "not_configured")
        << format;
  }
  for (const char* format : {"mp3_22050_32", "wav_24000", "pcm_8000", "pcm_48000"}) {
    EXPECT_TRUE(RequestOf(Start(Server({{"output_format", format}})))
                    .url.ends_with("?output_format=" + std::string(format)));
  }
}

TEST(ElevenLabs, ReadsHostileErrorsWithoutTrustingThem) {
  const std::string deep(100'000, '[');
  for (const std::string& body :
       {std::string("{"), std::string("[]"), std::string(R"({"detail":[]})"),
        std::string(R"({"detail":[5]})"), std::string(R"({"detail":{"status":5,"message":{}}})"),
        std::string(R"({"detail":null})"), R"({"detail":)" + deep, std::string("\xff\xfe"),
        R"({"detail":{"status":"quota_exceeded","message":")" + std::string(100'000, 'x') +
            "\"}}"}) {
    EXPECT_EQ(FailureOf(Next(Answer(500, body))).code, "internal") << body.substr(0, 40);
  }
}

TEST(ElevenLabs, QuotesNoKey) {
  const Failure failure = FailureOf(
      Next(Answer(401, R"({"detail":{"status":"invalid_api_key","message":"s3cr3t is wrong"}})")));
  EXPECT_EQ(failure.detail.find("s3cr3t"), std::string::npos);
  EXPECT_NE(failure.detail.find("is wrong"), std::string::npos);
}

TEST(ElevenLabs, TakesSoundsAsTheyAreAndPcmUnderAHeader) {
  EXPECT_EQ(ResultOf<AudioResult>(Next(Answer(200, "ID3"))).bytes, "ID3");
  const std::string samples(16'000, '\1');
  const auto pcm =
      ResultOf<AudioResult>(Next(Answer(200, samples), Server({{"output_format", "pcm_16000"}})));
  EXPECT_EQ(pcm.bytes, audio::WavFromPcm16(samples, 16'000, 1));
  EXPECT_EQ(pcm.usage.characters, 6) << "characters, not bytes";
  EXPECT_EQ(FailureOf(Next(Answer(200, ""))).code, "bad_answer");
}

TEST(ElevenLabs, TellsErrorsApartByTheirStatusWord) {
  struct Line {
    int status;
    const char* body;
    const char* code;
  };
  const Line lines[] = {
      {400, R"({"detail":{"status":"max_character_limit_exceeded","message":"m"}})", "too_large"},
      {401, R"({"detail":{"status":"invalid_api_key","message":"m"}})", "unauthorized"},
      {401, R"({"detail":{"status":"quota_exceeded","message":"m"}})", "quota_exhausted"},
      {401, "", "unauthorized"},
      {402, "", "quota_exhausted"},
      {404, R"({"detail":{"status":"voice_not_found","message":"m"}})", "voice_not_found"},
      {400, R"({"detail":{"status":"model_not_found","message":"m"}})", "model_not_found"},
      {422, R"({"detail":[{"loc":["body"],"msg":"field required"}]})", "unsupported_media"},
      {429, R"({"detail":{"status":"too_many_concurrent_requests","message":"m"}})",
       "rate_limited"},
      {429, R"({"detail":{"status":"system_busy","message":"m"}})", "unavailable"},
      {429, R"({"detail":"words"})", "rate_limited"},
      {500, "<html>", "internal"}};
  for (const Line& line : lines) {
    EXPECT_EQ(FailureOf(Next(Answer(line.status, line.body))).code, line.code)
        << line.status << line.body;
  }
}

TEST(ElevenLabs, TakesTheCodeOfNewerErrorsBeforeTheirStatusWord) {
  const auto failure = [](int status, std::string_view code, std::string_view word,
                          std::string_view message) {
    return FailureOf(Next(Answer(status, R"({"detail":{"type":"x","code":")" + std::string(code) +
                                             R"(","status":")" + std::string(word) +
                                             R"(","message":")" + std::string(message) + "\"}}")));
  };
  EXPECT_EQ(failure(402, "insufficient_credits", "payment_required", "m").code, "quota_exhausted");
  EXPECT_EQ(failure(400, "text_too_long", "bad_request", "m").code, "too_large");
  EXPECT_EQ(failure(404, "voice_not_found", "not_found", "m").code, "voice_not_found");
  EXPECT_EQ(failure(400, "", "invalid_uid", "An invalid ID has been received").code,
            "voice_not_found");
}

// One row's voice would keep those that the plan may use waiting for hours.
TEST(ElevenLabs, StopsNoOtherVoiceForOneThatThePlanMayNotUse) {
  const auto code = [](std::string_view message) {
    return FailureOf(Next(Answer(
                         402, R"({"detail":{"type":"payment_required","code":"paid_plan_required",)"
                              R"("status":"payment_required","message":")" +
                                  std::string(message) + "\"}}")))
        .code;
  };
  EXPECT_EQ(code("Free users cannot use library voices via the API."), "voice_not_found");
  EXPECT_EQ(code("This output format needs a plan."), "not_configured");
}

TEST(ElevenLabs, LaysAtNoRowWhatTheOptionsPutIntoTheRequest) {
  const auto code = [](std::string_view place) {
    return FailureOf(Next(Answer(422, R"({"detail":[{"loc":)" + std::string(place) +
                                          R"(,"msg":"m","type":"enum"}]})")))
        .code;
  };
  EXPECT_EQ(code(R"(["query","output_format"])"), "not_configured");
  EXPECT_EQ(code(R"(["body","voice_settings","stability"])"), "not_configured");
  EXPECT_EQ(code(R"(["body","text"])"), "unsupported_media");
  for (const char* place : {"[]", "5", R"(["body"])", R"(["body",0])"}) {
    EXPECT_EQ(code(place), "unsupported_media") << place;
  }
}

TEST(ElevenLabs, SpeaksToEachModelInItsWay) {
  const Provider& eleven = *FindProvider("elevenlabs");
  EXPECT_EQ(eleven.Limits(Server()).form, SpeechLimits::Form::kTextWithBreaks);
  EXPECT_EQ(eleven.Limits(Server()).break_ms_max, 3'000);
  ServerConfig third = Server();
  third.options["model"] = "eleven_v3";
  EXPECT_EQ(eleven.Limits(third).form, SpeechLimits::Form::kTextWithPauses);
  EXPECT_EQ(eleven.Limits(third).input_max, 4'750);
  third.options["input_max"] = "3000";
  EXPECT_EQ(eleven.Limits(third).input_max, 3'000);
}

TEST(ElevenLabs, ProbesTheListOfModels) {
  const Provider& eleven = *FindProvider("elevenlabs");
  EXPECT_EQ(std::get<Request>(eleven.Probe(Server(), {})).url, "https://eleven.example/v1/models");
  EXPECT_EQ(eleven.ReadProbe(Server(), Answer(200, R"([{"model_id":"eleven_multilingual_v2"}])")),
            std::nullopt);
  EXPECT_EQ(eleven.ReadProbe(Server(), Answer(200, R"([{"model_id":"x"}])"))->code,
            "model_not_found");
  EXPECT_EQ(eleven.ReadProbe(Server(), Answer(200, "{}"))->code, "bad_answer");
}

}  // namespace
}  // namespace debrief

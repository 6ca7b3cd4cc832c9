// polly_answer_test.cpp: what the answers of Amazon Polly mean.
#include <gtest/gtest.h>

#include "bgworker/core/audio/audio.h"
#include "bgworker/core/services/kinds.h"
#include "test/unit/services/aws/polly_fixture.h"

namespace debrief::polly_fixture {
namespace {

Response Answer(int status, std::string body = "", std::map<std::string, std::string> told = {}) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  response.headers.insert(told.begin(), told.end());
  return response;
}

Response Error(int status, const std::string& type, const std::string& message = "words") {
  return Answer(status, R"({"message":")" + message + "\"}",
                {{"x-amzn-errortype", type + ":http://x"}});
}

Step Next(Response response, const ServerConfig& server = Server(),
          std::string_view document = kDocument) {
  const Job job = AudioJob();
  return FindProvider("polly")->Next(server, {.job = &job, .speech = document},
                                     std::move(response));
}

AudioResult SoundOf(const Step& step) { return std::get<AudioResult>(std::get<Result>(step)); }

// Frames of MPEG-1 layer III, 128 kbit/s, 44.1 kHz.
std::string Mp3() {
  constexpr size_t kFrameBytes = 417;
  std::string sound;
  for (int frame = 0; frame < 8; frame++) {
    std::string bytes = "\xff\xfb\x90\xc4";
    bytes.resize(kFrameBytes, '\0');
    sound += bytes;
  }
  return sound;
}

TEST(Polly, GivesTheMp3AndTheCharactersThatTheServiceCounted) {
  const AudioResult sound = SoundOf(Next(
      Answer(200, Mp3(), {{"x-amzn-requestcharacters", "17"}, {"content-type", "audio/mpeg"}})));
  EXPECT_EQ(sound.bytes, Mp3());
  EXPECT_EQ(sound.usage.characters, 17);
}

TEST(Polly, CountsTheWordsWithoutTagsWhereTheServiceTellsNoNumber) {
  for (const char* told : {"", "x", "-1", "1x", "99999999999999999999", "0"}) {
    const Step step = Next(Answer(200, Mp3(), {{"x-amzn-requestcharacters", told}}), Server(),
                           "<speak><s>Grüße</s></speak>");
    EXPECT_EQ(SoundOf(step).usage.characters, 5) << told;
  }
}

TEST(Polly, MakesAWavOfSamples) {
  const std::string pcm(3'200, '\1');
  const Response answer = Answer(200, pcm, {{"content-type", "audio/pcm"}});
  EXPECT_EQ(SoundOf(Next(answer, With({{"output_format", "pcm"}}))).bytes,
            audio::WavFromPcm16(pcm, 16'000, 1));
  EXPECT_EQ(SoundOf(Next(answer, With({{"output_format", "pcm"}, {"sample_rate", "8000"}}))).bytes,
            audio::WavFromPcm16(pcm, 8'000, 1));
}

TEST(Polly, RefusesBytesThatAreNoSoundAndTellsWhatTheyCost) {
  const std::string wav = audio::WavFromPcm16(std::string(3'200, '\0'), 16'000, 1);
  for (const std::string& body : {std::string(), std::string("{}"), std::string("<html>"),
                                  Mp3().substr(0, 100), std::string(50, '\0'), wav}) {
    const Failure failure =
        std::get<Failure>(Next(Answer(200, body, {{"x-amzn-requestcharacters", "17"}})));
    EXPECT_EQ(failure.code, "bad_answer");
    EXPECT_EQ(failure.usage.characters, 17);
  }
}

TEST(Polly, TakesNothingForSamplesThatIsNotSaidToBe) {
  const ServerConfig server = With({{"output_format", "pcm"}});
  const std::string pcm(100, '\1');
  EXPECT_EQ(CodeOf(Next(Answer(200, pcm), server)), "bad_answer");
  EXPECT_EQ(CodeOf(Next(Answer(200, pcm, {{"content-type", "text/html"}}), server)), "bad_answer");
  for (const std::string& body : {std::string(), std::string("odd")}) {
    EXPECT_EQ(CodeOf(Next(Answer(200, body, {{"content-type", "audio/pcm"}}), server)),
              "bad_answer");
  }
}

TEST(Polly, TakesThrottlingIn400ForABusyServer) {
  const Failure failure = std::get<Failure>(Next(Error(400, "ThrottlingException")));
  EXPECT_EQ(failure.code, "rate_limited");
  EXPECT_EQ(failure.failure_class, FailureClass::kRateLimited);
}

TEST(Polly, ClassifiesByTheNameOfTheError) {
  const std::map<std::string, std::pair<int, std::string>> table = {
      {"TextLengthExceededException", {400, "too_large"}},
      {"InvalidSsmlException", {400, "bad_request"}},
      {"InvalidSampleRateException", {400, "not_configured"}},
      {"EngineNotSupportedException", {400, "bad_request"}},
      {"LanguageNotSupportedException", {400, "bad_request"}},
      {"ValidationException", {400, "bad_request"}},
      {"ServiceQuotaExceededException", {402, "quota_exhausted"}},
      {"AccessDeniedException", {403, "unauthorized"}},
      {"ExpiredTokenException", {400, "unauthorized"}},
      {"InvalidSignatureException", {403, "unauthorized"}},
      {"UnrecognizedClientException", {403, "unauthorized"}},
      {"ServiceFailureException", {500, "internal"}},
  };
  for (const auto& [type, expected] : table) {
    const Failure failure = std::get<Failure>(Next(Error(expected.first, type)));
    EXPECT_EQ(failure.code, expected.second) << type;
    EXPECT_EQ(failure.detail, type + ": words");
    EXPECT_EQ(failure.http_status, expected.first);
    const Failure by_body = std::get<Failure>(
        Next(Answer(expected.first, R"({"__type":"com.amazonaws.polly#)" + type + "\"}")));
    EXPECT_EQ(by_body.code, expected.second) << type;
  }
}

TEST(Polly, ClassifiesByTheStatusWithoutAName) {
  const std::map<int, std::string> table = {
      {302, "redirected"},   {400, "bad_request"}, {402, "quota_exhausted"}, {403, "unauthorized"},
      {429, "rate_limited"}, {500, "internal"},    {502, "unavailable"},     {503, "unavailable"}};
  for (const auto& [status, code] : table) {
    for (const char* body : {"", "<html>", "{\"__type\":[", "{\"__type\":{}}", "\xff"}) {
      EXPECT_EQ(CodeOf(Next(Answer(status, body))), code) << status;
    }
  }
}

TEST(Polly, KnowsAnUnknownVoice) {
  EXPECT_EQ(CodeOf(Next(Error(400, "ValidationException",
                              "1 validation error detected: Value 'Foo' at 'voiceId' failed"))),
            "voice_not_found");
}

TEST(Polly, LaysAnEngineThatItsRegionLacksAtTheServersOptions) {
  EXPECT_EQ(CodeOf(Next(Error(400, "ValidationException",
                              "The selected engine is not supported in this region: neural"))),
            "not_configured");
  EXPECT_EQ(CodeOf(Next(Error(400, "ValidationException",
                              "This voice does not support the selected engine: neural"))),
            "bad_request");
}

TEST(Polly, ClassifiesTransportErrors) {
  Response response;
  response.transport = Response::Transport::kTimeout;
  EXPECT_EQ(CodeOf(Next(response)), "timeout");
}

TEST(Polly, LetsNoSecretIntoTheUrlTheBodyOrDetails) {
  const Request request = RequestOf(Server());
  for (const char* secret : {"s3cr3ts3cr3ts3cr3t", "T0KENT0KEN"}) {
    EXPECT_EQ(request.url.find(secret), std::string::npos);
    EXPECT_EQ(request.body.find(secret), std::string::npos);
    const Failure failure =
        std::get<Failure>(Next(Error(400, "X", std::string("sent: ") + secret)));
    EXPECT_EQ(failure.detail, "X: sent: [redacted]");
  }
  EXPECT_EQ(HeadersOf(request)["Authorization"].find("s3cr3t"), std::string::npos);
}

TEST(Polly, ReadsTheProbe) {
  const Provider& polly = *FindProvider("polly");
  EXPECT_FALSE(polly.ReadProbe(Server(), Answer(200, R"({"Voices":[{"Id":"Joanna"}]})")));
  for (const char* body : {"", "<html>", "{}", "[]", R"({"Voices":{}})"}) {
    EXPECT_EQ(polly.ReadProbe(Server(), Answer(200, body))->code, "bad_answer") << body;
  }
  EXPECT_EQ(polly.ReadProbe(Server(), Error(403, "AccessDeniedException"))->code, "unauthorized");
}

}  // namespace
}  // namespace debrief::polly_fixture

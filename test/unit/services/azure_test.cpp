// azure_test.cpp: the requests to Azure Speech, byte by byte, and what its answers mean.
#include "bgworker/core/services/kinds.h"

#include <gtest/gtest.h>

#include <map>

#include "bgworker/core/audio/audio.h"
#include "bgworker/core/ssml/ssml.h"

namespace debrief {
namespace {

using Headers = std::map<std::string, std::string>;
constexpr char kKey[] = "az-0123456789abcdef";
constexpr char kDocument[] = "<speak>Look <emphasis>up</emphasis>.</speak>";

ServerConfig Server() {
  return {.name = "azure",
          .kind = "azure_speech",
          .base_url = "https://westus.tts.speech.microsoft.com",
          .key = kKey,
          .timeout_ms = 4'321,
          .options = {{"voice", "en-US-JennyNeural"}}};
}

ServerConfig With(std::string_view option, std::string_view value) {
  ServerConfig server = Server();
  server.options[std::string(option)] = value;
  return server;
}

Job AudioJob(std::string voice = "") {
  return {.stage = Stage::kAudio,
          .voice = {.language = "en-US", .provider_voice = std::move(voice)}};
}

const Provider& Azure() { return *FindProvider("azure_speech"); }

Step Started(const ServerConfig& server, const Job& job, std::string_view document = kDocument) {
  return Azure().Start(server, {.job = &job, .speech = document});
}

Request RequestOf(const ServerConfig& server, std::string_view document = kDocument) {
  return std::get<Request>(Started(server, AudioJob(), document));
}

std::string BodyOf(std::string_view document) { return RequestOf(Server(), document).body; }

Headers HeadersOf(const Request& request) {
  return {request.headers.begin(), request.headers.end()};
}

Response Answer(int status, std::string body = "") {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

Step Next(Response response, std::string_view document = kDocument) {
  const Job job = AudioJob();
  return FindProvider("azure_speech")
      ->Next(Server(), {.job = &job, .speech = document}, std::move(response));
}

Failure FailureOf(Response response) { return std::get<Failure>(Next(std::move(response))); }

std::string CodeOf(const Step& step) {
  const Failure* failure = std::get_if<Failure>(&step);
  return failure == nullptr ? "" : failure->code;
}

std::string Wav(int seconds) {
  constexpr int kSampleRate = 8'000;
  return audio::WavFromPcm16(std::string(static_cast<size_t>(seconds) * kSampleRate * 2, '\0'),
                             kSampleRate, 1);
}

TEST(Azure, MakesItsAddressOfTheRegionUnlessABaseUrlIsGiven) {
  ServerConfig server = With("region", "westeurope");
  EXPECT_EQ(Azure().BaseUrl(server), server.base_url);
  server.base_url.clear();
  EXPECT_EQ(Azure().BaseUrl(server), "https://westeurope.tts.speech.microsoft.com");
}

TEST(Azure, HasNoAddressForARegionThatIsNoName) {
  for (const char* region : {"", "evil.example.com/", "a b", "west\nus", "a@b", "x?"}) {
    ServerConfig server = With("region", region);
    server.base_url.clear();
    EXPECT_EQ(Azure().BaseUrl(server), "") << region;
  }
}

TEST(Azure, PostsTheDocumentWithTheHeadersOfTheService) {
  const Request request = RequestOf(Server());
  EXPECT_EQ(request.method, Request::Method::kPost);
  EXPECT_EQ(request.url, "https://westus.tts.speech.microsoft.com/cognitiveservices/v1");
  EXPECT_EQ(HeadersOf(request),
            (Headers{{"Ocp-Apim-Subscription-Key", kKey},
                     {"Content-Type", "application/ssml+xml"},
                     {"X-Microsoft-OutputFormat", "audio-24khz-48kbitrate-mono-mp3"}}));
  EXPECT_EQ(request.timeout_ms, 4'321);
  EXPECT_EQ(request.response_bytes_max, 64 << 20);
}

TEST(Azure, PutsOneVoiceAroundAllContent) {
  EXPECT_EQ(BodyOf(kDocument),
            R"(<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="en-US">)"
            R"(<voice name="en-US-JennyNeural">Look <emphasis>up</emphasis>.</voice></speak>)");
}

TEST(Azure, WritesItsOwnStartTagWhateverTheDocumentsIs) {
  const std::string body = BodyOf("<speak>One.</speak>");
  for (const char* document :
       {"<speak\n version='1.1'\txml:lang='de-DE' >One.</speak >",
        "<?xml version=\"1.0\"?>\n<!-- a <speak> -->\n<speak>One.</speak>\n<!-- </speak> -->",
        "<x:speak xmlns:x=\"http://www.w3.org/2001/10/synthesis\">One.</x:speak>",
        "<speak xmlns=\"http://www.w3.org/2001/10/synthesis\">O<!-- > -->ne.</speak>",
        "<speak><![CDATA[One.]]></speak>"}) {
    EXPECT_EQ(BodyOf(document), body) << document;
  }
}

TEST(Azure, KeepsAnEmptyDocumentWellFormed) {
  for (const char* document : {"<speak/>", "<speak />", "<speak></speak>"}) {
    EXPECT_TRUE(BodyOf(document).ends_with("<voice name=\"en-US-JennyNeural\"></voice></speak>"));
  }
}

TEST(Azure, LetsNoTextBecomeATag) {
  EXPECT_TRUE(BodyOf("<speak><![CDATA[</voice><audio src='x'/>]]> &lt;b&gt;</speak>")
                  .ends_with("&lt;/voice&gt;&lt;audio src=&apos;x&apos;/&gt; &lt;b&gt;"
                             "</voice></speak>"));
}

TEST(Azure, PrefersTheVoiceOfTheJob) {
  const std::string body = std::get<Request>(Started(Server(), AudioJob("de-DE-KatjaNeural"))).body;
  EXPECT_NE(body.find("<voice name=\"de-DE-KatjaNeural\">"), std::string::npos);
}

TEST(Azure, EscapesTheNameOfTheVoiceAndTheLanguage) {
  Job job = AudioJob("a\"><audio src='b'/>&");
  job.voice.language = "e\"n";
  const std::string body = std::get<Request>(Started(Server(), job)).body;
  EXPECT_NE(body.find(R"(<voice name="a&quot;&gt;&lt;audio src=&apos;b&apos;/&gt;&amp;">)"),
            std::string::npos);
  EXPECT_NE(body.find(R"( xml:lang="e&quot;n">)"), std::string::npos);
}

TEST(Azure, NeedsAVoice) {
  ServerConfig server = Server();
  server.options.clear();
  EXPECT_EQ(CodeOf(Started(server, AudioJob())), "not_configured");
  EXPECT_EQ(CodeOf(Started(server, AudioJob("en-US-JennyNeural"))), "");
}

TEST(Azure, NeedsAnAddress) {
  ServerConfig server = Server();
  server.base_url.clear();
  EXPECT_EQ(CodeOf(Started(server, AudioJob())), "not_configured");
  EXPECT_EQ(std::get<Failure>(Azure().Probe(server, {})).code, "not_configured");
}

TEST(Azure, TakesTheFormatsThatWeCanRead) {
  for (const char* format : {"riff-24khz-16bit-mono-pcm", "riff-48khz-16bit-mono-pcm",
                             "audio-48khz-192kbitrate-mono-mp3"}) {
    const Request request = RequestOf(With("output_format", format));
    EXPECT_EQ(HeadersOf(request).at("X-Microsoft-OutputFormat"), format);
  }
}

TEST(Azure, IsNotConfiguredForAFormatThatWeCannotRead) {
  for (const char* format :
       {"", "raw-24khz-16bit-mono-pcm", "ogg-24khz-16bit-mono-opus", "webm-24khz-16bit-mono-opus",
        "riff-8khz-8bit-mono-mulaw", "amr-wb-16000hz", "mp3"}) {
    const ServerConfig server = With("output_format", format);
    EXPECT_EQ(CodeOf(Started(server, AudioJob())), "not_configured") << format;
    EXPECT_EQ(std::get<Failure>(Azure().Probe(server, {})).code, "not_configured");
  }
}

TEST(Azure, SendsNothingThatIsNoGoodDocument) {
  for (const char* document :
       {"", "words", "<speak>", "<voice/>", "<speak><audio src='x'/></speak>",
        "<!DOCTYPE speak><speak>x</speak>", "<speak>\xff</speak>"}) {
    EXPECT_EQ(CodeOf(Started(Server(), AudioJob(), document)), "bad_request") << document;
  }
}

TEST(Azure, TakesElementsOfTheAllowListAndSixThousandCharacters) {
  const SpeechLimits limits = Azure().Limits(Server());
  EXPECT_EQ(limits.form, SpeechLimits::Form::kSsml);
  EXPECT_EQ(limits.unit, SpeechLimits::Unit::kCharacters);
  EXPECT_EQ(limits.input_max, 6'000);
  EXPECT_EQ(limits.elements, (std::vector<std::string_view>{"speak", "p", "s", "break", "emphasis",
                                                            "prosody", "sub", "say-as"}));
}

TEST(Azure, GivesTheSoundAndTheCodePointsSent) {
  const std::string document = "<speak>Grüße 👋</speak>";
  const Result result = std::get<Result>(Next(Answer(200, Wav(1)), document));
  const AudioResult& sound = std::get<AudioResult>(result);
  EXPECT_EQ(sound.bytes, Wav(1));
  const std::string body = BodyOf(document);
  constexpr size_t kContinuationBytes = 2 + 3;  // of ü and ß, of the hand
  EXPECT_EQ(sound.usage.characters, static_cast<int64_t>(body.size() - kContinuationBytes));
}

TEST(Azure, RefusesBytesThatAreNoSoundAndTellsWhatTheyCost) {
  for (const std::string& body : {std::string(), std::string("<html>"), Wav(1).substr(0, 20),
                                  std::string("{\"error\":1}"), std::string(50, '\0')}) {
    const Failure failure = FailureOf(Answer(200, body));
    EXPECT_EQ(failure.code, "bad_answer");
    EXPECT_EQ(failure.usage.characters, static_cast<int64_t>(BodyOf(kDocument).size()));
  }
}

TEST(Azure, TakesASoundOfTenMinutesForOneThatWasCut) {
  const Failure failure = FailureOf(Answer(200, Wav(600)));
  EXPECT_EQ(failure.code, "too_large");
  EXPECT_EQ(failure.failure_class, FailureClass::kTooLarge);
  EXPECT_GT(failure.usage.characters, 0);
  EXPECT_EQ(CodeOf(Next(Answer(200, Wav(598)))), "");
}

TEST(Azure, ClassifiesByStatusAlone) {
  const std::map<int, std::pair<std::string, FailureClass>> table = {
      {301, {"redirected", FailureClass::kConfig}},
      {400, {"bad_request", FailureClass::kPermanent}},
      {401, {"unauthorized", FailureClass::kAuth}},
      {403, {"unauthorized", FailureClass::kAuth}},
      {404, {"endpoint_not_found", FailureClass::kConfig}},
      {413, {"too_large", FailureClass::kTooLarge}},
      {415, {"unsupported_media", FailureClass::kPermanent}},
      {429, {"rate_limited", FailureClass::kRateLimited}},
      {500, {"internal", FailureClass::kUnproven}},
      {502, {"unavailable", FailureClass::kOutage}},
      {503, {"unavailable", FailureClass::kOutage}},
  };
  for (const auto& [status, expected] : table) {
    for (const char* body :
         {"", "Bad gateway: invalid headers", "<html>", "{\"error\":[[", "\xff"}) {
      const Failure failure = FailureOf(Answer(status, body));
      EXPECT_EQ(failure.code, expected.first) << status;
      EXPECT_EQ(failure.failure_class, expected.second) << status;
      EXPECT_EQ(failure.http_status, status);
    }
  }
}

TEST(Azure, ClassifiesTransportErrors) {
  Response response;
  response.transport = Response::Transport::kBroken;
  EXPECT_EQ(FailureOf(response).code, "connection_broken");
}

TEST(Azure, WaitsAMinuteWhereABusyServiceNamesNoTime) {
  EXPECT_EQ(FailureOf(Answer(429)).retry_after_ms, 60'000);
  Response response = Answer(429);
  response.retry_after_ms = 2'000;
  EXPECT_EQ(FailureOf(response).retry_after_ms, 2'000);
}

TEST(Azure, ExplainsARefusalWithoutWords) {
  EXPECT_EQ(FailureOf(Answer(401)).detail, "HTTP status 401; a key is good in its own region only");
  EXPECT_EQ(FailureOf(Answer(401, "No such key.")).detail, "No such key.");
}

TEST(Azure, LetsTheKeyNeitherIntoTheUrlNorIntoDetails) {
  EXPECT_EQ(RequestOf(Server()).url.find(kKey), std::string::npos);
  const Failure failure = FailureOf(Answer(400, std::string("bad header ") + kKey + " sent"));
  EXPECT_EQ(failure.detail, "bad header [redacted] sent");
}

TEST(Azure, ProbesWithTheListOfVoices) {
  const Request request = std::get<Request>(Azure().Probe(Server(), {}));
  EXPECT_EQ(request.method, Request::Method::kGet);
  EXPECT_EQ(request.url, "https://westus.tts.speech.microsoft.com/cognitiveservices/voices/list");
  EXPECT_EQ(HeadersOf(request), (Headers{{"Ocp-Apim-Subscription-Key", kKey}}));
}

TEST(Azure, ReadsTheProbe) {
  EXPECT_FALSE(Azure().ReadProbe(Server(), Answer(200, R"([{"ShortName":"x"}])")));
  EXPECT_EQ(Azure().ReadProbe(Server(), Answer(200, "<html>"))->code, "bad_answer");
  EXPECT_EQ(Azure().ReadProbe(Server(), Answer(200, "{}"))->code, "bad_answer");
  EXPECT_EQ(Azure().ReadProbe(Server(), Answer(401))->code, "unauthorized");
  EXPECT_EQ(Azure().ReadProbe(Server(), Answer(429))->retry_after_ms, 60'000);
}

}  // namespace
}  // namespace debrief

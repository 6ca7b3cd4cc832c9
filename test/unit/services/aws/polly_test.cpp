// polly_test.cpp: the requests to Amazon Polly. Answers are in polly_answer_test.cpp.
#include "bgworker/core/services/kinds.h"

#include <gtest/gtest.h>

#include "bgworker/core/text/json.h"
#include "test/unit/services/aws/polly_fixture.h"

namespace debrief::polly_fixture {
namespace {

std::string TextOf(const ServerConfig& server, std::string_view document) {
  std::string problem;
  return std::string(
      json::Parse(RequestOf(server, document).body, &problem)->Find("Text")->String());
}

TEST(Polly, MakesItsAddressOfTheRegionUnlessABaseUrlIsGiven) {
  ServerConfig server = Server();
  EXPECT_EQ(FindProvider("polly")->BaseUrl(server), server.base_url);
  server.base_url.clear();
  EXPECT_EQ(FindProvider("polly")->BaseUrl(server), "https://polly.eu-west-1.amazonaws.com");
  for (const char* region : {"", "evil.example.com/", "a b", "a@b", "x?"}) {
    server.options["region"] = region;
    EXPECT_EQ(FindProvider("polly")->BaseUrl(server), "") << region;
  }
}

TEST(Polly, PostsASignedRequest) {
  const Request request = RequestOf(Server());
  EXPECT_EQ(request.method, Request::Method::kPost);
  EXPECT_EQ(request.url, "https://polly.eu-west-1.amazonaws.com/v1/speech");
  EXPECT_EQ(request.body,
            R"({"Engine":"neural","OutputFormat":"mp3","Text":"<speak>Look up.</speak>",)"
            R"("TextType":"ssml","VoiceId":"Joanna"})");
  Headers headers = HeadersOf(request);
  EXPECT_EQ(headers["Content-Type"], "application/json");
  EXPECT_EQ(headers["x-amz-date"], "20260921T141320Z");
  EXPECT_EQ(headers["x-amz-security-token"], "T0KENT0KEN");
  EXPECT_TRUE(headers["Authorization"].starts_with(
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260921/eu-west-1/polly/aws4_request, "
      "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, "));
  EXPECT_EQ(request.timeout_ms, 4'321);
  EXPECT_EQ(request.response_bytes_max, 64 << 20);
}

TEST(Polly, SendsWhatTheOptionsSay) {
  Job job = AudioJob("Vicki");
  job.voice.language = "de-DE";
  const ServerConfig server =
      With({{"engine", "generative"}, {"output_format", "pcm"}, {"sample_rate", "8000"}});
  EXPECT_EQ(std::get<Request>(Started(server, job)).body,
            R"({"Engine":"generative","OutputFormat":"pcm",)"
            R"("SampleRate":"8000","Text":"<speak>Look up.</speak>","TextType":"ssml",)"
            R"("VoiceId":"Vicki"})");
}

TEST(Polly, NamesTheLanguageOfVoicesThatSpeakTwo) {
  const auto code = [](const char* voice, const char* language) {
    Job job = AudioJob(voice);
    job.voice.language = language;
    const std::string body = std::get<Request>(Started(With({}), job)).body;
    const size_t at = body.find("\"LanguageCode\":\"");
    return at == std::string::npos ? "" : body.substr(at + 16, 5);
  };
  EXPECT_EQ(code("Kajal", "hi"), "hi-IN");
  EXPECT_EQ(code("Aditi", "en-IN"), "en-IN");
  EXPECT_EQ(code("Aditi", "en-US"), "");
  EXPECT_EQ(code("Vicki", "en-US"), "");
  EXPECT_EQ(code("Zhiyu", "zh-CN"), "");
}

TEST(Polly, AsksForTheSampleRateItWritesIntoAWav) {
  EXPECT_NE(RequestOf(With({{"output_format", "pcm"}})).body.find(R"("SampleRate":"16000")"),
            std::string::npos);
}

TEST(Polly, SendsTheDocumentWithoutWhatIsForXmlReaders) {
  for (const char* document :
       {"<speak version='1.1' xmlns='http://www.w3.org/2001/10/synthesis' xml:lang='en'>A</speak>",
        "<?xml version=\"1.0\"?><!-- <b/> --><speak>A</speak>", "<speak><![CDATA[A]]></speak>",
        "<x:speak xmlns:x='http://www.w3.org/2001/10/synthesis'>A</x:speak>"}) {
    EXPECT_EQ(TextOf(Server(), document), "<speak>A</speak>") << document;
  }
}

TEST(Polly, LeavesOutThePitchThatOnlyTheOldEngineKnows) {
  const char* document =
      "<speak><prosody pitch=\"high\" rate=\"slow\">A<break time=\"1s\"/></prosody>"
      "<p><prosody pitch=\"+5%\">B &lt; C</prosody></p></speak>";
  for (const char* engine : {"neural", "long-form", "generative"}) {
    EXPECT_EQ(TextOf(With({{"engine", engine}}), document),
              "<speak><prosody rate=\"slow\">A<break time=\"1s\"/></prosody>"
              "<p>B &lt; C</p></speak>");
  }
  EXPECT_EQ(TextOf(With({{"engine", "standard"}}), document), document);
}

TEST(Polly, NeedsAVoice) {
  const ServerConfig server = With({{"voice", ""}});
  EXPECT_EQ(CodeOf(Started(server, AudioJob())), "not_configured");
  EXPECT_EQ(CodeOf(Started(server, AudioJob("Joanna"))), "");
}

TEST(Polly, IsNotConfiguredForOptionsThatCannotWork) {
  using Options = std::map<std::string, std::string>;
  for (const Options& options :
       {Options{{"region", ""}}, Options{{"region", "a/b"}}, Options{{"engine", "best"}},
        Options{{"engine", ""}}, Options{{"output_format", "ogg_vorbis"}},
        Options{{"output_format", ""}}, Options{{"sample_rate", "11025"}},
        Options{{"output_format", "pcm"}, {"sample_rate", "24000"}},
        Options{{"output_format", "pcm"}, {"sample_rate", ""}}}) {
    EXPECT_EQ(CodeOf(Started(With(options), AudioJob())), "not_configured")
        << options.begin()->first;
    EXPECT_EQ(std::get<Failure>(FindProvider("polly")->Probe(With(options), {})).code,
              "not_configured");
  }
}

TEST(Polly, IsNotConfiguredWithoutAnAddressOrAKeyOfItsForm) {
  ServerConfig server = Server();
  server.base_url.clear();
  EXPECT_EQ(CodeOf(Started(server, AudioJob())), "not_configured");
  for (const char* key : {"", "onlyonepart", "AKIDEXAMPLE:", ":s3cr3t"}) {
    server = Server();
    server.key = key;
    const Step step = Started(server, AudioJob());
    EXPECT_EQ(CodeOf(step), "not_configured") << key;
    if (*key != '\0') {
      EXPECT_EQ(std::get<Failure>(step).detail.find(key), std::string::npos);
    }
  }
}

TEST(Polly, SendsNothingThatIsNoGoodDocument) {
  for (const char* document : {"", "words", "<speak>", "<speak><audio src='x'/></speak>",
                               "<!DOCTYPE speak><speak>x</speak>", "<speak>\xff</speak>"}) {
    EXPECT_EQ(CodeOf(Started(Server(), AudioJob(), document)), "bad_request") << document;
  }
}

TEST(Polly, TakesEmphasisWithTheOldEngineOnly) {
  const std::vector<std::string_view> most = {"speak",   "p",   "s",     "break",
                                              "prosody", "sub", "say-as"};
  std::vector<std::string_view> all = most;
  all.push_back("emphasis");
  EXPECT_EQ(FindProvider("polly")->Limits(With({{"engine", "standard"}})).elements, all);
  for (const char* engine : {"neural", "long-form", "generative"}) {
    EXPECT_EQ(FindProvider("polly")->Limits(With({{"engine", engine}})).elements, most);
  }
}

TEST(Polly, StaysBelowThreeThousandCharacters) {
  const SpeechLimits limits = FindProvider("polly")->Limits(Server());
  EXPECT_EQ(limits.form, SpeechLimits::Form::kSsml);
  EXPECT_EQ(limits.unit, SpeechLimits::Unit::kCharacters);
  EXPECT_EQ(limits.input_max, 2'850);
}

TEST(Polly, WantsTheHeadersItReads) {
  EXPECT_EQ(
      RequestOf(Server()).headers_wanted,
      (std::vector<std::string>{"x-amzn-errortype", "x-amzn-requestcharacters", "content-type"}));
}

TEST(Polly, ProbesWithTheListOfVoices) {
  const Request request =
      std::get<Request>(FindProvider("polly")->Probe(Server(), {.unix_ms = 1'790'000'000'000}));
  EXPECT_EQ(request.method, Request::Method::kGet);
  EXPECT_EQ(request.url, "https://polly.eu-west-1.amazonaws.com/v1/voices");
  EXPECT_TRUE(HeadersOf(request)["Authorization"].starts_with(
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260921/eu-west-1/polly/"));
  EXPECT_EQ(request.body, "");
}

}  // namespace
}  // namespace debrief::polly_fixture

// openai_test.cpp: requests and answers of OpenAI and of servers that speak its protocol.
#include "bgworker/core/services/kinds.h"

#include <fcntl.h>

#include "bgworker/core/audio/audio.h"
#include "bgworker/core/services/prompts.h"
#include "test/unit/services/provider_fixture.h"

namespace debrief {
namespace {

using namespace exchange_test;
using Options = std::map<std::string, std::string, std::less<>>;

ServerConfig Server(Options options = {}) {
  options.insert({{"analysis_model", "gpt"}, {"ssml_model", "gpt"}, {"speech_model", "tts"}});
  return {.name = "openai",
          .base_url = "https://api.example/v1",
          .key = "s3cr3t",
          .ssml_bytes_max = 800,
          .options = std::move(options)};
}

Job AnalysisJob(std::string transcript = "Hello everybody.") {
  return {.stage = Stage::kAnalysis, .recording = {.transcript = std::move(transcript)}};
}
Job SsmlJob() { return {.stage = Stage::kSsml, .feedback = {.message = "Look up."}}; }
Job AudioJob() { return {.stage = Stage::kAudio, .voice = {.instruction = "calm"}}; }

Step Start(const Job& job, const ServerConfig& server,
           std::shared_ptr<const FileSource> video = {}) {
  return FindProvider("openai")->Start(
      server, {.job = &job, .speech = "Hello.", .video = std::move(video)});
}
Step Next(const Job& job, Response response, const ServerConfig& server = Server()) {
  return FindProvider("openai")->Next(server, {.job = &job, .speech = "Hello."},
                                      std::move(response));
}

std::string Chat(std::string_view content, std::string_view finish = "stop") {
  return R"({"model":"gpt-1","choices":[{"index":0,"finish_reason":")" + std::string(finish) +
         R"(","message":{"role":"assistant","content":)" + std::string(content) +
         R"(}}],"usage":{"prompt_tokens":11,"completion_tokens":22}})";
}

TEST(OpenAi, AnalysesATranscriptWithoutTheVideo) {
  EXPECT_FALSE(FindProvider("openai")->NeedsVideo(Server()));
  const Request request = RequestOf(Start(AnalysisJob(), Server()));
  EXPECT_EQ(request.url, "https://api.example/v1/chat/completions");
  EXPECT_EQ(HeaderOf(request, "Authorization"), "Bearer s3cr3t");
  ExpectSecretOnlyInHeaders(request, "s3cr3t");
  const json::Value body = Parsed(request.body);
  const std::string content(body.Find("messages")->At(0).Find("content")->String());
  EXPECT_NE(content.find("<transcript>\nHello everybody.\n</transcript>"), std::string::npos);
  const json::Value format = *body.Find("response_format");
  EXPECT_EQ(format.Find("type")->String(), "json_schema");
  EXPECT_TRUE(format.Find("json_schema")->Find("strict")->IsTrue());
  EXPECT_TRUE(format.Find("json_schema")->Find("schema")->IsObject());
}

TEST(OpenAi, SaysThatTheTranscriptIsMissing) {
  const Failure failure = FailureOf(Start(AnalysisJob(""), Server()));
  EXPECT_EQ(failure.failure_class, FailureClass::kPermanent);
  EXPECT_NE(failure.detail.find("transcript"), std::string::npos);
}

TEST(OpenAi, LetsNoTranscriptLeaveItsFence) {
  const Request request = RequestOf(Start(AnalysisJob("a</transcript>b</transcript"), Server()));
  const json::Value body = Parsed(request.body);
  const std::string content(body.Find("messages")->At(0).Find("content")->String());
  EXPECT_TRUE(content.ends_with("<transcript>\na< /transcript>b< /transcript\n</transcript>"))
      << content;
}

TEST(OpenAi, StreamsTheVideoInTheDialectThatIsSet) {
  const auto video = std::make_shared<const FileSource>(open("/dev/null", O_RDONLY), 100);
  for (const char* dialect : {"video_url", "input_video"}) {
    const ServerConfig server = Server({{"video_input", dialect}});
    EXPECT_TRUE(FindProvider("openai")->NeedsVideo(server));
    const Job job{.stage = Stage::kAnalysis, .recording = {.format = "video/webm;codecs=vp9"}};
    const Request request = RequestOf(Start(job, server, video));
    ASSERT_EQ(request.pieces.size(), 3u);
    EXPECT_TRUE(request.pieces[1].base64);
    const json::Value part = Parsed(request.pieces[0].text + "QUJD" + request.pieces[2].text)
                                 .Find("messages")
                                 ->At(0)
                                 .Find("content")
                                 ->At(0);
    EXPECT_EQ(part.Find("type")->String(), dialect);
    const std::string_view data =
        part.Find(dialect)
            ->Find(std::string_view(dialect) == "video_url" ? "url" : "data")
            ->String();
    EXPECT_TRUE(data.ends_with("QUJD"));
    EXPECT_EQ(data.starts_with("data:video/webm;base64,"), dialect == std::string("video_url"));
  }
}

TEST(OpenAi, RefusesAVideoThatIsTooLargeToBeSentInline) {
  const auto video = std::make_shared<const FileSource>(open("/dev/null", O_RDONLY), 101);
  EXPECT_EQ(
      FailureOf(Start(AnalysisJob(),
                      Server({{"video_input", "video_url"}, {"inline_bytes_max", "100"}}), video))
          .code,
      "too_large");
}

TEST(OpenAi, AsksForJsonAsTheServerUnderstandsIt) {
  const auto format = [](const char* form) {
    const Request request = RequestOf(Start(SsmlJob(), Server({{"json_schema", form}})));
    return Parsed(request.body).Find("response_format");
  };
  EXPECT_EQ(format("flat")->Find("type")->String(), "json_schema");
  EXPECT_TRUE(format("flat")->Find("schema")->IsObject());
  EXPECT_EQ(format("object")->Find("type")->String(), "json_object");
  EXPECT_FALSE(format("none"));
}

TEST(OpenAi, TellsTheSchemaInWordsWhereTheServerDoesNotEnforceIt) {
  const auto prompt = [](const Job& job, const char* form) {
    const Request request = RequestOf(Start(job, Server({{"json_schema", form}})));
    return std::string(Parsed(request.body).Find("messages")->At(0).Find("content")->String());
  };
  for (const char* form : {"object", "none"}) {
    const std::string written = prompt(SsmlJob(), form), analysed = prompt(AnalysisJob(), form);
    EXPECT_NE(written.find(prompts::SsmlSchema(prompts::Dialect::kWhole)), std::string::npos);
    EXPECT_NE(analysed.find(prompts::AnalysisSchema(prompts::Dialect::kWhole)), std::string::npos);
  }
  EXPECT_EQ(prompt(SsmlJob(), "strict").find("JSON schema"), std::string::npos);
}

TEST(OpenAi, RefusesAWordThatIsNoneOfAnOptionsBeforeAnythingIsPaid) {
  for (const char* option : {"json_schema", "tokens_field", "video_input", "speech_format",
                             "speech_instructions", "stream_format"}) {
    const ServerConfig server = Server({{option, "nonsense"}});
    const Failure failure = FailureOf(Start(AudioJob(), server));
    EXPECT_EQ(failure.code, "not_configured") << option;
    EXPECT_NE(failure.detail.find(option), std::string::npos);
    EXPECT_TRUE(std::holds_alternative<Failure>(FindProvider("openai")->Probe(server, {})))
        << option;
  }
}

TEST(OpenAi, NamesTheLimitOfTokensAsTheServerDoes) {
  const Request request = RequestOf(
      Start(SsmlJob(), Server({{"output_tokens_max", "500"}, {"tokens_field", "max_tokens"}})));
  EXPECT_EQ(Parsed(request.body).Find("max_tokens")->Number(), 500);
  EXPECT_FALSE(Parsed(RequestOf(Start(SsmlJob(), Server())).body).Find("max_completion_tokens"));
}

TEST(OpenAi, SpeaksWithTheVoicesStyle) {
  const Request request = RequestOf(Start(AudioJob(), Server({{"speed", "1.5"}})));
  EXPECT_EQ(request.url, "https://api.example/v1/audio/speech");
  EXPECT_EQ(
      request.body,
      R"({"model":"tts","input":"Hello.","voice":"alloy","response_format":"mp3","speed":1.5,)"
      R"("instructions":"calm"})");
  const Request plain =
      RequestOf(Start(AudioJob(), Server({{"speech_instructions", "no"}, {"voice", "echo"}})));
  EXPECT_EQ(plain.body,
            R"({"model":"tts","input":"Hello.","voice":"echo","response_format":"mp3"})");
}

TEST(OpenAi, NeedsNoKey) {
  ServerConfig server = Server();
  server.key.clear();
  EXPECT_EQ(HeaderOf(RequestOf(Start(SsmlJob(), server)), "Authorization"), "(none)");
}

TEST(OpenAi, SaysWhichModelIsMissing) {
  ServerConfig server = Server();
  server.options.clear();
  EXPECT_NE(FailureOf(Start(AudioJob(), server)).detail.find("speech_model"), std::string::npos);
}

TEST(OpenAi, ReadsAnalysisAndSsmlWithModelAndPrice) {
  const auto analysis =
      ResultOf<AnalysisResult>(Next(AnalysisJob(), Answer(200, Chat(JsonText(kAnalysisJson)))));
  EXPECT_EQ(analysis.title, "T");
  EXPECT_EQ(analysis.version, "gpt-1");
  EXPECT_EQ(analysis.usage.output_tokens, 22);
  const auto ssml = ResultOf<SsmlResult>(Next(SsmlJob(), Answer(200, Chat(JsonText(kSsmlJson)))));
  EXPECT_EQ(ssml.segments.size(), 1u);
}

TEST(OpenAi, ReadsContentThatComesInPartsOrInAFence) {
  EXPECT_EQ(
      ResultOf<AnalysisResult>(
          Next(AnalysisJob(),
               Answer(200, Chat("[{\"type\":\"text\",\"text\":" + JsonText(kAnalysisJson) + "}]"))))
          .title,
      "T");
  const std::string fenced = "<think>{</think>```json " + std::string(kAnalysisJson) + " ```";
  EXPECT_EQ(
      ResultOf<AnalysisResult>(Next(AnalysisJob(), Answer(200, Chat(JsonText(fenced))))).title,
      "T");
}

TEST(OpenAi, JudgesAnAnswerByItsFinish) {
  EXPECT_EQ(FailureOf(Next(SsmlJob(), Answer(200, Chat("\"x\"", "length")))).code, "output_cut");
  const Failure blocked = FailureOf(Next(SsmlJob(), Answer(200, Chat("\"x\"", "content_filter"))));
  EXPECT_EQ(blocked.failure_class, FailureClass::kBlocked);
  EXPECT_EQ(blocked.usage.input_tokens, 11);
  EXPECT_EQ(
      FailureOf(Next(SsmlJob(), Answer(200, R"({"choices":[{"message":{"refusal":"No."}}]})")))
          .failure_class,
      FailureClass::kBlocked);
}

TEST(OpenAi, TellsErrorsApartWhateverTheirShape) {
  struct Line {
    int status;
    const char* body;
    const char* code;
  };
  const Line lines[] = {
      {401, R"({"error":{"code":"invalid_api_key","message":"m"}})", "unauthorized"},
      {403, R"({"error":{"message":"country"}})", "unauthorized"},
      {404, R"({"error":{"code":"model_not_found"}})", "model_not_found"},
      {404, R"({"error":{"type":"not_found_error"}})", "model_not_found"},
      {400, R"({"error":{"code":"context_length_exceeded"}})", "too_large"},
      {400, R"({"error":{"type":"invalid_request_error","code":null}})", "bad_request"},
      {402, "", "quota_exhausted"},
      {409, "", "internal"},
      {429, R"({"error":{"code":"rate_limit_exceeded"}})", "rate_limited"},
      {429, R"({"error":{"type":"insufficient_quota","code":"insufficient_quota"}})",
       "quota_exhausted"},
      {429, R"({"error":{"code":"credit_balance_exhausted"}})", "quota_exhausted"},
      {500, "<html>", "internal"},
      {503, R"({"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})",
       "unavailable"},
      {400, R"({"error":"words alone"})", "bad_request"},
      {422, R"({"detail":[{"msg":"field required"}]})", "unsupported_media"},
      {400, R"({"detail":{"error":"e","message":"m","type":"t"}})", "bad_request"}};
  for (const Line& line : lines) {
    const Failure failure = FailureOf(Next(SsmlJob(), Answer(line.status, line.body)));
    EXPECT_EQ(failure.code, line.code) << line.status << line.body;
  }
}

TEST(OpenAi, QuotesNoKey) {
  const Failure failure =
      FailureOf(Next(SsmlJob(), Answer(401, R"({"error":{"message":"Incorrect key s3cr3t"}})")));
  EXPECT_EQ(failure.detail.find("s3cr3t"), std::string::npos);
}

TEST(OpenAi, TriesAgainWhenTheAnswerIsNotWhatItShouldBe) {
  for (const std::string& body :
       {std::string(), std::string("[]"), std::string("{}"), std::string(R"({"choices":[]})"),
        std::string(R"({"choices":[5]})"), Chat("5"), Chat("\"\""), Chat("\"no JSON\"")}) {
    EXPECT_EQ(FailureOf(Next(SsmlJob(), Answer(200, body))).failure_class, FailureClass::kTransient)
        << body;
  }
}

// Half a second of samples.
std::string Samples() { return std::string(24'000, '\1'); }

TEST(OpenAi, TakesASoundAsItIsAndPcmUnderAHeader) {
  EXPECT_EQ(ResultOf<AudioResult>(Next(AudioJob(), Answer(200, "ID3 sound"))).bytes, "ID3 sound");
  const auto pcm = ResultOf<AudioResult>(
      Next(AudioJob(), Answer(200, Samples()), Server({{"speech_format", "pcm"}})));
  EXPECT_EQ(pcm.bytes, audio::WavFromPcm16(Samples(), 24'000, 1));
  EXPECT_EQ(pcm.usage.characters, 6);
}

TEST(OpenAi, TakesNoErrorForASound) {
  EXPECT_EQ(
      FailureOf(Next(AudioJob(), Answer(200, R"({"error":{"code":"insufficient_quota"}})"))).code,
      "quota_exhausted");
  EXPECT_EQ(FailureOf(Next(AudioJob(), Answer(200, "{"))).code, "bad_answer");
  EXPECT_EQ(FailureOf(Next(AudioJob(), Answer(200, ""))).code, "bad_answer");
}

TEST(OpenAi, ProbesTheListOfModels) {
  const Provider& openai = *FindProvider("openai");
  EXPECT_EQ(std::get<Request>(openai.Probe(Server(), {})).url, "https://api.example/v1/models");
  const char* both = R"({"data":[{"id":"gpt"},{"id":"tts"}]})";
  EXPECT_EQ(openai.ReadProbe(Server(), Answer(200, both)), std::nullopt);
  EXPECT_EQ(openai.ReadProbe(Server(), Answer(200, R"({"data":[{"id":"gpt"}]})"))->code,
            "model_not_found");
  EXPECT_EQ(openai.ReadProbe(Server(), Answer(200, R"({"data":[5,{"id":5}]})"))->code,
            "model_not_found");
  EXPECT_EQ(
      openai.ReadProbe(Server(), Answer(200, R"({"data":[{"id":"models/gpt"},{"id":"tts"}]})")),
      std::nullopt)
      << "as Gemini's own server of this protocol names them";
  EXPECT_EQ(
      openai.ReadProbe(Server(), Answer(200, R"({"data":[{"id":"gpt:latest"},{"id":"tts"}]})")),
      std::nullopt);
  EXPECT_EQ(openai.ReadProbe(Server(), Answer(401, ""))->code, "unauthorized");
}

}  // namespace
}  // namespace debrief

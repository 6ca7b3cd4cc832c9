// gemini_test.cpp: the exchange of an analysis step by step, and the requests for SSML and
// speech. Answers of generateContent are in gemini_answers_test.cpp.
#include "bgworker/core/services/kinds.h"

#include <fcntl.h>

#include "bgworker/core/audio/audio.h"
#include "bgworker/core/services/google/gemini_files.h"
#include "bgworker/core/services/google/gemini_requests.h"
#include "bgworker/core/text/base64.h"
#include "bgworker/core/text/sha256.h"
#include "test/unit/services/provider_fixture.h"

namespace debrief {
namespace {

using namespace exchange_test;

constexpr int64_t kNowMs = 1'790'000'000'000;
constexpr char kFile[] = "files/debrief-0123456789abcdef01234567";

ServerConfig Server(std::map<std::string, std::string, std::less<>> options = {}) {
  options.insert({{"analysis_model", "pro"}, {"ssml_model", "flash"}, {"speech_model", "tts"}});
  return {.name = "gemini",
          .kind = "gemini",
          .base_url = "https://gemini.example",
          .key = "s3cr3t",
          .ssml_bytes_max = 800,
          .options = std::move(options)};
}

class GeminiTest : public testing::Test {
 protected:
  CallInput AnalysisCall(std::string_view state = "") {
    job_ = {.stage = Stage::kAnalysis,
            .id = 7,
            .token = 42,
            .correlation_id = "c",
            .recording = {.filename = "talk.mov", .duration_seconds = 60}};
    return {.job = &job_,
            .video = std::make_shared<const FileSource>(open("/dev/null", O_RDONLY), 1'000),
            .state = state,
            .call_context = {.unix_ms = now_ms_}};
  }
  CallInput SpeechCall(std::string_view text) {
    job_ = {.stage = Stage::kAudio, .attempt = 1, .voice = {.instruction = "calm"}};
    return {.job = &job_, .speech = text, .call_context = {.unix_ms = now_ms_}};
  }
  std::string State(bool uploaded, int64_t since_ms = kNowMs) {
    return gemini::UploadState{.file = kFile, .uploaded = uploaded, .since_ms = since_ms}.ToText();
  }
  static std::string File(std::string_view state, std::string_view more = "") {
    return R"({"name":")" + std::string(kFile) + R"(","uri":"https://gemini.example/v1beta/)" +
           kFile + R"(","sizeBytes":"1000","state":")" + std::string(state) + "\"" +
           std::string(more) + "}";
  }

  const Provider& gemini_ = *FindProvider("gemini");
  Job job_;
  int64_t now_ms_ = kNowMs;
};

TEST_F(GeminiTest, KeepsTheFilesNameBeforeTheUploadBegins) {
  const CallInput call = AnalysisCall();
  const auto [saved, request] = SavedOf(gemini_.Start(Server(), call));
  EXPECT_EQ(request.url, "https://gemini.example/upload/v1beta/files");
  EXPECT_EQ(HeaderOf(request, "X-Goog-Upload-Command"), "start");
  EXPECT_EQ(HeaderOf(request, "X-Goog-Upload-Header-Content-Length"), "1000");
  EXPECT_EQ(HeaderOf(request, "X-Goog-Upload-Header-Content-Type"), "video/quicktime");
  EXPECT_EQ(HeaderOf(request, "x-goog-api-key"), "s3cr3t");
  const auto state = gemini::UploadState::FromText(saved);
  EXPECT_FALSE(state.uploaded);
  EXPECT_EQ(Parsed(request.body).Find("file")->Find("name")->String(), state.file);
  ExpectSecretOnlyInHeaders(request, "s3cr3t");
}

TEST_F(GeminiTest, SendsTheBytesWhereItWasTold) {
  Response started = Answer(200, "", gemini::kStartUpload);
  started.headers["x-goog-upload-url"] = "https://gemini.example/upload?upload_id=abc";
  const std::string state = State(false);
  // The address is a secret: nothing is saved with this request.
  const Request request = RequestOf(gemini_.Next(Server(), AnalysisCall(state), started));
  EXPECT_EQ(request.url, "https://gemini.example/upload?upload_id=abc");
  EXPECT_EQ(HeaderOf(request, "X-Goog-Upload-Command"), "upload, finalize");
  ASSERT_EQ(request.pieces.size(), 1u);
  EXPECT_TRUE(request.digest_sent);
}

TEST_F(GeminiTest, SendsTheBytesToNoOtherServer) {
  for (const char* url : {"https://evil.example/upload", "http://gemini.example/upload", "",
                          "https://gemini.example:8443/x", "https://gemini.example.evil/x"}) {
    Response started = Answer(200, "", gemini::kStartUpload);
    started.headers["x-goog-upload-url"] = url;
    EXPECT_EQ(FailureOf(gemini_.Next(Server(), AnalysisCall(State(false)), started)).code,
              "bad_answer")
        << url;
  }
}

TEST_F(GeminiTest, LooksForItsFileWhenTheNameIsTakenAlready) {
  const std::string state = State(false);
  const Request request =
      RequestOf(gemini_.Next(Server(), AnalysisCall(state), Answer(409, "", gemini::kStartUpload)));
  EXPECT_EQ(request.method, Request::Method::kGet);
  EXPECT_EQ(request.url, std::string("https://gemini.example/v1beta/") + kFile);
}

TEST_F(GeminiTest, GeneratesAtOnceWhenTheUploadIsReadyAndRight) {
  const std::string sha256 = Sha256Hex("the video");
  Response sent = Answer(
      200,
      R"({"file":)" + File("ACTIVE", R"(,"sha256Hash":")" + base64::Encode(sha256) + "\"") + "}",
      gemini::kSendBytes);
  sent.sent_sha256 = sha256;
  const std::string state = State(false);
  const auto [saved, request] = SavedOf(gemini_.Next(Server(), AnalysisCall(state), sent));
  EXPECT_EQ(request.url, "https://gemini.example/v1beta/models/pro:generateContent");
  EXPECT_TRUE(gemini::UploadState::FromText(saved).uploaded);
  const json::Value parts = *Parsed(request.body).Find("contents")->At(0).Find("parts");
  EXPECT_EQ(parts.At(0).Find("fileData")->Find("fileUri")->String(),
            std::string("https://gemini.example/v1beta/") + kFile);
  EXPECT_TRUE(parts.At(1).Find("text")) << "the words come after the video";
}

TEST_F(GeminiTest, TakesADigestInBytesForTheSameAsInHex) {
  Response sent = Answer(
      200,
      R"({"file":)" +
          File("ACTIVE", R"(,"sha256Hash":")" + base64::Encode(std::string(32, '\xa5')) + "\"") +
          "}",
      gemini::kSendBytes);
  std::string hex;
  for (int i = 0; i < 32; i++) hex += "a5";
  sent.sent_sha256 = hex;
  EXPECT_EQ(SavedOf(gemini_.Next(Server(), AnalysisCall(State(false)), sent)).request.url,
            "https://gemini.example/v1beta/models/pro:generateContent");
  sent.sent_sha256[63] = '6';
  EXPECT_EQ(FailureOf(gemini_.Next(Server(), AnalysisCall(State(false)), sent)).failure_class,
            FailureClass::kStaleInput);
}

TEST_F(GeminiTest, BeginsAnewWhenWhatArrivedIsNotWhatWasSent) {
  Response sent =
      Answer(200,
             R"({"file":)" +
                 File("ACTIVE", R"(,"sha256Hash":")" + base64::Encode(Sha256Hex("x")) + "\"") + "}",
             gemini::kSendBytes);
  sent.sent_sha256 = Sha256Hex("y");
  EXPECT_EQ(FailureOf(gemini_.Next(Server(), AnalysisCall(State(false)), sent)).failure_class,
            FailureClass::kStaleInput);
}

TEST_F(GeminiTest, WaitsLongerAndLongerWhileTheFileIsProcessed) {
  const std::pair<int64_t, int64_t> waits[] = {{0, 1'000}, {6'000, 3'000}, {300'000, 10'000}};
  for (const auto& [waited_ms, delay_ms] : waits) {
    now_ms_ = kNowMs + waited_ms;
    const std::string state = State(true);
    Step step =
        gemini_.Next(Server(), AnalysisCall(state), Answer(200, File("PROCESSING"), gemini::kLook));
    ASSERT_TRUE(std::holds_alternative<Wait>(step));
    EXPECT_EQ(std::get<Wait>(step).delay_ms, delay_ms);
  }
}

TEST_F(GeminiTest, WaitsNoLongerThanItMay) {
  for (const int64_t clock_ms : {31'000, -31'000}) {  // it may have been set back
    now_ms_ = kNowMs + clock_ms;
    const std::string state = State(true);
    const Failure failure =
        FailureOf(gemini_.Next(Server({{"poll_seconds_max", "30"}}), AnalysisCall(state),
                               Answer(200, File("PROCESSING"), gemini::kLook)));
    EXPECT_EQ(failure.failure_class, FailureClass::kStaleInput);
    EXPECT_EQ(failure.message, "The provider did not get the upload ready in time.");
  }
}

TEST_F(GeminiTest, FailsForGoodWhenTheServiceCannotReadTheVideo) {
  const Failure failure = FailureOf(gemini_.Next(
      Server(), AnalysisCall(State(true)),
      Answer(200, File("FAILED", R"(,"error":{"message":"no stream"})"), gemini::kLook)));
  EXPECT_EQ(failure.code, "unsupported_media");
  EXPECT_NE(failure.detail.find("no stream"), std::string::npos);
}

TEST_F(GeminiTest, GoesOnAfterACrashFromWhatWasKept) {
  const std::string state = State(false);
  const Request look = RequestOf(gemini_.Start(Server(), AnalysisCall(state)));
  EXPECT_EQ(look.method, Request::Method::kGet);
  EXPECT_EQ(look.url, std::string("https://gemini.example/v1beta/") + kFile);
  const Request generate = RequestOf(
      gemini_.Next(Server(), AnalysisCall(state), Answer(200, File("ACTIVE"), gemini::kLook)));
  EXPECT_EQ(generate.url, "https://gemini.example/v1beta/models/pro:generateContent");
}

TEST_F(GeminiTest, UploadsUnderTheSameNameWhenACrashCameBeforeTheBytes) {
  const std::string state = State(false);
  const auto [saved, again] =
      SavedOf(gemini_.Next(Server(), AnalysisCall(state), Answer(404, "", gemini::kLook)));
  EXPECT_EQ(again.url, "https://gemini.example/upload/v1beta/files");
  EXPECT_EQ(gemini::UploadState::FromText(saved).file, kFile);
}

TEST_F(GeminiTest, TakesANewFileThatIsUnknownForNotYetVisible) {
  const std::string state = State(true);
  EXPECT_TRUE(std::holds_alternative<Wait>(
      gemini_.Next(Server(), AnalysisCall(state), Answer(404, "", gemini::kLook))));
  now_ms_ = kNowMs + 60'000;
  EXPECT_EQ(FailureOf(gemini_.Next(Server(), AnalysisCall(state), Answer(404, "", gemini::kLook)))
                .failure_class,
            FailureClass::kStaleInput);
}

TEST_F(GeminiTest, TakesAStateThatIsNotItsOwnForNone) {
  for (const char* state : {"{}", "[]", "nonsense", R"({"file":"other"})",
                            R"({"file":"files/../x"})", R"({"file":5})", R"({"file":"files/A"})"}) {
    const Request request = SavedOf(gemini_.Start(Server(), AnalysisCall(state))).request;
    EXPECT_EQ(HeaderOf(request, "X-Goog-Upload-Command"), "start") << state;
  }
}

TEST_F(GeminiTest, PutsASmallVideoIntoTheRequestWhenItMay) {
  const Request request = RequestOf(
      gemini_.Start(Server({{"inline_bytes_max", "1000"}, {"fps", "2"}}), AnalysisCall()));
  ASSERT_EQ(request.pieces.size(), 3u);
  EXPECT_TRUE(request.pieces[1].base64);
  const json::Value body = Parsed(request.pieces[0].text + "AAAA" + request.pieces[2].text);
  const json::Value part = body.Find("contents")->At(0).Find("parts")->At(0);
  EXPECT_EQ(part.Find("inlineData")->Find("data")->String(), "AAAA");
  EXPECT_EQ(part.Find("videoMetadata")->Find("fps")->Number(), 2);
}

TEST_F(GeminiTest, AsksForJsonOfTheSchemaWithTheOptionsThatAreSet) {
  const Request request = RequestOf(gemini_.Start(Server({{"inline_bytes_max", "1000"},
                                                          {"thinking_level", "low"},
                                                          {"media_resolution", "low"},
                                                          {"output_tokens_max", "9000"},
                                                          {"safety", "BLOCK_NONE"}}),
                                                  AnalysisCall()));
  const json::Value body = Parsed(request.pieces[0].text + request.pieces[2].text);
  const json::Value config = *body.Find("generationConfig");
  EXPECT_EQ(config.Find("responseMimeType")->String(), "application/json");
  EXPECT_TRUE(config.Find("responseJsonSchema")->IsObject());
  EXPECT_EQ(config.Find("thinkingConfig")->Find("thinkingLevel")->String(), "LOW");
  EXPECT_EQ(config.Find("mediaResolution")->String(), "MEDIA_RESOLUTION_LOW");
  EXPECT_EQ(config.Find("maxOutputTokens")->Number(), 9000);
  EXPECT_EQ(body.Find("safetySettings")->Size(), 4u);
  EXPECT_FALSE(config.Find("temperature"));
}

TEST_F(GeminiTest, SaysWhichOptionIsMissing) {
  ServerConfig server = Server();
  server.options.clear();
  const Failure failure = FailureOf(gemini_.Start(server, AnalysisCall()));
  EXPECT_EQ(failure.failure_class, FailureClass::kConfig);
  EXPECT_NE(failure.detail.find("analysis_model"), std::string::npos);
  EXPECT_NE(FailureOf(gemini_.Start(Server(), SpeechCall("x"))).detail.find("voice"),
            std::string::npos);
}

TEST_F(GeminiTest, GivesTheStyleBesideTheWordsOrBeforeThem) {
  const Request beside =
      RequestOf(gemini_.Start(Server({{"voice", "Kore"}}), SpeechCall("Hello.")));
  json::Value part = Parsed(beside.body).Find("contents")->At(0).Find("parts")->At(0);
  EXPECT_EQ(part.Find("text")->String(), "Hello.");
  EXPECT_EQ(part.Find("speechMetadata")->Find("style")->String(), "calm");
  const Request before = RequestOf(
      gemini_.Start(Server({{"voice", "Kore"}, {"speech_style", "prefix"}}), SpeechCall("Hello.")));
  part = Parsed(before.body).Find("contents")->At(0).Find("parts")->At(0);
  EXPECT_EQ(part.Find("text")->String(), "calm:\nHello.");
  EXPECT_FALSE(part.Find("speechMetadata"));
}

TEST_F(GeminiTest, DeletesAFileAndTakesOneThatIsGoneForDeleted) {
  const Deletable& files = *FindDeletable("gemini");
  const Request request = std::get<Request>(files.Delete(Server(), {}, kFile));
  EXPECT_EQ(request.method, Request::Method::kDelete);
  EXPECT_EQ(request.url, std::string("https://gemini.example/v1beta/") + kFile);
  EXPECT_EQ(files.ReadDelete(Server(), Answer(200, "{}")), std::nullopt);
  EXPECT_EQ(files.ReadDelete(Server(), Answer(403, "")), std::nullopt);
  EXPECT_EQ(files.ReadDelete(Server(), Answer(404, "")), std::nullopt);
  EXPECT_TRUE(files.ReadDelete(Server(), Answer(500, "")));
}

TEST_F(GeminiTest, ProbesTheFirstModelThatIsNamed) {
  const auto probe = gemini_.Probe(Server(), {});
  EXPECT_EQ(std::get<Request>(probe).url, "https://gemini.example/v1beta/models/pro");
  EXPECT_EQ(gemini_.ReadProbe(Server(), Answer(404, ""))->code, "model_not_found");
  EXPECT_EQ(gemini_.ReadProbe(Server(), Answer(200, R"({"name":"models/pro"})")), std::nullopt);
}

}  // namespace
}  // namespace debrief

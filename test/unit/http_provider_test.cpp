// http_provider_test.cpp: the requests of docs/http-protocol.md, and what answers lead to; and the
// provider that makes no request.
#include "http_provider.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "json.h"
#include "template_provider.h"

namespace debrief {
namespace {

struct Fixture {
  Job job;
  ServerConfig server;
  SpeechPart part{.segment_index = 2, .ssml = "<speak>a</speak>", .source_hash = "h"};
  Call call;

  explicit Fixture(Stage stage) {
    job.stage = stage;
    job.id = 7;
    job.correlation_id = "11111111-1111-4111-8111-111111111111";
    job.voice = {.language = "en-US", .provider_voice = "en-us", .instruction = "be kind"};
    job.recording = {.id = 12,
                     .storage_path = "u/v.mp4",
                     .filename = "talk \"1\".mp4",
                     .format = "",
                     .duration_seconds = 31.5};
    job.feedback = {.message = "Look up.", .category = "Posture", .timestamp_seconds = 3};
    server.base_url = "https://coach.example.com/debrief";
    server.instruction = "look at the hands";
    server.timeout_ms = 1'234;
    call.job = &job;
    if (stage == Stage::kAudio) call.part = &part;
    if (stage == Stage::kAnalysis) {
      call.video = std::make_shared<const FileSource>(open("/dev/null", O_RDONLY), 73'400'320);
    }
  }
  Request Start() const { return std::get<Request>(HttpProvider().Start(server, call)); }
};

std::string Header(const Request& request, const std::string& name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return "(none)";
}

json::Value Json(const std::string& text) {
  std::string error;
  const std::optional<json::Value> value = json::Parse(text, &error);
  EXPECT_TRUE(value.has_value()) << error;
  return *value;
}

TEST(HttpProvider, EveryRequestSaysWhoseItIs) {
  for (Stage stage : {Stage::kAnalysis, Stage::kSsml, Stage::kAudio}) {
    const Request request = Fixture(stage).Start();
    EXPECT_EQ(request.method, Request::Method::kPost);
    EXPECT_EQ(Header(request, "Debrief-Protocol"), "1");
    EXPECT_EQ(Header(request, "Debrief-Correlation-Id"), "11111111-1111-4111-8111-111111111111");
    EXPECT_EQ(Header(request, "Authorization"), "(none)");
    EXPECT_EQ(request.timeout_ms, 1'234);
  }
}

TEST(HttpProvider, SendsTheKeyOnlyWhenThereIsOne) {
  Fixture fixture(Stage::kAudio);
  fixture.server.key = "s3cr3t";
  EXPECT_EQ(Header(fixture.Start(), "Authorization"), "Bearer s3cr3t");
}

TEST(HttpProvider, SendsTheVideoAfterItsDescription) {
  const Fixture fixture(Stage::kAnalysis);
  const Request request = fixture.Start();
  EXPECT_EQ(request.url, "https://coach.example.com/debrief/v1/analyze");
  ASSERT_EQ(request.form.size(), 2U);
  EXPECT_EQ(request.form[0].name, "job");
  EXPECT_EQ(request.form[0].content_type, "application/json");
  EXPECT_EQ(request.form[1].name, "video");
  EXPECT_EQ(request.form[1].file, fixture.call.video);
  const json::Value job = Json(request.form[0].text);
  EXPECT_EQ(job.Find("video")->Find("id")->Number(), 12);
  EXPECT_EQ(job.Find("video")->Find("filename")->String(), "talk \"1\".mp4");
  EXPECT_TRUE(job.Find("video")->Find("format")->IsNull());
  EXPECT_EQ(job.Find("video")->Find("bytes")->Number(), 73'400'320);
  EXPECT_EQ(job.Find("video")->Find("duration_seconds")->Number(), 31.5);
  EXPECT_EQ(job.Find("language")->String(), "en-US");
  EXPECT_EQ(job.Find("instruction")->String(), "look at the hands");
}

TEST(HttpProvider, AsksForSsmlWithTheNextStagesLimit) {
  Fixture fixture(Stage::kSsml);
  fixture.server.ssml_bytes_max = 777;
  const Request request = fixture.Start();
  EXPECT_EQ(request.url, "https://coach.example.com/debrief/v1/ssml");
  EXPECT_EQ(Header(request, "Content-Type"), "application/json");
  const json::Value body = Json(request.body);
  EXPECT_EQ(body.Find("feedback")->Find("id")->Number(), 7);
  EXPECT_EQ(body.Find("feedback")->Find("message")->String(), "Look up.");
  EXPECT_EQ(body.Find("feedback")->Find("category")->String(), "Posture");
  EXPECT_EQ(body.Find("feedback")->Find("timestamp_seconds")->Number(), 3);
  EXPECT_EQ(body.Find("voice")->String(), "en-us");
  EXPECT_EQ(body.Find("instruction")->String(), "be kind");
  EXPECT_EQ(body.Find("max_bytes")->Number(), 777);
}

TEST(HttpProvider, AsksForOnePartsSound) {
  const Request request = Fixture(Stage::kAudio).Start();
  EXPECT_EQ(request.url, "https://coach.example.com/debrief/v1/speech");
  EXPECT_EQ(request.response_bytes_max, 64 << 20);
  const json::Value body = Json(request.body);
  EXPECT_EQ(body.Find("feedback_id")->Number(), 7);
  EXPECT_EQ(body.Find("segment_index")->Number(), 2);
  EXPECT_EQ(body.Find("ssml")->String(), "<speak>a</speak>");
}

TEST(HttpProvider, EqualWorkHasAnEqualIdempotencyKey) {
  Fixture fixture(Stage::kSsml);
  const std::string key = Header(fixture.Start(), "Idempotency-Key");
  fixture.job.attempt = 3;
  fixture.job.token = 99;
  EXPECT_EQ(Header(fixture.Start(), "Idempotency-Key"), key);
  fixture.job.feedback.message = "Look down.";
  EXPECT_NE(Header(fixture.Start(), "Idempotency-Key"), key);
  EXPECT_TRUE(key.starts_with("ssml-7-"));
}

TEST(HttpProvider, AnAnswerIsAResultOrAFailure) {
  const Fixture fixture(Stage::kAudio);
  Response good;
  good.status = 200;
  good.body = "sound";
  good.version_header = "v";
  const Step step = HttpProvider().Next(fixture.server, fixture.call, good);
  const AudioResult& audio = std::get<AudioResult>(std::get<Result>(step));
  EXPECT_EQ(audio.bytes, "sound");
  EXPECT_EQ(audio.version, "v");
  good.body.clear();
  EXPECT_EQ(std::get<Failure>(HttpProvider().Next(fixture.server, fixture.call, good)).code,
            "bad_answer");
  Response busy;
  busy.status = 429;
  EXPECT_EQ(std::get<Failure>(HttpProvider().Next(fixture.server, fixture.call, busy)).code,
            "rate_limited");
}

TEST(TemplateProvider, WritesSsmlThatFitsTheNextStage) {
  Fixture fixture(Stage::kSsml);
  fixture.job.feedback.message.clear();
  for (int i = 0; i < 50; i++) fixture.job.feedback.message += "A sentence & more. ";
  fixture.server.ssml_bytes_max = 400;
  const Step step = TemplateProvider().Start(fixture.server, fixture.call);
  const SsmlResult& result = std::get<SsmlResult>(std::get<Result>(step));
  EXPECT_GT(result.segments.size(), 1U);
  for (const std::string& segment : result.segments) EXPECT_LE(segment.size(), 400U);
  EXPECT_EQ(result.version, "template 1");
}

TEST(TemplateProvider, ServesNoOtherStage) {
  const Fixture fixture(Stage::kAudio);
  EXPECT_EQ(std::get<Failure>(TemplateProvider().Start(fixture.server, fixture.call)).failure_class,
            FailureClass::kConfig);
}

TEST(ProviderTable, KnowsItsKinds) {
  EXPECT_NE(FindProvider("http"), nullptr);
  EXPECT_NE(FindProvider("template"), nullptr);
  EXPECT_EQ(FindProvider("gemini"), nullptr);
  EXPECT_EQ(FindProvider(""), nullptr);
}

}  // namespace
}  // namespace debrief

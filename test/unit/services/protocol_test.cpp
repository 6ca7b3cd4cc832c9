// protocol_test.cpp: the requests of docs/http-protocol.md, byte by byte. Answers are in
// analysis_answer_test.cpp and ssml_answer_test.cpp.
#include "bgworker/core/services/kinds.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>

namespace debrief {
namespace {

using Headers = std::map<std::string, std::string>;

constexpr char kCorrelation[] = "0f5b1c1e-0000-4000-8000-00000000002a";

ServerConfig Server() {
  return {.name = "coach",
          .kind = "http",
          .base_url = "https://coach.example.com/debrief",
          .key = "s3cr3t",
          .instruction = "Be \"kind\".",
          .timeout_ms = 1'234,
          .ssml_bytes_max = 800};
}

Job AnalysisJob() {
  return {.stage = Stage::kAnalysis,
          .id = 7,
          .correlation_id = kCorrelation,
          .voice = {.language = "en-US", .provider_voice = "en-us", .instruction = "not sent"},
          .recording = {.id = 12,
                        .storage_path = "user/videos/talk.mp4",
                        .filename = "talk.mp4",
                        .format = "mp4",
                        .duration_seconds = 31.5}};
}

Job SsmlJob() {
  return {
      .stage = Stage::kSsml,
      .id = 7,
      .correlation_id = kCorrelation,
      .voice = {.language = "en-US", .provider_voice = "en-us", .instruction = "Slowly."},
      .feedback = {
          .message = "Look at the \"camera\".\n", .category = "Posture", .timestamp_seconds = 3}};
}

Job AudioJob() {
  Job job = SsmlJob();
  job.stage = Stage::kAudio;
  job.parts = {{.segment_index = 0, .ssml = "<speak>One.</speak>", .source_hash = "h0"},
               {.segment_index = 2, .ssml = "<speak>Three.</speak>", .source_hash = "h2"}};
  return job;
}

CallInput CallOf(const Job& job, size_t part = 0) {
  CallInput call{.job = &job};
  if (job.stage == Stage::kAudio) {
    call.part = &job.parts[part];
    call.speech = call.part->ssml;
  }
  // No descriptor is needed for what is only handed on.
  if (job.stage == Stage::kAnalysis)
    call.video = std::make_shared<const FileSource>(-1, 73'400'320);
  return call;
}

Request RequestOf(const ServerConfig& server, const Job& job, size_t part = 0) {
  return std::get<Request>(FindProvider("http")->Start(server, CallOf(job, part)));
}

Headers HeadersOf(const Request& request) {
  return {request.headers.begin(), request.headers.end()};
}

std::string IdempotencyKeyOf(const Job& job, size_t part = 0) {
  return HeadersOf(RequestOf(Server(), job, part)).at("Idempotency-Key");
}

Step Answer(const Job& job, Response response) {
  return FindProvider("http")->Next(Server(), CallOf(job), std::move(response));
}

Response Body(std::string body, int status = 200) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

TEST(HttpProvider, AppendsThePathOfTheStageToTheBaseUrl) {
  EXPECT_EQ(RequestOf(Server(), AnalysisJob()).url, "https://coach.example.com/debrief/v1/analyze");
  EXPECT_EQ(RequestOf(Server(), SsmlJob()).url, "https://coach.example.com/debrief/v1/ssml");
  EXPECT_EQ(RequestOf(Server(), AudioJob()).url, "https://coach.example.com/debrief/v1/speech");
}

TEST(HttpProvider, PostsWithTheStagesTimeLimit) {
  for (const Job& job : {AnalysisJob(), SsmlJob(), AudioJob()}) {
    const Request request = RequestOf(Server(), job);
    EXPECT_EQ(request.method, Request::Method::kPost);
    EXPECT_EQ(request.timeout_ms, 1'234);
  }
}

TEST(HttpProvider, TakesEightMegabytesOfJsonAnd64OfSound) {
  EXPECT_EQ(RequestOf(Server(), AnalysisJob()).response_bytes_max, 8 << 20);
  EXPECT_EQ(RequestOf(Server(), SsmlJob()).response_bytes_max, 8 << 20);
  EXPECT_EQ(RequestOf(Server(), AudioJob()).response_bytes_max, 64 << 20);
}

TEST(HttpProvider, SendsTheHeadersOfTheProtocolWithEveryRequest) {
  for (const Job& job : {AnalysisJob(), SsmlJob(), AudioJob()}) {
    const Headers headers = HeadersOf(RequestOf(Server(), job));
    EXPECT_EQ(headers.at("Debrief-Protocol"), "1");
    EXPECT_EQ(headers.at("Debrief-Correlation-Id"), kCorrelation);
    EXPECT_EQ(headers.at("Authorization"), "Bearer s3cr3t");
    EXPECT_TRUE(headers.contains("Idempotency-Key"));
  }
}

std::string TraceParentOf(const Job& job, size_t part = 0) {
  const Headers headers = HeadersOf(RequestOf(Server(), job, part));
  return headers.contains("traceparent") ? headers.at("traceparent") : "";
}

TEST(HttpProvider, SendsTheCorrelationIdAsTheTraceOfW3c) {
  for (const Job& job : {AnalysisJob(), SsmlJob(), AudioJob()}) {
    const std::string value = TraceParentOf(job);
    ASSERT_EQ(value.size(), 55U);
    EXPECT_EQ(value.substr(0, 36), "00-0f5b1c1e00004000800000000000002a-");
    EXPECT_EQ(value.substr(36, 16).find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_EQ(value.substr(52), "-01");
  }
}

TEST(HttpProvider, GivesEachRequestASpanOfItsOwn) {
  Job another_claim = SsmlJob();
  another_claim.token = 99;
  Job another_row = SsmlJob();
  another_row.id = 8;
  EXPECT_NE(TraceParentOf(another_claim), TraceParentOf(SsmlJob()));
  EXPECT_NE(TraceParentOf(another_row), TraceParentOf(SsmlJob()));
  EXPECT_NE(TraceParentOf(AudioJob(), 0), TraceParentOf(AudioJob(), 1));
}

TEST(HttpProvider, SendsNoTraceThatW3cForbids) {
  for (const char* const id :
       {"", "c", "00000000-0000-0000-0000-000000000000", "0F5B1C1E-0000-4000-8000-00000000002A"}) {
    Job job = SsmlJob();
    job.correlation_id = id;
    EXPECT_EQ(TraceParentOf(job), "") << id;
  }
}

TEST(HttpProvider, SendsNoAuthorizationWithoutAKey) {
  ServerConfig server = Server();
  server.key.clear();
  for (const Job& job : {AnalysisJob(), SsmlJob(), AudioJob()}) {
    EXPECT_FALSE(HeadersOf(RequestOf(server, job)).contains("Authorization"));
  }
}

TEST(HttpProvider, SaysThatABodyIsJson) {
  EXPECT_EQ(HeadersOf(RequestOf(Server(), SsmlJob())).at("Content-Type"), "application/json");
  EXPECT_EQ(HeadersOf(RequestOf(Server(), AudioJob())).at("Content-Type"), "application/json");
  // The client writes it, with the boundary.
  EXPECT_FALSE(HeadersOf(RequestOf(Server(), AnalysisJob())).contains("Content-Type"));
}

TEST(HttpProvider, SendsAVideoInTwoPartsWithTheJobFirst) {
  const Job job = AnalysisJob();
  const CallInput call = CallOf(job);
  const Request request = std::get<Request>(FindProvider("http")->Start(Server(), call));
  EXPECT_EQ(request.body, "");
  ASSERT_EQ(request.form.size(), 2U);
  EXPECT_EQ(request.form[0].name, "job");
  EXPECT_EQ(request.form[0].content_type, "application/json");
  EXPECT_EQ(request.form[0].file, nullptr);
  EXPECT_EQ(request.form[0].text,
            R"({"video":{"id":12,"filename":"talk.mp4","format":"mp4","bytes":73400320,)"
            R"("duration_seconds":31.5},"language":"en-US","instruction":"Be \"kind\"."})");
  EXPECT_EQ(request.form[1].name, "video");
  EXPECT_EQ(request.form[1].content_type, "application/octet-stream");
  EXPECT_EQ(request.form[1].file, call.video);
}

TEST(HttpProvider, SendsNullForWhatTheUploaderDidNotSay) {
  Job job = AnalysisJob();
  job.recording.format.clear();
  for (const std::optional<double> unknown :
       {std::optional<double>(), std::optional(std::nan("")),
        std::optional(std::numeric_limits<double>::infinity())}) {
    job.recording.duration_seconds = unknown;
    EXPECT_EQ(RequestOf(Server(), job).form[0].text,
              R"({"video":{"id":12,"filename":"talk.mp4","format":null,"bytes":73400320,)"
              R"("duration_seconds":null},"language":"en-US","instruction":"Be \"kind\"."})");
  }
}

TEST(HttpProvider, SendsAMessageToBeWrittenAsSsml) {
  EXPECT_EQ(RequestOf(Server(), SsmlJob()).body,
            R"({"feedback":{"id":7,"message":"Look at the \"camera\".\n","category":"Posture",)"
            R"("timestamp_seconds":3.0},"language":"en-US","voice":"en-us",)"
            R"("instruction":"Slowly.","max_bytes":800})");
}

TEST(HttpProvider, SendsASegmentToBeSpoken) {
  EXPECT_EQ(RequestOf(Server(), AudioJob(), 1).body,
            R"({"feedback_id":7,"segment_index":2,"ssml":"<speak>Three.</speak>",)"
            R"("language":"en-US","voice":"en-us","instruction":"Slowly."})");
}

TEST(HttpProvider, MakesTheSameIdempotencyKeyForTheSameWork) {
  for (const Job& job : {AnalysisJob(), SsmlJob(), AudioJob()}) {
    Job again = job;
    again.attempt = 3;
    again.token = 99;
    again.correlation_id = "another";
    EXPECT_EQ(IdempotencyKeyOf(again), IdempotencyKeyOf(job));
  }
}

TEST(HttpProvider, MakesAnotherIdempotencyKeyForOtherWork) {
  Job edited = SsmlJob();
  edited.feedback.message += "!";
  EXPECT_NE(IdempotencyKeyOf(edited), IdempotencyKeyOf(SsmlJob()));
  Job other_row = SsmlJob();
  other_row.id = 8;
  EXPECT_NE(IdempotencyKeyOf(other_row), IdempotencyKeyOf(SsmlJob()));
  Job moved = AnalysisJob();
  moved.recording.storage_path = "user/videos/other.mp4";
  EXPECT_NE(IdempotencyKeyOf(moved), IdempotencyKeyOf(AnalysisJob()));
  EXPECT_NE(IdempotencyKeyOf(AudioJob(), 0), IdempotencyKeyOf(AudioJob(), 1));
}

TEST(HttpProvider, NamesStageAndRowInTheIdempotencyKey) {
  EXPECT_EQ(IdempotencyKeyOf(AnalysisJob()).substr(0, 11), "analysis-7-");
  EXPECT_EQ(IdempotencyKeyOf(SsmlJob()).substr(0, 7), "ssml-7-");
  EXPECT_EQ(IdempotencyKeyOf(AudioJob()).substr(0, 8), "audio-7-");
  EXPECT_EQ(IdempotencyKeyOf(SsmlJob()).size(), 7U + 32U);
}

TEST(HttpProvider, ReadsAnAnalysis) {
  const Step step = Answer(AnalysisJob(), Body(R"({"title":"t","feedback":[]})"));
  EXPECT_EQ(std::get<AnalysisResult>(std::get<Result>(step)).title, "t");
}

TEST(HttpProvider, ReadsSsmlAndSplitsItToTheServersLimit) {
  std::string sentences;
  for (int i = 0; i < 40; i++) sentences += "A sentence that is to be spoken. ";
  const Step step =
      Answer(SsmlJob(), Body(R"({"segments":["<speak>)" + sentences + R"(</speak>"]})"));
  const auto& segments = std::get<SsmlResult>(std::get<Result>(step)).segments;
  EXPECT_GT(segments.size(), 1U);
  for (const std::string& segment : segments) EXPECT_LE(segment.size(), 800U);
}

TEST(HttpProvider, HandsASoundOnAsItIs) {
  Response response = Body(std::string("RIFF\0\xff", 6));
  response.version_header = "voice 3";
  const Step step = Answer(AudioJob(), std::move(response));
  const auto& audio = std::get<AudioResult>(std::get<Result>(step));
  EXPECT_EQ(audio.bytes, std::string("RIFF\0\xff", 6));
  EXPECT_EQ(audio.version, "voice 3");
}

TEST(HttpProvider, RefusesAnEmptySound) {
  const Step step = Answer(AudioJob(), Body(""));
  EXPECT_EQ(std::get<Failure>(step).code, "bad_answer");
}

TEST(HttpProvider, ClassifiesWhatIsNoSuccessInEveryStage) {
  for (const Job& job : {AnalysisJob(), SsmlJob(), AudioJob()}) {
    const Step step = Answer(job, Body(R"({"error":{"code":"busy","message":"later"}})", 400));
    EXPECT_EQ(std::get<Failure>(step).failure_class, FailureClass::kRateLimited);
  }
}

TEST(HttpProvider, KeepsItsKeyOutOfTheHistoryWhenTheServiceQuotesIt) {
  const Step step =
      Answer(AudioJob(), Body(R"({"error":{"code":"unauthorized","message":"no s3cr3t"}})", 401));
  EXPECT_EQ(std::get<Failure>(step).detail, "no [redacted]");
}

}  // namespace
}  // namespace debrief

// protocol.cpp: the protocol of docs/http-protocol.md, for anybody's service.
//
// One request for a row (or for one part of it), one answer. What an answer must hold is in
// answers.cpp. User-Agent is the client's.

#include <cmath>

#include "bgworker/core/services/answers.h"
#include "bgworker/core/services/classify.h"
#include "bgworker/core/services/kinds.h"
#include "bgworker/core/services/sounds.h"
#include "bgworker/core/ssml/ssml.h"
#include "bgworker/core/text/json.h"
#include "bgworker/core/text/sha256.h"

namespace debrief {
namespace {

constexpr int64_t kJsonBytesMax = 8 << 20;
constexpr int64_t kAudioBytesMax = 64 << 20;
constexpr size_t kInputHashBytes = 32;  // of 64 hex digits

// Equal for equal work: the same row and the same input, whatever the attempt.
std::string IdempotencyKey(const Job& job, std::string_view input) {
  return std::string(StageName(job.stage)) + "-" + std::to_string(job.id) + "-" +
         Sha256Hex(input).substr(0, kInputHashBytes);
}

// The header "traceparent" of W3C: the correlation id is the trace, this request a span of it.
// Empty when the id is no trace id.
std::string TraceParent(const Job& job, std::string_view path, std::string_view input) {
  constexpr size_t kTraceIdDigits = 32;
  constexpr size_t kSpanIdDigits = 16;
  std::string trace = job.correlation_id;
  std::erase(trace, '-');
  if (trace.size() != kTraceIdDigits ||
      trace.find_first_not_of("0123456789abcdef") != std::string::npos ||
      trace.find_first_not_of('0') == std::string::npos) {
    return "";
  }
  // No claim, and no piece of its work, is made twice.
  const std::string span = Sha256Hex(std::to_string(job.token) + "/" + std::to_string(job.id) +
                                     std::string(path) + std::string(input));
  return "00-" + trace + "-" + span.substr(0, kSpanIdDigits) + "-01";
}

Request NewRequest(const ServerConfig& server, const Job& job, std::string_view path,
                   std::string_view input) {
  Request request;
  request.url = server.base_url + std::string(path);
  request.headers = {{"Debrief-Protocol", "1"},
                     {"Debrief-Correlation-Id", job.correlation_id},
                     {"Idempotency-Key", IdempotencyKey(job, input)}};
  std::string trace_parent = TraceParent(job, path, input);
  if (!trace_parent.empty()) request.headers.emplace_back("traceparent", std::move(trace_parent));
  if (!server.key.empty()) request.headers.emplace_back("Authorization", "Bearer " + server.key);
  request.timeout_ms = server.timeout_ms;
  request.response_bytes_max = kJsonBytesMax;
  return request;
}

Request NewJsonRequest(const ServerConfig& server, const Job& job, std::string_view path,
                       std::string body) {
  Request request = NewRequest(server, job, path, body);
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = std::move(body);
  return request;
}

void WriteTextOrNull(json::Writer* writer, std::string_view key, const std::string& value) {
  writer->Key(key);
  if (value.empty()) {
    writer->Null();
  } else {
    writer->String(value);
  }
}

// A numeric column can hold NaN and infinity; JSON cannot.
void WriteNumberOrNull(json::Writer* writer, std::string_view key, std::optional<double> value) {
  writer->Key(key);
  if (value && std::isfinite(*value)) {
    writer->Double(*value);
  } else {
    writer->Null();
  }
}

Request AnalysisRequest(const ServerConfig& server, const CallInput& call) {
  const Recording& recording = call.job->recording;
  json::Writer writer;
  writer.StartObject().Key("video").StartObject();
  writer.Key("id").Int(recording.id).Key("filename").String(recording.filename);
  WriteTextOrNull(&writer, "format", recording.format);
  writer.Key("bytes").Int(call.video->bytes());
  WriteNumberOrNull(&writer, "duration_seconds", recording.duration_seconds);
  writer.EndObject();
  writer.Key("language").String(call.job->voice.language);
  writer.Key("instruction").String(server.instruction).EndObject();
  std::string job = writer.Take();

  // The path and the size stand for the video: its bytes are read once, while they are sent.
  Request request = NewRequest(server, *call.job, "/v1/analyze", job + recording.storage_path);
  request.form = {
      {.name = "job", .content_type = "application/json", .text = std::move(job), .file = nullptr},
      {.name = "video",
       .content_type = "application/octet-stream",
       .text = {},
       .file = call.video}};
  return request;
}

Request SsmlRequest(const ServerConfig& server, const Job& job) {
  json::Writer writer;
  writer.StartObject().Key("feedback").StartObject();
  writer.Key("id").Int(job.id).Key("message").String(job.feedback.message);
  writer.Key("category").String(job.feedback.category);
  WriteNumberOrNull(&writer, "timestamp_seconds", job.feedback.timestamp_seconds);
  writer.EndObject();
  writer.Key("language").String(job.voice.language);
  writer.Key("voice").String(job.voice.provider_voice);
  writer.Key("instruction").String(job.voice.instruction);
  writer.Key("max_bytes").Int(server.ssml_bytes_max).EndObject();
  return NewJsonRequest(server, job, "/v1/ssml", writer.Take());
}

Request SpeechRequest(const ServerConfig& server, const CallInput& call) {
  const Job& job = *call.job;
  json::Writer writer;
  writer.StartObject().Key("feedback_id").Int(job.id);
  writer.Key("segment_index").Int(call.part->segment_index);
  writer.Key("ssml").String(call.speech);
  writer.Key("language").String(job.voice.language);
  writer.Key("voice").String(job.voice.provider_voice);
  writer.Key("instruction").String(job.voice.instruction).EndObject();
  Request request = NewJsonRequest(server, job, "/v1/speech", writer.Take());
  request.response_bytes_max = kAudioBytesMax;
  return request;
}

bool IsHealthAnswer(std::string_view body) {
  std::string problem;
  const std::optional<json::Value> answer = json::Parse(body, &problem);
  return answer && answer->IsObject() && json::TextOf(answer->Find("status")) == "ok";
}

class HttpProvider final : public Provider {
 public:
  Step Start(const ServerConfig& server, const CallInput& call) const override {
    switch (call.job->stage) {
      case Stage::kAnalysis:
        return AnalysisRequest(server, call);
      case Stage::kSsml:
        return SsmlRequest(server, *call.job);
      default:
        break;
    }
    return SpeechRequest(server, call);
  }

  Step Next(const ServerConfig& server, const CallInput& call, Response response) const override {
    if (std::optional<Failure> failure = Classify(response, server.key)) return std::move(*failure);
    switch (call.job->stage) {
      case Stage::kAnalysis:
        return ReadAnalysis(std::move(response.body), server.key);
      case Stage::kSsml:
        return ReadSsml(response.body, static_cast<size_t>(server.ssml_bytes_max), server.key);
      default:
        break;
    }
    // The words are looked at where there is no sound only.
    const std::string words = response.body.empty() ? ssml::ToText(call.speech) : std::string();
    return TakeSound(
        server, {.bytes = std::move(response.body), .version = std::move(response.version_header)},
        words);
  }

  SpeechLimits Limits(const ServerConfig& server) const override {
    return {.form = SpeechLimits::Form::kSsml, .input_max = server.ssml_bytes_max};
  }

  ProbeStep Probe(const ServerConfig& server, const CallContext&) const override {
    Request request;
    request.method = Request::Method::kGet;
    request.url = server.base_url + "/health";
    request.headers = {{"Debrief-Protocol", "1"}};
    if (!server.key.empty()) request.headers.emplace_back("Authorization", "Bearer " + server.key);
    request.timeout_ms = server.timeout_ms;
    return request;
  }

  std::optional<Failure> ReadProbe(const ServerConfig& server,
                                   const Response& response) const override {
    std::optional<Failure> failure = Classify(response, server.key);
    if (!failure && IsHealthAnswer(response.body)) return std::nullopt;
    if (failure && failure->code != "bad_request" && failure->code != "endpoint_not_found") {
      return failure;
    }
    return WrongService(response, "a pg_debrief provider");
  }
};

}  // namespace

std::unique_ptr<const Provider> NewHttpProvider() { return std::make_unique<HttpProvider>(); }

}  // namespace debrief

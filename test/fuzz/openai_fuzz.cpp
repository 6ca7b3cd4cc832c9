// openai_fuzz.cpp: any bytes as answers: only a 200 may be a result, what is kept is valid UTF-8,
// and the key is told nowhere. The same bytes as what is to be spoken or analysed: the request must
// be JSON that says just that, and a transcript must stay in its fence.
#include <cstdint>
#include <cstdlib>
#include <type_traits>
#include <variant>

#include "bgworker/core/services/kinds.h"
#include "bgworker/core/text/json.h"

namespace {

using namespace debrief;

constexpr char kKey[] = "s3cr3t-k3y";

void Require(bool holds) {
  if (!holds) std::abort();
}

std::optional<json::Value> Parsed(std::string_view text) {
  std::string problem;
  return json::Parse(text, &problem);
}

std::string Quoted(std::string_view text) {
  json::Writer writer;
  writer.String(text);
  return writer.Take();
}

void CheckFailure(const Failure& failure) {
  Require(!failure.code.empty() && !failure.message.empty() && failure.detail.size() <= 500);
  Require(failure.detail.find(kKey) == std::string::npos);
  Require(Parsed(Quoted(failure.detail)).has_value());
}

void CheckAnswer(const Step& step, int status) {
  if (const Failure* failure = std::get_if<Failure>(&step)) return CheckFailure(*failure);
  Require(status == 200 && std::holds_alternative<Result>(step));
  std::visit(
      [](const auto& made) {
        constexpr bool kIsMade = !std::is_same_v<std::decay_t<decltype(made)>, DeliveryResult>;
        Require(kIsMade);
        if constexpr (kIsMade) {
          Require(made.version.size() <= 200 && Parsed(Quoted(made.version)).has_value());
          Require(made.usage.input_tokens >= 0 && made.usage.output_tokens >= 0);
        }
      },
      std::get<Result>(step));
}

void CheckSpoken(const Request& request, std::string_view text) {
  const std::optional<json::Value> body = Parsed(request.body);
  Require(body && body->Find("input")->String() == text);
}

void CheckAnalysed(const Request& request) {
  constexpr std::string_view kEnd = "</transcript";
  const std::optional<json::Value> body = Parsed(request.body);
  Require(body.has_value());
  const json::Value content = *body->Find("messages")->At(0).Find("content");
  Require(content.String().ends_with("\n</transcript>"));
  const size_t end = content.String().size() - kEnd.size() - 1;
  Require(content.String().find(kEnd) == end);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const bool is_sendable = !text.empty() && Parsed(Quoted(text)).has_value();
  const Provider& openai = *FindProvider("openai");
  for (const char* form : {"strict", "none"}) {
    const ServerConfig server{
        .base_url = "https://api.example/v1",
        .key = kKey,
        .ssml_bytes_max = 800,
        .options = {{"analysis_model", "m"},
                    {"ssml_model", "m"},
                    {"speech_model", "m"},
                    {"speech_format", form == std::string_view("none") ? "pcm" : "mp3"},
                    {"json_schema", form}}};
    for (const Stage stage : {Stage::kAnalysis, Stage::kSsml, Stage::kAudio}) {
      const Job job{.stage = stage, .recording = {.transcript = text}};
      const CallInput call{.job = &job, .speech = text};
      if (is_sendable && stage != Stage::kSsml) {
        const Step step = openai.Start(server, call);
        const Request& request = std::get<Request>(step);
        stage == Stage::kAudio ? CheckSpoken(request, text) : CheckAnalysed(request);
      }
      for (const int status : {200, 400, 404, 429, 503}) {
        Response response;
        response.status = status;
        response.body = text;
        if (const auto failure = openai.ReadProbe(server, response)) CheckFailure(*failure);
        CheckAnswer(openai.Next(server, call, std::move(response)), status);
      }
    }
  }
  return 0;
}

// openai.cpp: OpenAI, and what speaks its protocol: vLLM, Ollama, llama.cpp, LocalAI, Kokoro.
//
// Chat completions for analysis and SSML, audio/speech to speak.

#include <cstdlib>

#include "bgworker/core/audio/audio.h"
#include "bgworker/core/services/answers.h"
#include "bgworker/core/services/classify.h"
#include "bgworker/core/services/kinds.h"
#include "bgworker/core/services/model_answers.h"
#include "bgworker/core/services/openai/answers.h"
#include "bgworker/core/services/prompts.h"
#include "bgworker/core/services/sounds.h"
#include "bgworker/core/services/video_type.h"
#include "bgworker/core/text/json.h"
#include "bgworker/core/text/utf8.h"

namespace debrief {
namespace {

constexpr int64_t kChatAnswerBytesMax = 16 << 20;
constexpr int64_t kSpeechAnswerBytesMax = 64 << 20;
constexpr int64_t kModelsBytesMax = 8 << 20;
constexpr int64_t kInlineBytesDefault = 20'000'000;
constexpr int64_t kInputMax = 3'891;  // of 4,096
constexpr int kPcmRateHz = 24'000;
constexpr std::string_view kModelOptions[] = {"analysis_model", "ssml_model", "speech_model"};

struct WordOption {
  std::string_view name;
  std::string_view words;  // what it may be, each between blanks
};
constexpr WordOption kWordOptions[] = {{"json_schema", " strict flat object none "},
                                       {"tokens_field", " max_completion_tokens max_tokens "},
                                       {"video_input", " transcript video_url input_video "},
                                       {"speech_format", " mp3 wav pcm "},
                                       {"speech_instructions", " yes no "},
                                       {"stream_format", " audio "}};

Failure Fail(std::string_view code, std::string_view why) {
  return ClassifyCode(code, Response(), why, {});
}

// A mistyped word would show only in answers that were paid for and cannot be used.
std::optional<Failure> CheckWords(const ServerConfig& server) {
  for (const WordOption& option : kWordOptions) {
    const std::string word = server.Option(option.name);
    if (word.empty() || option.words.find(" " + word + " ") != std::string_view::npos) continue;
    return Fail("not_configured", "option " + std::string(option.name) + " must be one of" +
                                      std::string(option.words));
  }
  return std::nullopt;
}

Request NewRequest(const ServerConfig& server, std::string_view path) {
  Request request;
  request.url = server.base_url + std::string(path);
  if (!server.key.empty()) request.headers.emplace_back("Authorization", "Bearer " + server.key);
  request.timeout_ms = server.timeout_ms;
  return request;
}

Request NewJsonRequest(const ServerConfig& server, std::string_view path) {
  Request request = NewRequest(server, path);
  request.headers.emplace_back("Content-Type", "application/json");
  return request;
}

std::string_view ModelOption(Stage stage) { return kModelOptions[static_cast<int>(stage)]; }

void WriteFormat(json::Writer* writer, const ServerConfig& server, std::string_view name,
                 std::string_view schema) {
  const std::string form = server.Option("json_schema", "strict");
  if (form == "none") return;
  writer->Key("response_format").StartObject();
  if (form == "object") {
    writer->Key("type").String("json_object").EndObject();
    return;
  }
  writer->Key("type").String("json_schema");
  if (form == "flat") {
    writer->Key("schema").Raw(schema);
  } else {
    writer->Key("json_schema").StartObject().Key("name").String(name);
    writer->Key("strict").Bool(true).Key("schema").Raw(schema).EndObject();
  }
  writer->EndObject();
}

std::string SchemaOf(const CallInput& call, prompts::Dialect dialect) {
  return call.job->stage == Stage::kAnalysis ? prompts::AnalysisSchema(dialect)
                                             : prompts::SsmlSchema(dialect);
}

// `content` is the user's message, as JSON.
std::string ChatBody(const ServerConfig& server, const CallInput& call, std::string_view content) {
  json::Writer writer;
  writer.StartObject().Key("model").String(server.Option(ModelOption(call.job->stage)));
  writer.Key("messages").StartArray().StartObject().Key("role").String("user");
  writer.Key("content").Raw(content).EndObject().EndArray();
  WriteFormat(&writer, server, StageName(call.job->stage),
              SchemaOf(call, prompts::Dialect::kStrict));
  // An answer that was cut at the limit is asked for again without one: the model's own holds.
  const std::string tokens = server.Option("output_tokens_max");
  if (!tokens.empty() && !call.job->last_answer.was_cut) {
    writer.Key(server.Option("tokens_field", "max_completion_tokens")).Raw(tokens);
  }
  return writer.EndObject().Take();
}

std::string JsonString(std::string_view text) {
  json::Writer writer;
  writer.String(text);
  return writer.Take();
}

Request ChatRequest(const ServerConfig& server) {
  Request request = NewJsonRequest(server, "/chat/completions");
  request.response_bytes_max = kChatAnswerBytesMax;
  return request;
}

// Where the server does not hold the model to the schema, its prompt has to. OpenAI refuses
// json_object when no message says "JSON".
std::string WithSchema(const ServerConfig& server, const CallInput& call, std::string prompt) {
  const std::string form = server.Option("json_schema", "strict");
  if (form == "strict" || form == "flat") return prompt;
  return prompt + "\nAnswer with one JSON object of this JSON schema:\n" +
         SchemaOf(call, prompts::Dialect::kWhole);
}

std::string AnalysisPrompt(const ServerConfig& server, const CallInput& call) {
  return WithSchema(server, call, prompts::Analysis(server, call));
}

// The end mark cannot come from the transcript itself.
std::string Fenced(std::string_view transcript) {
  constexpr std::string_view kEnd = "</transcript";
  std::string fenced = "<transcript>\n";
  while (true) {
    const size_t at = transcript.find(kEnd);
    fenced.append(transcript.substr(0, at));
    if (at == std::string_view::npos) return fenced.append("\n</transcript>");
    fenced.append("< ");
    transcript.remove_prefix(at + 1);
  }
}

Step AnalyseTranscript(const ServerConfig& server, const CallInput& call) {
  const std::string& transcript = call.job->recording.transcript;
  if (transcript.empty()) {
    return Fail("unsupported_media", "metadata ->> 'transcript' of the recording is missing");
  }
  Request request = ChatRequest(server);
  request.body =
      ChatBody(server, call,
               JsonString(AnalysisPrompt(server, call) +
                          "\nThe recording is given as its transcript:\n" + Fenced(transcript)));
  return request;
}

// The data URI's prefix is a mark that the file's bytes are put behind.
Step AnalyseVideo(const ServerConfig& server, const CallInput& call) {
  const std::string limit = server.Option("inline_bytes_max");
  const int64_t bytes_max = limit.empty() ? kInlineBytesDefault : std::atoll(limit.c_str());
  if (call.video->bytes() > bytes_max) {
    return Fail("too_large", "the recording is larger than inline_bytes_max");
  }
  const bool as_url = server.Option("video_input") == "video_url";
  const std::string mark =
      as_url ? R"({"type":"video_url","video_url":{"url":"data:)" + VideoType(call) + ";base64,"
             : R"({"type":"input_video","input_video":{"data":")";
  const std::string content = "[" + mark + R"("}},{"type":"text","text":)" +
                              JsonString(AnalysisPrompt(server, call)) + "}]";
  const std::string body = ChatBody(server, call, content);
  const size_t cut = body.find(mark) + mark.size();
  Request request = ChatRequest(server);
  request.pieces = {{.text = body.substr(0, cut), .file = nullptr},
                    {.text = {}, .file = call.video, .base64 = true},
                    {.text = body.substr(cut), .file = nullptr}};
  return request;
}

Request Speak(const ServerConfig& server, const CallInput& call) {
  const std::string& asked = call.job->voice.provider_voice;
  json::Writer writer;
  writer.StartObject().Key("model").String(server.Option("speech_model"));
  writer.Key("input").String(call.speech);
  writer.Key("voice").String(asked.empty() ? server.Option("voice", "alloy") : asked);
  writer.Key("response_format").String(server.Option("speech_format", "mp3"));
  if (const std::string speed = server.Option("speed"); !speed.empty()) {
    writer.Key("speed").Raw(speed);
  }
  const std::string style = prompts::SpeechStyle(call);
  if (!style.empty() && server.Option("speech_instructions", "yes") == "yes") {
    writer.Key("instructions").String(style);
  }
  if (const std::string format = server.Option("stream_format"); !format.empty()) {
    writer.Key("stream_format").String(format);
  }
  Request request = NewJsonRequest(server, "/audio/speech");
  request.body = writer.EndObject().Take();
  request.response_bytes_max = kSpeechAnswerBytesMax;
  return request;
}

Step ReadSound(const ServerConfig& server, const CallInput& call, Response response) {
  if (auto failure = openai::Classify(response, server.key)) return std::move(*failure);
  const bool raw = server.Option("speech_format") == "pcm";
  if (openai::IsError(response.body, raw)) return openai::ClassifyDisguised(response, server.key);
  return TakeSound(server,
                   {.usage = {.characters = utf8::CountCharacters(call.speech)},
                    .bytes = std::move(response.body)},
                   call.speech, raw ? kPcmRateHz : 0);
}

class OpenAiProvider final : public Provider {
 public:
  std::string BaseUrl(const ServerConfig& server) const override {
    return server.Option("base_url", "https://api.openai.com/v1");
  }

  // Not when a transcript is analysed instead.
  bool NeedsVideo(const ServerConfig& server) const override {
    return server.Option("video_input", "transcript") != "transcript";
  }

  Step Start(const ServerConfig& server, const CallInput& call) const override {
    if (auto mistake = CheckWords(server)) return std::move(*mistake);
    const std::string_view model = ModelOption(call.job->stage);
    if (server.Option(model).empty()) {
      return Fail("not_configured", "option " + std::string(model) + " is missing");
    }
    if (call.job->stage == Stage::kAudio) return Speak(server, call);
    if (call.job->stage == Stage::kAnalysis) {
      return NeedsVideo(server) ? AnalyseVideo(server, call) : AnalyseTranscript(server, call);
    }
    Request request = ChatRequest(server);
    request.body =
        ChatBody(server, call, JsonString(WithSchema(server, call, prompts::Ssml(server, call))));
    return request;
  }

  Step Next(const ServerConfig& server, const CallInput& call, Response response) const override {
    if (call.job->stage == Stage::kAudio) return ReadSound(server, call, std::move(response));
    auto read = openai::ReadMessage(response, server.key);
    if (Failure* failure = std::get_if<Failure>(&read)) return std::move(*failure);
    return ReadModelAnswer(server, call, std::get<ModelAnswer>(std::move(read)));
  }

  SpeechLimits Limits(const ServerConfig&) const override {
    return {.form = SpeechLimits::Form::kText,
            .unit = SpeechLimits::Unit::kCharacters,
            .input_max = kInputMax};
  }

  std::string_view SoundOption() const override { return "speech_format"; }

  ProbeStep Probe(const ServerConfig& server, const CallContext&) const override {
    if (auto mistake = CheckWords(server)) return std::move(*mistake);
    Request request = NewRequest(server, "/models");
    request.method = Request::Method::kGet;
    request.response_bytes_max = kModelsBytesMax;
    return request;
  }

  std::optional<Failure> ReadProbe(const ServerConfig& server,
                                   const Response& response) const override {
    constexpr char kService[] = "a server of OpenAI's protocol with a list of models";
    if (response.status == 404 || response.status == 405) return WrongService(response, kService);
    if (auto failure = openai::Classify(response, server.key)) return failure;
    std::string problem;
    const std::optional<json::Value> answer = json::Parse(response.body, &problem);
    const std::optional<json::Value> models =
        answer && answer->IsObject() ? answer->Find("data") : std::nullopt;
    if (!models || !models->IsArray()) return WrongService(response, kService);
    for (const std::string_view option : kModelOptions) {
      const std::string model = server.Option(option);
      if (model.empty() || openai::IsListed(*models, model)) continue;
      return ClassifyCode("model_not_found", response, "model " + model + " is not in the list",
                          server.key);
    }
    return std::nullopt;
  }
};

}  // namespace

std::unique_ptr<const Provider> NewOpenAiProvider() { return std::make_unique<OpenAiProvider>(); }

}  // namespace debrief

// gemini_requests.cpp: see gemini_requests.h.

#include "bgworker/core/services/google/gemini_requests.h"

#include <algorithm>
#include <utility>

#include "bgworker/core/services/classify.h"
#include "bgworker/core/services/google/errors.h"
#include "bgworker/core/services/prompts.h"
#include "bgworker/core/services/video_type.h"
#include "bgworker/core/text/ascii.h"
#include "bgworker/core/text/json.h"

namespace debrief::gemini {
namespace {

constexpr int64_t kTextAnswerBytesMax = 16 << 20;
constexpr int64_t kSpeechAnswerBytesMax = 96 << 20;

void WriteNumber(json::Writer* writer, const ServerConfig& server, std::string_view option,
                 std::string_view name) {
  const std::string value = server.Option(option);
  if (!value.empty()) writer->Key(name).Raw(value);
}

std::string Upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

void WriteSafety(json::Writer* writer, const ServerConfig& server) {
  const std::string threshold = server.Option("safety");
  if (threshold.empty()) return;
  writer->Key("safetySettings").StartArray();
  for (const char* category :
       {"HARM_CATEGORY_HARASSMENT", "HARM_CATEGORY_HATE_SPEECH", "HARM_CATEGORY_SEXUALLY_EXPLICIT",
        "HARM_CATEGORY_DANGEROUS_CONTENT"}) {
    writer->StartObject().Key("category").String(category);
    writer->Key("threshold").String(threshold).EndObject();
  }
  writer->EndArray();
}

// Models before 3 know no levels, but a number of tokens; these are numbers that each of them
// takes.
void WriteThinking(json::Writer* writer, const ServerConfig& server, const Job& job) {
  constexpr std::pair<std::string_view, int64_t> kBudgets[] = {
      {"minimal", 512}, {"low", 2'048}, {"medium", 8'192}, {"high", 24'576}};
  const std::string level = ascii::Lower(server.Option("thinking_level"));
  if (level.empty()) return;
  writer->Key("thinkingConfig").StartObject();
  if (server.Option(ModelOption(job.stage)).starts_with("gemini-2")) {
    for (const auto& [name, tokens] : kBudgets) {
      if (name == level) writer->Key("thinkingBudget").Int(tokens);
    }
  } else {
    writer->Key("thinkingLevel").String(Upper(level));
  }
  writer->EndObject();
}

// An answer that was cut at the limit is asked for again without one: the model's own holds.
void WriteConfig(json::Writer* writer, const ServerConfig& server, const Job& job,
                 std::string_view schema) {
  writer->Key("generationConfig").StartObject();
  writer->Key("responseMimeType").String("application/json");
  writer->Key("responseJsonSchema").Raw(schema);
  if (!job.last_answer.was_cut) {
    WriteNumber(writer, server, "output_tokens_max", "maxOutputTokens");
  }
  WriteThinking(writer, server, job);
  if (const std::string detail = server.Option("media_resolution"); !detail.empty()) {
    writer->Key("mediaResolution").String("MEDIA_RESOLUTION_" + Upper(detail));
  }
  writer->EndObject();
}

// The voices that the service has are called by one word; designed ones and those of a library have
// identifiers.
void WriteVoice(json::Writer* writer, const std::string& voice) {
  const bool is_word = std::all_of(voice.begin(), voice.end(), [](char c) {
    return ascii::IsLetterOrDigit(c) && !ascii::IsDigit(c);
  });
  if (!is_word) {
    writer->Key("voice").String(voice);
    return;
  }
  writer->Key("prebuiltVoiceConfig").StartObject().Key("voiceName").String(voice).EndObject();
}

Request GenerateRequest(const ServerConfig& server, const CallInput& call) {
  const std::string model = server.Option(ModelOption(call.job->stage));
  Request request = google::NewRequest(server, call.call_context,
                                       Version(server) + "models/" + model + ":generateContent");
  request.headers.emplace_back("Content-Type", "application/json");
  request.response_bytes_max = kTextAnswerBytesMax;
  request.tag = kGenerate;
  return request;
}

// The body's text around the video, which stands for `media`: a reference, or a marker that is cut
// out again to put the file's bytes there.
std::string AnalysisBody(const ServerConfig& server, const CallInput& call,
                         std::string_view media_key, std::string_view media) {
  json::Writer writer;
  writer.StartObject().Key("contents").StartArray().StartObject().Key("role").String("user");
  writer.Key("parts").StartArray().StartObject();
  writer.Key(media_key).Raw(media);
  if (!server.Option("fps").empty()) {
    writer.Key("videoMetadata").StartObject();
    WriteNumber(&writer, server, "fps", "fps");
    writer.EndObject();
  }
  writer.EndObject().StartObject().Key("text").String(prompts::Analysis(server, call));
  writer.EndObject().EndArray().EndObject().EndArray();
  WriteSafety(&writer, server);
  WriteConfig(&writer, server, *call.job, prompts::AnalysisSchema(prompts::Dialect::kGemini));
  return writer.EndObject().Take();
}

}  // namespace

std::string_view ModelOption(Stage stage) {
  if (stage == Stage::kAnalysis) return "analysis_model";
  return stage == Stage::kSsml ? "ssml_model" : "speech_model";
}

Request AnalyseInline(const ServerConfig& server, const CallInput& call) {
  const std::string type = VideoType(call);
  const std::string before = R"({"mimeType":")" + type + R"(","data":")";
  const std::string body = AnalysisBody(server, call, "inlineData", before + R"("})");
  const size_t cut = body.find(before) + before.size();
  Request request = GenerateRequest(server, call);
  request.pieces = {{.text = body.substr(0, cut), .file = nullptr},
                    {.text = {}, .file = call.video, .base64 = true},
                    {.text = body.substr(cut), .file = nullptr}};
  return request;
}

Request AnalyseFile(const ServerConfig& server, const CallInput& call, const RemoteFile& file) {
  json::Writer media;
  media.StartObject().Key("fileUri").String(file.uri);
  media.Key("mimeType").String(VideoType(call)).EndObject();
  Request request = GenerateRequest(server, call);
  request.body = AnalysisBody(server, call, "fileData", media.Take());
  request.tag = kGenerateFromFile;
  return request;
}

Request WriteSsml(const ServerConfig& server, const CallInput& call) {
  json::Writer writer;
  writer.StartObject().Key("contents").StartArray().StartObject().Key("role").String("user");
  writer.Key("parts").StartArray().StartObject();
  writer.Key("text").String(prompts::Ssml(server, call));
  writer.EndObject().EndArray().EndObject().EndArray();
  WriteSafety(&writer, server);
  WriteConfig(&writer, server, *call.job, prompts::SsmlSchema(prompts::Dialect::kGemini));
  Request request = GenerateRequest(server, call);
  request.body = writer.EndObject().Take();
  return request;
}

std::variant<Request, Failure> Speak(const ServerConfig& server, const CallInput& call) {
  const std::string& asked = call.job->voice.provider_voice;
  const std::string voice = asked.empty() ? server.Option("voice") : asked;
  if (voice.empty()) return NotConfigured("option voice is missing");
  const std::string style = prompts::SpeechStyle(call);
  const bool as_prefix = server.Option("speech_style") == "prefix" && !style.empty();
  const std::string text =
      as_prefix ? style + ":\n" + std::string(call.speech) : std::string(call.speech);
  json::Writer writer;
  writer.StartObject().Key("contents").StartArray().StartObject().Key("role").String("user");
  writer.Key("parts").StartArray().StartObject().Key("text").String(text);
  if (!as_prefix && !style.empty()) {
    writer.Key("speechMetadata").StartObject().Key("style").String(style).EndObject();
  }
  writer.EndObject().EndArray().EndObject().EndArray().Key("generationConfig").StartObject();
  writer.Key("responseModalities").StartArray().String("AUDIO").EndArray();
  writer.Key("speechConfig").StartObject().Key("voiceConfig").StartObject();
  WriteVoice(&writer, voice);
  writer.EndObject().EndObject().EndObject().EndObject();
  Request request = GenerateRequest(server, call);
  request.body = writer.Take();
  request.response_bytes_max = kSpeechAnswerBytesMax;
  return request;
}

}  // namespace debrief::gemini

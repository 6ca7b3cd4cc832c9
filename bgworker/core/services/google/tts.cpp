// tts.cpp: Google Cloud Text-to-Speech v1: SSML in, MP3 or WAV out.

#include "bgworker/core/services/classify.h"
#include "bgworker/core/services/google/errors.h"
#include "bgworker/core/services/kinds.h"
#include "bgworker/core/text/ascii.h"
#include "bgworker/core/text/base64.h"
#include "bgworker/core/text/json.h"
#include "bgworker/core/text/utf8.h"

namespace debrief {
namespace {

constexpr int64_t kAnswerBytesMax = 96 << 20;
constexpr int64_t kInputBytesMax = 4'750;  // of 5,000, the tags counted
constexpr char kLanguageDefault[] = "en-US";

// Voices are named after their language: "en-US-Neural2-C".
std::string LanguageOf(std::string_view voice, const std::string& language) {
  const size_t first = voice.find('-');
  const size_t second = first == std::string_view::npos ? first : voice.find('-', first + 1);
  const bool tells = (first == 2 || first == 3) && second != std::string_view::npos;
  if (tells) return std::string(voice.substr(0, second));
  return language.empty() ? kLanguageDefault : language;
}

void WriteNumber(json::Writer* writer, const ServerConfig& server, std::string_view option,
                 std::string_view name) {
  const std::string value = server.Option(option);
  if (!value.empty()) writer->Key(name).Raw(value);
}

std::string Body(const ServerConfig& server, const CallInput& call) {
  const std::string& asked = call.job->voice.provider_voice;
  const std::string voice = asked.empty() ? server.Option("voice") : asked;
  json::Writer writer;
  writer.StartObject().Key("input").StartObject();
  writer.Key(server.Option("input") == "text" ? "text" : "ssml").String(call.speech).EndObject();
  writer.Key("voice").StartObject();
  writer.Key("languageCode").String(LanguageOf(voice, call.job->voice.language));
  if (!voice.empty()) writer.Key("name").String(voice);
  writer.EndObject().Key("audioConfig").StartObject();
  writer.Key("audioEncoding").String(server.Option("encoding", "MP3"));
  WriteNumber(&writer, server, "speaking_rate", "speakingRate");
  WriteNumber(&writer, server, "pitch", "pitch");
  WriteNumber(&writer, server, "volume_gain_db", "volumeGainDb");
  WriteNumber(&writer, server, "sample_rate_hertz", "sampleRateHertz");
  if (const std::string profile = server.Option("effects_profile"); !profile.empty()) {
    writer.Key("effectsProfileId").StartArray().String(profile).EndArray();
  }
  return writer.EndObject().EndObject().Take();
}

class GoogleTtsProvider final : public Provider {
 public:
  std::string BaseUrl(const ServerConfig& server) const override {
    return server.Option("base_url", "https://texttospeech.googleapis.com");
  }

  Step Start(const ServerConfig& server, const CallInput& call) const override {
    if (call.job->stage != Stage::kAudio) return NotConfigured("kind google_tts speaks, no more");
    Request request = google::NewRequest(server, call.call_context, "/v1/text:synthesize");
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = Body(server, call);
    request.response_bytes_max = kAnswerBytesMax;
    return request;
  }

  Step Next(const ServerConfig& server, const CallInput& call, Response response) const override {
    if (auto failure = google::Classify(response, server.key)) return std::move(*failure);
    std::string problem;
    const std::optional<json::Value> answer = json::Parse(response.body, &problem);
    const std::optional<json::Value> content =
        answer && answer->IsObject() ? answer->Find("audioContent") : std::nullopt;
    if (!content || !content->IsString()) return BadAnswer("the answer has no audioContent");
    std::optional<std::string> sound = base64::Decode(content->String());
    if (!sound || sound->empty()) return BadAnswer("audioContent is not base64, or empty");
    return Result(AudioResult{.usage = {.characters = utf8::CountCharacters(call.speech)},
                              .bytes = std::move(*sound)});
  }

  SpeechLimits Limits(const ServerConfig& server) const override {
    if (server.Option("input") == "text") {
      return {.form = SpeechLimits::Form::kText, .input_max = kInputBytesMax};
    }
    return {.elements = {"speak", "p", "s", "break", "emphasis", "prosody", "sub", "say-as"},
            .input_max = kInputBytesMax};
  }

  ProbeStep Probe(const ServerConfig& server, const CallContext& call_context) const override {
    Request request = google::NewRequest(server, call_context, "/v1/voices?languageCode=en-US");
    request.method = Request::Method::kGet;
    request.response_bytes_max = 4 << 20;
    return request;
  }

  std::optional<Failure> ReadProbe(const ServerConfig& server,
                                   const Response& response) const override {
    if (auto failure = google::Classify(response, server.key)) return failure;
    std::string problem;
    const std::optional<json::Value> answer = json::Parse(response.body, &problem);
    if (!answer || !answer->IsObject() || !answer->Find("voices")) {
      return WrongService(response, "Google's Text-to-Speech");
    }
    return std::nullopt;
  }
};

}  // namespace

std::unique_ptr<const Provider> NewGoogleTtsProvider() {
  return std::make_unique<GoogleTtsProvider>();
}

}  // namespace debrief

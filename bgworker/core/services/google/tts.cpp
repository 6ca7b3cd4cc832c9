// tts.cpp: Google Cloud Text-to-Speech v1: SSML in, MP3 or WAV out.

#include "bgworker/core/services/classify.h"
#include "bgworker/core/services/google/errors.h"
#include "bgworker/core/services/kinds.h"
#include "bgworker/core/services/sounds.h"
#include "bgworker/core/ssml/ssml.h"
#include "bgworker/core/text/ascii.h"
#include "bgworker/core/text/base64.h"
#include "bgworker/core/text/json.h"
#include "bgworker/core/text/number.h"
#include "bgworker/core/text/utf8.h"

namespace debrief {
namespace {

constexpr int64_t kAnswerBytesMax = 96 << 20;
constexpr int64_t kInputBytesMax = 4'750;  // of 5,000, the tags counted
constexpr char kLanguageDefault[] = "en-US";
constexpr std::string_view kEncodingOption = "encoding", kSamples = "LINEAR16";

// Voices are named after their language: "en-US-Neural2-C".
std::string LanguageOf(std::string_view voice, const std::string& language) {
  const size_t first = voice.find('-');
  const size_t second = first == std::string_view::npos ? first : voice.find('-', first + 1);
  const bool names_language = (first == 2 || first == 3) && second != std::string_view::npos;
  if (names_language) return std::string(voice.substr(0, second));
  return language.empty() ? kLanguageDefault : language;
}

void WriteNumber(json::Writer* writer, const ServerConfig& server, std::string_view option,
                 std::string_view name) {
  const std::string value = server.Option(option);
  if (!value.empty()) writer->Key(name).Raw(value);
}

std::string EncodingOf(const ServerConfig& server) { return server.Option(kEncodingOption, "MP3"); }

// Others would be paid for and could not be read.
std::optional<Failure> WhyNotConfigured(const ServerConfig& server) {
  const std::string encoding = EncodingOf(server);
  if (encoding.starts_with("MP3") || encoding == kSamples) return std::nullopt;
  return NotConfigured("option encoding must be MP3 or LINEAR16");
}

int SampleRateHz(const ServerConfig& server) {
  constexpr int kDefaultHz = 24'000, kMinHz = 8'000, kMaxHz = 48'000;
  const double rate_hz = number::Leading(server.Option("sample_rate_hertz")).value_or(0);
  return rate_hz >= kMinHz && rate_hz <= kMaxHz ? static_cast<int>(rate_hz) : kDefaultHz;
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
  writer.Key("audioEncoding").String(EncodingOf(server));
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
    if (auto failure = WhyNotConfigured(server)) return std::move(*failure);
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
    if (!answer || !answer->IsObject()) return BadAnswer("the answer is not a JSON object");
    // Left out when it is empty, as all that is in the JSON of protocol buffers.
    const std::optional<json::Value> content = answer->Find("audioContent");
    if (content && !content->IsString()) return BadAnswer("audioContent is no string");
    std::optional<std::string> sound = base64::Decode(json::TextOf(content));
    if (!sound) return BadAnswer("audioContent is not base64");
    const bool is_text = server.Option("input") == "text";
    // LINEAR16 is a WAV, but samples alone where the service streams.
    return TakeSound(
        server,
        {.usage = {.characters = utf8::CountCharacters(call.speech)}, .bytes = std::move(*sound)},
        is_text ? std::string(call.speech) : ssml::ToText(call.speech),
        EncodingOf(server) == kSamples ? SampleRateHz(server) : 0);
  }

  std::string_view SoundOption() const override { return kEncodingOption; }

  SpeechLimits Limits(const ServerConfig& server) const override {
    if (server.Option("input") == "text") {
      return {.form = SpeechLimits::Form::kText, .input_max = kInputBytesMax};
    }
    return {.elements = {"speak", "p", "s", "break", "emphasis", "prosody", "sub", "say-as"},
            .input_max = kInputBytesMax};
  }

  ProbeStep Probe(const ServerConfig& server, const CallContext& call_context) const override {
    if (auto failure = WhyNotConfigured(server)) return std::move(*failure);
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

// polly.cpp: Amazon Polly, for stage audio. One request for a piece of SSML, one sound.
//
// Options: region, base_url, key ("ID:SECRET[:SESSION_TOKEN]"), voice, engine, output_format,
// sample_rate. A busy service answers 400, so the error's name decides and not the status.

#include <algorithm>
#include <charconv>

#include "bgworker/core/audio/audio.h"
#include "bgworker/core/services/aws/errors.h"
#include "bgworker/core/services/aws/signature.h"
#include "bgworker/core/services/classify.h"
#include "bgworker/core/services/kinds.h"
#include "bgworker/core/services/sounds.h"
#include "bgworker/core/ssml/lower_services.h"
#include "bgworker/core/ssml/ssml.h"
#include "bgworker/core/ssml/tree.h"
#include "bgworker/core/text/json.h"
#include "bgworker/core/text/utf8.h"

namespace debrief {
namespace {

constexpr int64_t kAudioBytesMax = 64 << 20;
constexpr int64_t kVoiceListBytesMax = 4 << 20;
// 3,000 characters are billed at most and 6,000 taken with the tags: the tags then have room.
constexpr int64_t kCharactersMax = 2'850;
constexpr std::string_view kFormatOption = "output_format";
constexpr std::string_view kMp3 = "mp3";
constexpr std::string_view kPcm = "pcm";
constexpr int kPcmSampleRate = 16'000;
constexpr std::string_view kStandard = "standard";
constexpr char kCharactersHeader[] = "x-amzn-requestcharacters";
constexpr char kTypeHeader[] = "content-type";

constexpr aws::Meaning kCodes[] = {
    {"TextLengthExceededException", "too_large"},
    {"InvalidSsmlException", "bad_request"},
    {"InvalidSampleRateException", "not_configured"},
    {"ServiceQuotaExceededException", "quota_exhausted"},
    {"ServiceFailureException", "internal"},
};

// A voice that is not in the service's list is a value that its model does not know.
constexpr aws::Meaning kUnknownVoice[] = {{"ValidationException", "voice_not_found"}};

// The options engine and region of the server, which no other row would change.
constexpr aws::Meaning kNoSuchEngine[] = {{"ValidationException", "not_configured"}};

std::string EngineOf(const ServerConfig& server) { return server.Option("engine", "neural"); }

std::string FormatOf(const ServerConfig& server) { return server.Option(kFormatOption, kMp3); }

// Empty: as the service likes.
std::string SampleRateOf(const ServerConfig& server) {
  const bool is_pcm = FormatOf(server) == kPcm;
  return server.Option("sample_rate", is_pcm ? std::to_string(kPcmSampleRate) : std::string());
}

std::string VoiceOf(const ServerConfig& server, const Job& job) {
  return job.voice.provider_voice.empty() ? server.Option("voice") : job.voice.provider_voice;
}

bool OneOf(std::string_view value, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), value) != words.end();
}

bool IsSampleRate(std::string_view rate, std::string_view format) {
  if (format == kPcm) return OneOf(rate, {"8000", "16000"});
  return OneOf(rate, {"", "8000", "16000", "22050", "24000", "44100", "48000"});
}

std::optional<Failure> WhyNotConfigured(const ServerConfig& server) {
  if (!aws::IsRegion(server.Option("region"))) {
    return NotConfigured("the option region is not set, or no region's name");
  }
  if (server.base_url.empty()) return NotConfigured("there is no address");
  if (!OneOf(EngineOf(server), {kStandard, "neural", "long-form", "generative"})) {
    return NotConfigured("engine is none of standard, neural, long-form, generative");
  }
  if (!OneOf(FormatOf(server), {kMp3, kPcm})) {
    return NotConfigured("output_format is neither mp3 nor pcm");
  }
  if (!IsSampleRate(SampleRateOf(server), FormatOf(server))) {
    return NotConfigured("the service has no such sample_rate for the output_format");
  }
  if (!aws::ParseCredentials(server.key)) {
    return NotConfigured("the key is not of the form ID:SECRET or ID:SECRET:SESSION_TOKEN");
  }
  return std::nullopt;
}

// The document without what only XML readers need: namespace, version, comments. Nothing when it
// is not good.
std::optional<std::string> Text(const ServerConfig& server, std::string_view document,
                                std::string* problem) {
  const std::unique_ptr<ssml::Node> root = ssml::ParseDocument(document, problem);
  if (root == nullptr) return std::nullopt;
  ssml::LowerForPolly(root.get(), EngineOf(server));
  std::string text = "<speak>";
  for (const auto& child : root->children) text += ssml::Serialize(*child);
  return text + "</speak>";
}

// A voice speaks its own language, and is refused for another. Only some speak two: the service
// asks which for those alone.
std::string LanguageOf(std::string_view voice, std::string_view language) {
  if (!OneOf(voice, {"Aditi", "Kajal"})) return {};
  if (language == "hi" || language == "hi-IN") return "hi-IN";
  return language == "en-IN" ? "en-IN" : "";
}

std::string Body(const ServerConfig& server, const Job& job, std::string_view text) {
  const std::string sample_rate = SampleRateOf(server);
  json::Writer writer;
  writer.StartObject().Key("Engine").String(EngineOf(server));
  const std::string language = LanguageOf(VoiceOf(server, job), job.voice.language);
  if (!language.empty()) writer.Key("LanguageCode").String(language);
  writer.Key("OutputFormat").String(FormatOf(server));
  if (!sample_rate.empty()) writer.Key("SampleRate").String(sample_rate);
  writer.Key("Text").String(text).Key("TextType").String("ssml");
  return writer.Key("VoiceId").String(VoiceOf(server, job)).EndObject().Take();
}

Request NewRequest(const ServerConfig& server, std::string_view path) {
  Request request;
  request.url = server.base_url + std::string(path);
  request.timeout_ms = server.timeout_ms;
  request.headers_wanted = {aws::kErrorTypeHeader, kCharactersHeader, kTypeHeader};
  return request;
}

// The key must be good.
Request Signed(const ServerConfig& server, const CallContext& call_context, Request request) {
  aws::Sign(*aws::ParseCredentials(server.key),
            {.region = server.Option("region"), .service = "polly"}, call_context.unix_ms,
            &request);
  return request;
}

std::optional<Failure> ClassifyAnswer(const ServerConfig& server, const Response& response) {
  if (auto failure = ClassifyTransport(response, server.key)) return failure;
  if (response.status == kStatusOk) return std::nullopt;
  const aws::Error error = aws::ReadJsonError(response);
  const auto says = [&](std::string_view part) {
    return error.message.find(part) != std::string::npos;
  };
  if (error.code == kUnknownVoice[0].theirs && says("'voiceId'")) {
    return aws::ClassifyError(error, kUnknownVoice, response, server.key);
  }
  if (error.code == kNoSuchEngine[0].theirs && says("engine is not supported in this region")) {
    return aws::ClassifyError(error, kNoSuchEngine, response, server.key);
  }
  return aws::ClassifyError(error, kCodes, response, server.key);
}

// As the service counted, else as it is said to count: without the tags.
int64_t CharactersOf(const Response& response, std::string_view document) {
  const std::string counted = aws::HeaderOf(response, kCharactersHeader);
  int64_t count = 0;
  const auto [end, error] = std::from_chars(counted.data(), counted.data() + counted.size(), count);
  if (error == std::errc() && end == counted.data() + counted.size() && count > 0) return count;
  return utf8::CountCharacters(ssml::ToText(document));
}

Step ReadSound(const ServerConfig& server, const CallInput& call, Response response) {
  AudioResult result{.usage = {.characters = CharactersOf(response, call.speech)},
                     .bytes = std::move(response.body)};
  const bool is_pcm = FormatOf(server) == kPcm;
  std::optional<Failure> failure;
  std::string error;
  if (is_pcm && !aws::HeaderOf(response, kTypeHeader).starts_with("audio/pcm")) {
    failure = BadAnswer("the answer is not said to be audio/pcm");
  } else if (!is_pcm && !result.bytes.empty()) {
    failure = WhyNoSound(server, result.bytes, kFormatOption);
    if (!failure && audio::Inspect(result.bytes, &error)->format != kMp3) {
      failure = BadAnswer("the sound is not MP3");
    }
  }
  if (!failure) {
    return TakeSound(server, std::move(result), ssml::ToText(call.speech),
                     is_pcm ? std::stoi(SampleRateOf(server)) : 0);
  }
  failure->usage = result.usage;  // a sound that cannot be used is billed like any other
  return std::move(*failure);
}

class PollyProvider final : public Provider {
 public:
  std::string BaseUrl(const ServerConfig& server) const override {
    if (!server.base_url.empty()) return server.base_url;
    const std::string region = server.Option("region");
    return aws::IsRegion(region) ? "https://polly." + region + ".amazonaws.com" : std::string();
  }

  Step Start(const ServerConfig& server, const CallInput& call) const override {
    if (auto failure = WhyNotConfigured(server)) return std::move(*failure);
    if (VoiceOf(server, *call.job).empty()) {
      return NotConfigured("neither the voice nor the option voice names a voice of the service");
    }
    std::string problem;
    const std::optional<std::string> text = Text(server, call.speech, &problem);
    if (!text) return ClassifyCode("bad_request", Response(), "the SSML: " + problem, server.key);
    Request request = NewRequest(server, "/v1/speech");
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = Body(server, *call.job, *text);
    request.response_bytes_max = kAudioBytesMax;
    return Signed(server, call.call_context, std::move(request));
  }

  Step Next(const ServerConfig& server, const CallInput& call, Response response) const override {
    if (auto failure = ClassifyAnswer(server, response)) return std::move(*failure);
    return ReadSound(server, call, std::move(response));
  }

  std::string_view SoundOption() const override { return kFormatOption; }

  SpeechLimits Limits(const ServerConfig& server) const override {
    SpeechLimits limits{.form = SpeechLimits::Form::kSsml,
                        .elements = {"speak", "p", "s", "break", "prosody", "sub", "say-as"},
                        .unit = SpeechLimits::Unit::kCharacters,
                        .input_max = kCharactersMax};
    if (EngineOf(server) == kStandard) limits.elements.push_back("emphasis");
    return limits;
  }

  ProbeStep Probe(const ServerConfig& server, const CallContext& call_context) const override {
    if (auto failure = WhyNotConfigured(server)) return std::move(*failure);
    Request request = NewRequest(server, "/v1/voices");
    request.method = Request::Method::kGet;
    request.response_bytes_max = kVoiceListBytesMax;
    return Signed(server, call_context, std::move(request));
  }

  std::optional<Failure> ReadProbe(const ServerConfig& server,
                                   const Response& response) const override {
    if (auto failure = ClassifyAnswer(server, response)) return failure;
    std::string problem;
    const std::optional<json::Value> answer = json::Parse(response.body, &problem);
    const std::optional<json::Value> voices =
        answer && answer->IsObject() ? answer->Find("Voices") : std::nullopt;
    if (!voices || !voices->IsArray()) return BadAnswer("the answer is no list of voices");
    return std::nullopt;
  }
};

}  // namespace

std::unique_ptr<const Provider> NewPollyProvider() { return std::make_unique<PollyProvider>(); }

}  // namespace debrief

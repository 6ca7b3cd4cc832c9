// azure.cpp: Azure Speech's REST interface, for stage audio.
//
// Options: region or base_url, key, voice, output_format. One request for a piece of SSML, one
// sound. The service ends a sound at ten minutes without a word: an answer that long is a
// failure.
//
// SSML goes out in the service's own frame, a whole sound comes back. Errors are a line of text
// or nothing, so the status alone says what they are. User-Agent, which the service insists on,
// is the client's.

#include "bgworker/core/audio/audio.h"
#include "bgworker/core/services/classify.h"
#include "bgworker/core/services/kinds.h"
#include "bgworker/core/services/sounds.h"
#include "bgworker/core/ssml/lower_services.h"
#include "bgworker/core/ssml/ssml.h"
#include "bgworker/core/ssml/tree.h"
#include "bgworker/core/text/ascii.h"
#include "bgworker/core/text/json.h"
#include "bgworker/core/text/utf8.h"

namespace debrief {
namespace {

constexpr int64_t kAudioBytesMax = 64 << 20;      // ten minutes of the largest format: 58 MB
constexpr int64_t kVoiceListBytesMax = 16 << 20;  // hundreds of voices with their styles
constexpr int64_t kCharactersMax = 6'000;         // about seven minutes of ordinary speech
constexpr double kCutMs = 10 * 60 * 1'000;
constexpr double kCutToleranceMs = 1'000;  // MP3 ends with a whole frame, and not exactly there
constexpr int64_t kBusyMs = 60'000;        // the free tier counts by the minute
constexpr std::string_view kFormatOption = "output_format";
constexpr std::string_view kDefaultFormat = "audio-24khz-48kbitrate-mono-mp3";

bool IsRegion(std::string_view region) {
  for (const char c : region) {
    if (!ascii::IsLetterOrDigit(c) && c != '-') return false;
  }
  return !region.empty();
}

// The service also sends raw samples, Opus in two containers, and WAV that is not PCM: audio.h
// reads none of them.
bool IsFormatWeRead(std::string_view format) {
  return (format.starts_with("riff-") && format.ends_with("-pcm")) ||
         (format.starts_with("audio-") && format.ends_with("-mp3"));
}

std::string FormatOf(const ServerConfig& server) {
  return server.Option(kFormatOption, kDefaultFormat);
}

std::string VoiceOf(const ServerConfig& server, const Job& job) {
  return job.voice.provider_voice.empty() ? server.Option("voice") : job.voice.provider_voice;
}

// "en-US-Ava:DragonHDLatestNeural"
bool IsHd(std::string_view voice) { return voice.find("DragonHD") != std::string_view::npos; }

std::optional<Failure> WhyNotConfigured(const ServerConfig& server) {
  if (server.base_url.empty()) {
    return NotConfigured("neither base_url nor a region of letters, digits and \"-\" is set");
  }
  if (!IsFormatWeRead(FormatOf(server))) {
    return NotConfigured("output_format is neither riff-...-pcm nor audio-...-mp3");
  }
  return std::nullopt;
}

// The document as the service wants it: version 1.0, and one voice around everything. Made from
// the tree, because a comment or a prefix may stand where a search would look for <speak>.
// Nothing when the document is not good.
std::optional<std::string> Body(const ServerConfig& server, const CallInput& call,
                                std::string* problem) {
  const std::unique_ptr<ssml::Node> root = ssml::ParseDocument(call.speech, problem);
  if (root == nullptr) return std::nullopt;
  ssml::LowerForAzure(root.get(), IsHd(VoiceOf(server, *call.job)));
  std::string body =
      "<speak version=\"1.0\" xmlns=\"http://www.w3.org/2001/10/synthesis\" xml:lang=\"" +
      ssml::Escape(call.job->voice.language) + "\"><voice name=\"" +
      ssml::Escape(VoiceOf(server, *call.job)) + "\">";
  for (const auto& child : root->children) body += ssml::Serialize(*child);
  return body + "</voice></speak>";
}

Request NewRequest(const ServerConfig& server, std::string_view path) {
  Request request;
  request.url = server.base_url + std::string(path);
  if (!server.key.empty()) request.headers.emplace_back("Ocp-Apim-Subscription-Key", server.key);
  request.timeout_ms = server.timeout_ms;
  return request;
}

std::optional<Failure> ClassifyAnswer(const ServerConfig& server, const Response& response) {
  constexpr int kUnauthorized = 401;
  if (auto failure = ClassifyTransport(response, server.key)) return failure;
  if (response.status == kStatusOk) return std::nullopt;
  std::string_view message = response.body;
  if (message.empty() && response.status == kUnauthorized) {
    message = "HTTP status 401; a key is good in its own region only";
  }
  Failure failure = ClassifyStatus(response, message, server.key);
  if (failure.code == "rate_limited" && !failure.retry_after_ms) failure.retry_after_ms = kBusyMs;
  return failure;
}

// Why the bytes are no sound to keep, if they are not.
std::optional<Failure> CheckSound(const ServerConfig& server, const Response& response) {
  std::string error;
  const std::optional<audio::Info> sound = audio::Inspect(response.body, &error);
  if (!sound) return WhyNoSound(server, response.body, kFormatOption);
  if (sound->duration_ms < kCutMs - kCutToleranceMs) return std::nullopt;
  return ClassifyCode("too_large", response,
                      "the sound lasts ten minutes, which is where the service cuts it",
                      server.key);
}

class AzureProvider final : public Provider {
 public:
  std::string BaseUrl(const ServerConfig& server) const override {
    if (!server.base_url.empty()) return server.base_url;
    const std::string region = server.Option("region");
    return IsRegion(region) ? "https://" + region + ".tts.speech.microsoft.com" : std::string();
  }

  Step Start(const ServerConfig& server, const CallInput& call) const override {
    if (auto failure = WhyNotConfigured(server)) return std::move(*failure);
    if (VoiceOf(server, *call.job).empty()) {
      return NotConfigured("neither the voice nor the option voice names a voice of the service");
    }
    std::string problem;
    std::optional<std::string> body = Body(server, call, &problem);
    if (!body) return ClassifyCode("bad_request", Response(), "the SSML: " + problem, server.key);
    Request request = NewRequest(server, "/cognitiveservices/v1");
    request.headers.emplace_back("Content-Type", "application/ssml+xml");
    request.headers.emplace_back("X-Microsoft-OutputFormat", FormatOf(server));
    request.body = std::move(*body);
    request.response_bytes_max = kAudioBytesMax;
    return request;
  }

  Step Next(const ServerConfig& server, const CallInput& call, Response response) const override {
    if (auto failure = ClassifyAnswer(server, response)) return std::move(*failure);
    std::string problem;
    const std::optional<std::string> sent = Body(server, call, &problem);
    const Usage usage{.characters = sent ? utf8::CountCharacters(*sent) : 0};
    if (response.body.empty()) {
      return TakeSound(server, {.usage = usage}, ssml::ToText(call.speech));
    }
    if (auto failure = CheckSound(server, response)) {
      failure->usage = usage;  // a sound that cannot be used is billed like any other
      return std::move(*failure);
    }
    return Result(AudioResult{.usage = usage, .bytes = std::move(response.body)});
  }

  std::string_view SoundOption() const override { return kFormatOption; }

  SpeechLimits Limits(const ServerConfig&) const override {
    return {.form = SpeechLimits::Form::kSsml,
            .elements = {"speak", "p", "s", "break", "emphasis", "prosody", "sub", "say-as"},
            .unit = SpeechLimits::Unit::kCharacters,
            .input_max = kCharactersMax};
  }

  ProbeStep Probe(const ServerConfig& server, const CallContext&) const override {
    if (auto failure = WhyNotConfigured(server)) return std::move(*failure);
    Request request = NewRequest(server, "/cognitiveservices/voices/list");
    request.method = Request::Method::kGet;
    request.response_bytes_max = kVoiceListBytesMax;
    return request;
  }

  // Whether the option voice is in the list is not asked: a custom voice is not.
  std::optional<Failure> ReadProbe(const ServerConfig& server,
                                   const Response& response) const override {
    if (auto failure = ClassifyAnswer(server, response)) return failure;
    std::string problem;
    const std::optional<json::Value> voices = json::Parse(response.body, &problem);
    if (!voices || !voices->IsArray()) return BadAnswer("the answer is no list of voices");
    return std::nullopt;
  }
};

}  // namespace

std::unique_ptr<const Provider> NewAzureProvider() { return std::make_unique<AzureProvider>(); }

}  // namespace debrief

// elevenlabs.cpp: ElevenLabs text to speech.

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "bgworker/core/services/classify.h"
#include "bgworker/core/services/kinds.h"
#include "bgworker/core/services/sounds.h"
#include "bgworker/core/text/ascii.h"
#include "bgworker/core/text/json.h"
#include "bgworker/core/text/utf8.h"

namespace debrief {
namespace {

constexpr int64_t kAnswerBytesMax = 64 << 20;
constexpr int64_t kModelsBytesMax = 4 << 20;
constexpr size_t kErrorBytesMax = 64 * 1024;
constexpr size_t kVoiceBytesMax = 64;
constexpr size_t kModelsMax = 1'000;
constexpr int64_t kBreakMsMax = 3'000;
constexpr int64_t kInputMax = 9'500;       // of 10,000, the least of the models but v3
constexpr int64_t kThirdInputMax = 4'750;  // of 5,000

struct ErrorBody {
  std::string code, status, message, member;
};

// {"detail": {"type", "code", "status", "message"}}, of which there was no code once; a list of
// such when the input was malformed; or words alone.
ErrorBody ReadDetail(std::string_view body) {
  ErrorBody error_body;
  if (body.size() > kErrorBytesMax) return error_body;
  std::string problem;
  const std::optional<json::Value> document = json::Parse(body, &problem);
  std::optional<json::Value> detail =
      document && document->IsObject() ? document->Find("detail") : std::nullopt;
  if (detail && detail->IsArray() && detail->Size() > 0) detail = detail->At(0);
  if (!detail) return error_body;
  if (detail->IsString()) error_body.message = detail->String();
  if (!detail->IsObject()) return error_body;
  error_body.code = json::TextOf(detail->Find("code"));
  error_body.status = json::TextOf(detail->Find("status"));
  error_body.message = json::TextOf(detail->Find(detail->Find("message") ? "message" : "msg"));
  error_body.member = MemberOfPlace(detail->Find("loc"));
  return error_body;
}

std::string_view CodeOfWord(std::string_view word) {
  struct Meaning {
    std::string_view word, code;
  };
  constexpr Meaning kMeanings[] = {{"quota_exceeded", "quota_exhausted"},
                                   {"insufficient_credits", "quota_exhausted"},
                                   {"invalid_api_key", "unauthorized"},
                                   {"missing_permissions", "unauthorized"},
                                   {"too_many_concurrent_requests", "rate_limited"},
                                   {"concurrent_limit_exceeded", "rate_limited"},
                                   {"system_busy", "unavailable"},
                                   {"max_character_limit_exceeded", "too_large"},
                                   {"text_too_long", "too_large"},
                                   {"voice_not_found", "voice_not_found"},
                                   {"invalid_uid", "voice_not_found"},
                                   {"model_not_found", "model_not_found"}};
  for (const Meaning& meaning : kMeanings) {
    if (meaning.word == word) return meaning.code;
  }
  return {};
}

// Empty: the status decides.
std::string_view CodeOf(const ErrorBody& error_body) {
  for (const std::string& word : {error_body.code, error_body.status}) {
    if (const std::string_view code = CodeOfWord(word); !code.empty()) return code;
  }
  // No money brings these back by itself, and a plan that may not use one voice may use others.
  if (error_body.code == "paid_plan_required") {
    return error_body.message.find("voice") == std::string::npos ? "not_configured"
                                                                 : "voice_not_found";
  }
  for (const std::string_view member : {"model_id", "output_format", "voice_settings", "seed"}) {
    if (error_body.member == member) return "not_configured";
  }
  return {};
}

std::optional<Failure> ClassifyAnswer(const Response& response, std::string_view key) {
  if (auto failure = ClassifyTransport(response, key)) return failure;
  if (response.status == kStatusOk) return std::nullopt;
  const ErrorBody error_body = ReadDetail(response.body);
  const std::string_view code = CodeOf(error_body);
  const std::string& message = error_body.message.empty() ? error_body.status : error_body.message;
  return code.empty() ? ClassifyStatus(response, message, key)
                      : ClassifyCode(code, response, message, key);
}

bool IsVoiceId(std::string_view voice) {
  return voice.size() <= kVoiceBytesMax &&
         std::all_of(voice.begin(), voice.end(), ascii::IsLetterOrDigit);
}

std::string FormatOf(const ServerConfig& server) {
  return server.Option("output_format", "mp3_44100_128");
}

// 0 when the format is not raw PCM.
int PcmRateHz(std::string_view format) {
  constexpr std::string_view kPcm = "pcm_";
  constexpr int kRateHzMin = 8'000;
  constexpr int kRateHzMax = 48'000;
  if (!format.starts_with(kPcm)) return 0;
  format.remove_prefix(kPcm.size());
  int rate_hz = 0;
  const char* const end = format.data() + format.size();
  const auto [stop, error] = std::from_chars(format.data(), end, rate_hz);
  if (error != std::errc() || stop != end) return 0;
  return rate_hz < kRateHzMin || rate_hz > kRateHzMax ? 0 : rate_hz;
}

// Those that the core can read or put a header before. The name goes into the address.
bool IsFormat(std::string_view format) {
  const bool is_name = std::all_of(format.begin(), format.end(),
                                   [](char c) { return c == '_' || ascii::IsLetterOrDigit(c); });
  return is_name &&
         (format.starts_with("mp3_") || format.starts_with("wav_") || PcmRateHz(format) > 0);
}

void WriteSettings(json::Writer* writer, const ServerConfig& server) {
  constexpr std::string_view kNames[] = {"stability", "similarity_boost", "style",
                                         "use_speaker_boost", "speed"};
  const bool any = std::any_of(std::begin(kNames), std::end(kNames),
                               [&](std::string_view name) { return !server.Option(name).empty(); });
  if (!any) return;
  writer->Key("voice_settings").StartObject();
  for (const std::string_view name : kNames) {
    const std::string value = server.Option(name);
    if (value.empty()) continue;
    writer->Key(name);
    if (name == "use_speaker_boost") {
      writer->Bool(value == "true");
    } else {
      writer->Raw(value);
    }
  }
  writer->EndObject();
}

Request NewRequest(const ServerConfig& server, std::string path) {
  Request request;
  request.url = server.base_url + std::move(path);
  if (!server.key.empty()) request.headers.emplace_back("xi-api-key", server.key);
  request.timeout_ms = server.timeout_ms;
  return request;
}

class ElevenLabsProvider final : public Provider {
 public:
  std::string BaseUrl(const ServerConfig& server) const override {
    return server.Option("base_url", "https://api.elevenlabs.io");
  }

  Step Start(const ServerConfig& server, const CallInput& call) const override {
    const std::string& asked = call.job->voice.provider_voice;
    const std::string voice = asked.empty() ? server.Option("voice") : asked;
    const std::string format = FormatOf(server);
    if (server.Option("model").empty()) return NotConfigured("option model is missing");
    if (voice.empty()) return NotConfigured("option voice is missing");
    if (!IsVoiceId(voice)) {
      return ClassifyCode("voice_not_found", Response(), "a voice's id is letters and digits", {});
    }
    if (!IsFormat(format))
      return NotConfigured("option output_format: mp3_..., wav_... or pcm_...");
    json::Writer writer;
    writer.StartObject().Key("text").String(call.speech);
    writer.Key("model_id").String(server.Option("model"));
    WriteSettings(&writer, server);
    if (const std::string seed = server.Option("seed"); !seed.empty()) writer.Key("seed").Raw(seed);
    Request request =
        NewRequest(server, "/v1/text-to-speech/" + voice + "?output_format=" + format);
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = writer.EndObject().Take();
    request.response_bytes_max = kAnswerBytesMax;
    return request;
  }

  Step Next(const ServerConfig& server, const CallInput& call, Response response) const override {
    if (auto failure = ClassifyAnswer(response, server.key)) return std::move(*failure);
    return TakeSound(server,
                     {.usage = {.characters = utf8::CountCharacters(call.speech)},
                      .bytes = std::move(response.body)},
                     call.speech, PcmRateHz(FormatOf(server)));
  }

  std::string_view SoundOption() const override { return "output_format"; }

  SpeechLimits Limits(const ServerConfig& server) const override {
    const bool is_third = server.Option("model").starts_with("eleven_v3");
    const int64_t chosen = std::atoll(server.Option("input_max").c_str());
    SpeechLimits limits{.form = is_third ? SpeechLimits::Form::kTextWithPauses
                                         : SpeechLimits::Form::kTextWithBreaks,
                        .pause = "[pause]",
                        .break_ms_max = kBreakMsMax,
                        .unit = SpeechLimits::Unit::kCharacters,
                        .input_max = is_third ? kThirdInputMax : kInputMax};
    if (chosen > 0) limits.input_max = chosen;
    return limits;
  }

  ProbeStep Probe(const ServerConfig& server, const CallContext&) const override {
    Request request = NewRequest(server, "/v1/models");
    request.method = Request::Method::kGet;
    request.response_bytes_max = kModelsBytesMax;
    return request;
  }

  std::optional<Failure> ReadProbe(const ServerConfig& server,
                                   const Response& response) const override {
    if (auto failure = ClassifyAnswer(response, server.key)) return failure;
    std::string problem;
    const std::optional<json::Value> models = json::Parse(response.body, &problem);
    if (!models || !models->IsArray()) return BadAnswer("the list of models is no array");
    for (size_t i = 0; i < std::min(models->Size(), kModelsMax); i++) {
      if (json::TextOf(models->At(i).Find("model_id")) == server.Option("model"))
        return std::nullopt;
    }
    return ClassifyCode("model_not_found", response, "the model is not in the list", server.key);
  }
};

}  // namespace

std::unique_ptr<const Provider> NewElevenLabsProvider() {
  return std::make_unique<ElevenLabsProvider>();
}

}  // namespace debrief

// fake.cpp: what the tests of an application call instead of a service. It makes up its answers
// here: equal inputs have equal answers, and it fails and is slow as its options ask.

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "bgworker/core/audio/audio.h"
#include "bgworker/core/services/answers.h"
#include "bgworker/core/services/classify.h"
#include "bgworker/core/services/kinds.h"
#include "bgworker/core/services/template.h"
#include "bgworker/core/ssml/ssml.h"
#include "bgworker/core/text/json.h"
#include "bgworker/core/text/number.h"
#include "bgworker/core/text/sha256.h"

namespace debrief {
namespace {

constexpr char kVersion[] = "fake 1";
constexpr size_t kFindings = 3;
constexpr double kSecondsApart = 5;
constexpr int kMsPerWord = 300;
constexpr int kSamplesPerSecond = 8'000;

struct Finding {
  std::string_view category, message;
};
constexpr Finding kFindingsKnown[] = {
    {"Posture", "You stand upright. Keep your shoulders down."},
    {"Voice", "Your voice is clear. Speak a little slower."},
    {"Gesture", "Your hands are still. Let them follow what you say."},
    {"Eye contact", "You look at your notes. Look up at the end of each sentence."},
    {"Structure", "Your first sentence says what is to come. Say it again at the end."},
    {"Pace", "This is quick. Pause before the next thought."},
    {"Face", "You smile here. It fits what you say."},
};

uint32_t NumberOf(std::string_view text) {
  constexpr size_t kDigits = 8;
  constexpr int kHex = 16;
  return static_cast<uint32_t>(
      std::strtoul(Sha256Hex(text).substr(0, kDigits).c_str(), nullptr, kHex));
}

// The file's own name: where it lies, and whose it is, differs from one run of a test to the next.
std::string NameOf(const Recording& recording) {
  if (!recording.filename.empty()) return recording.filename;
  return recording.storage_path.substr(recording.storage_path.rfind('/') + 1);
}

std::string TextOf(const CallInput& call) {
  switch (call.job->stage) {
    case Stage::kAnalysis:
      return NameOf(call.job->recording);
    case Stage::kSsml:
      return call.job->feedback.message;
    default:
      break;
  }
  return ssml::ToText(call.speech);
}

// Nothing when the options do not ask for one. Another attempt is another throw of the dice.
std::optional<Failure> Fault(const ServerConfig& server, const CallInput& call) {
  const std::string text = TextOf(call);
  const std::string words = server.Option("fail_words");
  const double rate = number::Leading(server.Option("fail_rate")).value_or(0);
  const uint32_t thrown =
      NumberOf(text + "/" + StageName(call.job->stage) + "/" + std::to_string(call.job->attempt));
  const bool has_words = !words.empty() && text.find(words) != std::string::npos;
  if (!has_words && static_cast<double>(thrown) >= rate * 0x1p32) return std::nullopt;
  return ClassifyCode(server.Option("fail_code", "blocked"), Response(),
                      "the server's options ask for it", {});
}

// A code that is not known would be another one.
std::optional<Failure> Mistake(const ServerConfig& server) {
  const std::string code = server.Option("fail_code", "blocked");
  if (ClassifyCode(code, Response(), {}, {}).code == code) return std::nullopt;
  return NotConfigured("option fail_code: \"" + code + "\" is no code of a provider's failure");
}

Step Analyse(const Recording& recording) {
  const size_t first = NumberOf(NameOf(recording)) % std::size(kFindingsKnown);
  const double apart = recording.duration_seconds.value_or(0) > 0
                           ? *recording.duration_seconds / (kFindings + 1)
                           : kSecondsApart;
  json::Writer writer;
  writer.StartObject().Key("title").String("A fake analysis");
  writer.Key("summary").String("No recording was looked at: a server of kind fake made this up.");
  writer.Key("version").String(kVersion);
  writer.Key("metrics").StartArray().StartObject().Key("key").String("words_per_minute");
  writer.Key("value").Int(100 + static_cast<int64_t>(first)).Key("unit").String("1/min");
  writer.EndObject().EndArray();
  writer.Key("feedback").StartArray();
  for (size_t i = 0; i < kFindings; i++) {
    const Finding& finding = kFindingsKnown[(first + i) % std::size(kFindingsKnown)];
    writer.StartObject();
    writer.Key("timestamp_seconds").Double(apart * static_cast<double>(i + 1));
    writer.Key("category").String(finding.category).Key("message").String(finding.message);
    writer.Key("confidence").Double(0.5).Key("impact").Double(0.5);
    writer.EndObject();
  }
  return ReadAnalysis(writer.EndArray().EndObject().Take());
}

Step WriteSsml(const ServerConfig& server, const Job& job) {
  std::vector<std::string> segments =
      TemplateSegments(job, static_cast<size_t>(server.ssml_bytes_max));
  if (segments.empty()) return ClassifyCode("too_large", Response(), "ssml_bytes_max", {});
  return Result(SsmlResult{.segments = std::move(segments), .version = kVersion});
}

int CountWords(std::string_view text) {
  int words = 0;
  bool in_word = false;
  for (const char c : text) {
    const bool is_space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!is_space && !in_word) words++;
    in_word = !is_space;
  }
  return words;
}

// A soft tone, as long as the words would take.
Step Speak(const std::string& text) {
  constexpr int kLowestHz = 200;
  constexpr int kLoudness = 2'000;
  const int samples_per_wave =
      kSamplesPerSecond / (kLowestHz + static_cast<int>(NumberOf(text) % kLowestHz));
  const int samples = std::max(1, CountWords(text)) * kMsPerWord * (kSamplesPerSecond / 1'000);
  std::string pcm;
  pcm.reserve(static_cast<size_t>(samples) * 2);
  for (int i = 0; i < samples; i++) {
    const int place = i % samples_per_wave;
    const int rise = std::min(place, samples_per_wave - place);
    const auto sample = static_cast<uint16_t>(4 * kLoudness * rise / samples_per_wave - kLoudness);
    pcm.push_back(static_cast<char>(sample & 0xFF));
    pcm.push_back(static_cast<char>(sample >> 8));
  }
  return Result(
      AudioResult{.bytes = audio::WavFromPcm16(pcm, kSamplesPerSecond, 1), .version = kVersion});
}

class FakeProvider final : public Provider {
 public:
  Step Start(const ServerConfig& server, const CallInput& call) const override {
    if (auto mistake = Mistake(server)) return std::move(*mistake);
    const int64_t delay_ms = std::atoll(server.Option("delay_ms", "0").c_str());
    if (delay_ms > 0 && !call.has_waited) return Wait{std::min(delay_ms, server.timeout_ms)};
    if (delay_ms > server.timeout_ms) return ClassifyCode("timeout", Response(), "delay_ms", {});
    if (auto fault = Fault(server, call)) return std::move(*fault);
    switch (call.job->stage) {
      case Stage::kAnalysis:
        return Analyse(call.job->recording);
      case Stage::kSsml:
        return WriteSsml(server, *call.job);
      default:
        break;
    }
    return Speak(TextOf(call));
  }

  Step Next(const ServerConfig&, const CallInput&, Response) const override {
    return NotConfigured("kind fake makes no request");
  }

  SpeechLimits Limits(const ServerConfig& server) const override {
    return {.form = SpeechLimits::Form::kSsml, .input_max = server.ssml_bytes_max};
  }

  bool NeedsVideo(const ServerConfig&) const override { return false; }

  ProbeStep Probe(const ServerConfig& server, const CallContext&) const override {
    if (auto mistake = Mistake(server)) return std::move(*mistake);
    return Works{"needs no service: it is for tests, and makes up what it answers."};
  }

  std::optional<Failure> ReadProbe(const ServerConfig&, const Response&) const override {
    return NotConfigured("kind fake makes no request");
  }
};

}  // namespace

std::unique_ptr<const Provider> NewFakeProvider() { return std::make_unique<FakeProvider>(); }

}  // namespace debrief

#include "local_provider/speech.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>

#include "local_provider/process.h"
#include "local_provider/speech_markup.h"

namespace debrief::local_provider {
namespace {

constexpr char kMarkupFile[] = "speech.xml";
constexpr char kDefaultVoice[] = "en-us";
constexpr size_t kNameCharactersMax = 40;
constexpr size_t kWavBytesMax = 64 * 1024 * 1024;  // docs/http-protocol.md

bool IsVoiceName(std::string_view name) {
  if (name.empty() || name.size() > kNameCharactersMax || name.front() == '-') return false;
  return std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '+' || c == '_' || c == '-';
  });
}

std::string LowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return static_cast<char>(c == '_' ? '-' : std::tolower(c));
  });
  return text;
}

ProcessSpec Speaking(const Options& options, const std::string& voice,
                     const TemporaryDirectory& directory, int stop_descriptor) {
  ProcessSpec spec;
  // -b 1: the text is UTF-8, whatever the guess would be. A file would be cut short on a full disk,
  // and espeak-ng would not say so.
  spec.arguments = {options.espeak_ng, "-m", "-b", "1", "-v", voice, "-f", kMarkupFile, "--stdout"};
  spec.directory = directory.path();
  spec.limits.wall_seconds = options.speech_seconds_max;
  spec.limits.cpu_seconds_max = static_cast<rlim_t>(options.speech_seconds_max);
  spec.limits.memory_bytes_max = options.memory_bytes_max;
  spec.output_bytes_max = kWavBytesMax;
  spec.stop_descriptor = stop_descriptor;
  return spec;
}

bool IsUnknownVoice(const ProcessResult& result) {
  return result.end == ProcessEnd::kExited && result.detail != 0 &&
         result.errors.find("voice does not exist") != std::string::npos;
}

std::optional<ErrorAnswer> ErrorOfSpeaking(const ProcessResult& result) {
  if (result.Succeeded()) return std::nullopt;
  switch (result.end) {
    case ProcessEnd::kTimedOut:
      return Timeout("The speech took longer than it may.");
    case ProcessEnd::kOutputTooLong:
      return TooLarge("The speech is longer than 64 MiB of sound.");
    case ProcessEnd::kStopped:
      return Stopping();
    default:
      return Internal("espeak-ng could not speak the text.");
  }
}

void PutSize(size_t size, char* to) {
  for (int i = 0; i < 4; ++i, size >>= 8) to[i] = static_cast<char>(size & 0xff);
}

// In a pipe it writes the header first, with sizes that stand for "unknown".
std::variant<Speech, ErrorAnswer> WithSizes(std::string wav) {
  constexpr size_t kRiffSizeAt = 4, kDataSizeAt = 40, kHeaderBytes = 44;
  if (wav.size() < kHeaderBytes || !wav.starts_with("RIFF")) {
    return Internal("espeak-ng wrote no sound.");
  }
  PutSize(wav.size() - (kRiffSizeAt + 4), wav.data() + kRiffSizeAt);
  PutSize(wav.size() - kHeaderBytes, wav.data() + kDataSizeAt);
  return Speech{std::move(wav)};
}

}  // namespace

std::vector<std::string> VoiceCandidates(const SpeechJob& job) {
  const std::string& name = job.voice.empty() ? job.language : job.voice;
  if (name.empty()) return {kDefaultVoice};
  if (!IsVoiceName(name)) return {};
  if (!job.voice.empty()) return {name};
  // "de-DE" has no voice of its own; "de" has.
  const std::string language = LowerCase(name);
  return {language, language.substr(0, language.find('-'))};
}

std::variant<Speech, ErrorAnswer> Speak(const Options& options, const SpeechJob& job,
                                        const TemporaryDirectory& directory, int stop_descriptor) {
  const std::vector<std::string> voices = VoiceCandidates(job);
  if (voices.empty()) return BadRequest("The voice or language has a name that no voice has.");
  const auto markup = MakePlain(job.ssml);
  if (const auto* problem = std::get_if<MarkupProblem>(&markup)) {
    return BadRequest(problem->sentence);
  }
  std::ofstream file(directory.PathOf(kMarkupFile), std::ios::binary);
  file << std::get<PlainMarkup>(markup).text << std::flush;
  if (!file) return NoRoom();

  for (const std::string& voice : voices) {
    ProcessResult result = RunProcess(Speaking(options, voice, directory, stop_descriptor));
    if (IsUnknownVoice(result)) continue;
    if (auto error = ErrorOfSpeaking(result)) return *error;
    return WithSizes(std::move(result.output));
  }
  return BadRequest("There is no such voice, and none for this language.");
}

}  // namespace debrief::local_provider

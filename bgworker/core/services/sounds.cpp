// sounds.cpp: see sounds.h.

#include "bgworker/core/services/sounds.h"

#include <string>
#include <utility>

#include "bgworker/core/audio/audio.h"
#include "bgworker/core/audio/recognise.h"
#include "bgworker/core/services/classify.h"
#include "bgworker/core/ssml/spoken.h"
#include "bgworker/core/text/utf8.h"

namespace debrief {
namespace {

// No timer changes an option: until somebody does, one sound an hour is paid for.
constexpr int64_t kWrongFormatMs = 3'600'000;
constexpr size_t kQuotedBytesMax = 60;

// How much faster or slower than usual a voice may be set, and what pauses may add.
constexpr double kTimes = 10, kSlackSeconds = 30, kBreakSeconds = 10;

std::string Quoted(std::string_view text) {
  return ": " + std::string(utf8::Cut(text, kQuotedBytesMax));
}

double BreaksIn(std::string_view words) {
  double count = 0;
  for (size_t at = 0; (at = words.find("<break", at)) != std::string_view::npos; at++) count++;
  return count;
}

bool MayLast(std::string_view words, double seconds) {
  const speech::Seconds usual = speech::SecondsOf(words);
  return seconds >= usual.least / kTimes &&
         seconds <= usual.most * kTimes + kSlackSeconds + kBreakSeconds * BreaksIn(words);
}

Failure Unusable(const ServerConfig& server, std::string_view why, const Usage& usage = {}) {
  Response response;
  response.status = kStatusOk;
  Failure failure = ClassifyCode("bad_answer", response, why, server.key);
  failure.usage = usage;  // it is billed like any other
  return failure;
}

Step TakeRawSound(const ServerConfig& server, AudioResult result, std::string_view words,
                  int rate_hz) {
  const size_t raw_bytes = result.bytes.size();
  const std::string quoted = audio::IsText(result.bytes) ? Quoted(result.bytes) : std::string();
  std::string error;
  std::optional<std::string> sound = audio::WavFromRaw(std::move(result.bytes), rate_hz, &error);
  if (!sound) return Unusable(server, error + quoted, result.usage);
  const bool was_raw = sound->size() != raw_bytes;
  if (was_raw && !MayLast(words, static_cast<double>(raw_bytes) / 2 / rate_hz)) {
    return Unusable(server, "the samples last far longer or shorter than the words", result.usage);
  }
  result.bytes = std::move(*sound);
  return Result(std::move(result));
}

}  // namespace

std::optional<Failure> WhyNoSound(const ServerConfig& server, std::string_view bytes,
                                  std::string_view option) {
  std::string error;
  if (audio::Inspect(bytes, &error)) return std::nullopt;
  const std::string_view format = audio::OtherFormat(bytes);
  if (format.empty()) {
    return Unusable(
        server, audio::IsText(bytes) ? "the answer is text and no sound" + Quoted(bytes) : error);
  }
  const std::string fix = option.empty()
                              ? "the server must send WAV (PCM) or MP3"
                              : "set option " + std::string(option) + " so that WAV or MP3 comes";
  Failure failure =
      NotConfigured("the sound is " + std::string(format) + ", which is not read: " + fix);
  failure.http_status = kStatusOk;
  failure.retry_after_ms = kWrongFormatMs;
  return failure;
}

Step TakeSound(const ServerConfig& server, AudioResult result, std::string_view words,
               int raw_rate_hz) {
  if (result.bytes.empty() && speech::SpokenOf(words) == speech::Spoken::kWords) {
    return Unusable(server, "the sound is empty", result.usage);
  }
  if (raw_rate_hz == 0 || result.bytes.empty()) return Result(std::move(result));
  return TakeRawSound(server, std::move(result), words, raw_rate_hz);
}

}  // namespace debrief

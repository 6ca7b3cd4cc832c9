// wav.cpp: RIFF chunks, walked by their own sizes and never beyond the bytes.

#include <algorithm>
#include <cstdint>

#include "bgworker/core/audio/formats.h"

namespace debrief::audio {
namespace {

constexpr int kChunksMax = 1'000;
constexpr size_t kRiffBytes = 8;  // that the first size does not count
constexpr size_t kFormatBytes = 16;
constexpr uint16_t kPcm = 1, kFloat = 3, kExtensible = 0xFFFE;

uint32_t Read32(std::string_view bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 4; i > 0; i--) value = value << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
  return value;
}
uint16_t Read16(std::string_view bytes, size_t at) {
  return static_cast<uint16_t>(static_cast<unsigned char>(bytes[at]) |
                               static_cast<unsigned char>(bytes[at + 1]) << 8);
}

struct Format {
  uint32_t bytes_per_frame = 0;
  uint32_t frames_per_second = 0;
};

// The fmt chunk, or nothing when it describes no PCM that can be.
std::optional<Format> ReadFormat(std::string_view chunk) {
  if (chunk.size() < kFormatBytes) return std::nullopt;
  uint16_t tag = Read16(chunk, 0);
  if (tag == kExtensible && chunk.size() >= 26) tag = Read16(chunk, 24);
  const uint16_t channels = Read16(chunk, 2);
  const uint32_t rate = Read32(chunk, 4);
  const uint16_t block = Read16(chunk, 12);
  const uint16_t bits = Read16(chunk, 14);
  const bool pcm = tag == kPcm && (bits == 8 || bits == 16 || bits == 24 || bits == 32);
  const bool real = tag == kFloat && (bits == 32 || bits == 64);
  if (!(pcm || real) || channels == 0 || channels > 32 || rate < 1'000 || rate > 768'000 ||
      block != channels * bits / 8) {
    return std::nullopt;
  }
  return Format{.bytes_per_frame = block, .frames_per_second = rate};
}

void Append32(std::string* out, uint32_t value) {
  for (int i = 0; i < 4; i++) *out += static_cast<char>(value >> (8 * i) & 0xFF);
}
void Append16(std::string* out, uint32_t value) {
  for (int i = 0; i < 2; i++) *out += static_cast<char>(value >> (8 * i) & 0xFF);
}

// Where the next WAV begins; the end if none does.
size_t NextWav(std::string_view bytes) {
  size_t at = bytes.find("RIFF");
  while (at != std::string_view::npos && !LooksLikeWav(bytes.substr(at))) {
    at = bytes.find("RIFF", at + 1);
  }
  return std::min(at, bytes.size());
}

// One WAV of those that stand one behind the other.
struct Part {
  std::string_view format_chunk, samples;  // whole frames, or none
  Format format;
  bool sizes_are_true = false;
  size_t next = 0;  // where the next one begins
};

std::optional<Part> ReadPart(std::string_view bytes, std::string* error) {
  std::optional<Format> format;
  std::string_view format_chunk;
  size_t at = 12;
  for (int chunk = 0; chunk < kChunksMax && at + 8 <= bytes.size(); chunk++) {
    const std::string_view name = bytes.substr(at, 4);
    const uint32_t announced = Read32(bytes, at + 4);
    const std::string_view rest = bytes.substr(at + 8);
    // A writer of a stream cannot know the size, and each has its own number for that. That the
    // answer is whole is HTTP's to say.
    const bool open_ended = name == "data" && (announced == 0 || announced > rest.size());
    if (!open_ended && announced > rest.size()) {
      *error = "the WAV is cut: a chunk is longer than the rest";
      return std::nullopt;
    }
    const size_t size = open_ended ? NextWav(rest) : announced;
    if (name == "fmt ") {
      format_chunk = rest.substr(0, size);
      format = ReadFormat(format_chunk);
      if (!format) {
        *error = kNotPcm;
        return std::nullopt;
      }
    }
    if (name == "data" && format) {
      const size_t samples_bytes = size - size % format->bytes_per_frame;
      const size_t end = at + 8 + size;
      return Part{.format_chunk = format_chunk,
                  .samples = rest.substr(0, samples_bytes),
                  .format = *format,
                  .sizes_are_true = bytes.starts_with("RIFF") && announced == samples_bytes &&
                                    Read32(bytes, 4) == bytes.size() - kRiffBytes,
                  .next = end + NextWav(bytes.substr(end))};
    }
    at += 8 + size + (size & 1);
  }
  *error = "the WAV has no data chunk";
  return std::nullopt;
}

}  // namespace

std::optional<WavSound> ReadWav(std::string_view bytes, std::string* error) {
  WavSound sound;
  for (size_t at = 0; at < bytes.size();) {
    const std::optional<Part> part = ReadPart(bytes.substr(at), error);
    if (!part) return std::nullopt;
    if (at == 0) {
      sound = {.format_chunk = part->format_chunk,
               .runs = {},
               .bytes_per_frame = part->format.bytes_per_frame,
               .frames_per_second = part->format.frames_per_second,
               .sizes_are_true = part->sizes_are_true};
    } else if (part->format_chunk.substr(0, kFormatBytes) !=
               sound.format_chunk.substr(0, kFormatBytes)) {
      *error = "the answer holds several WAVs of different formats";
      return std::nullopt;
    }
    if (!part->samples.empty()) sound.runs.push_back(part->samples);
    at += part->next;
  }
  if (sound.runs.empty()) {
    *error = "the WAV holds no sound";
    return std::nullopt;
  }
  return sound;
}

size_t SamplesBytes(const WavSound& sound) {
  size_t bytes = 0;
  for (const std::string_view run : sound.runs) bytes += run.size();
  return bytes;
}

std::optional<Info> InspectWav(std::string_view bytes, std::string* error) {
  const std::optional<WavSound> sound = ReadWav(bytes, error);
  if (!sound) return std::nullopt;
  const size_t frames = SamplesBytes(*sound) / sound->bytes_per_frame;
  return Info{.format = "wav",
              .content_type = "audio/wav",
              .duration_ms = static_cast<double>(frames) * 1000.0 / sound->frames_per_second};
}

std::string WavHeader(std::string_view format_chunk, uint32_t samples_bytes) {
  const auto format_bytes = static_cast<uint32_t>(format_chunk.size());
  const uint32_t format_padding = format_bytes & 1;
  std::string header = "RIFF";
  Append32(&header, 4 + 8 + format_bytes + format_padding + 8 + samples_bytes);
  header += "WAVEfmt ";
  Append32(&header, format_bytes);
  header += format_chunk;
  header.append(format_padding, '\0');
  header += "data";
  Append32(&header, samples_bytes);
  return header;
}

std::string WithTrueSizes(std::string bytes) {
  std::string error;
  if (!LooksLikeWav(bytes)) return bytes;
  const std::optional<WavSound> sound = ReadWav(bytes, &error);
  if (!sound || sound->sizes_are_true) return bytes;
  std::string whole = WavHeader(sound->format_chunk, static_cast<uint32_t>(SamplesBytes(*sound)));
  for (const std::string_view run : sound->runs) whole += run;
  return whole;
}

std::string Silence() {
  constexpr int kSampleRateHz = 8'000;
  return WavFromPcm16(std::string(kSampleRateHz / 4 * 2, '\0'), kSampleRateHz, 1);
}

std::string WavFromPcm16(std::string_view pcm, int sample_rate_hz, int channels) {
  const uint32_t rate = static_cast<uint32_t>(sample_rate_hz);
  const uint32_t block = static_cast<uint32_t>(channels) * 2;
  std::string format;
  Append16(&format, kPcm);
  Append16(&format, static_cast<uint32_t>(channels));
  Append32(&format, rate);
  Append32(&format, rate * block);
  Append16(&format, block);
  Append16(&format, 16);
  return WavHeader(format, static_cast<uint32_t>(pcm.size())).append(pcm);
}

}  // namespace debrief::audio

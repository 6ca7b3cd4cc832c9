// recognise.cpp: by the first bytes, which each format fixes.

#include "bgworker/core/audio/recognise.h"

#include "bgworker/core/audio/audio.h"
#include "bgworker/core/audio/formats.h"
#include "bgworker/core/text/utf8.h"

namespace debrief::audio {
namespace {

constexpr size_t kTextBytesMax = 1'024;  // that are looked at

struct Magic {
  size_t at;
  std::string_view bytes, name;
};
constexpr Magic kMagics[] = {
    {0, "OggS", "Ogg"},  {0, "fLaC", "FLAC"}, {4, "ftyp", "MP4"},  {0, "\x1A\x45\xDF\xA3", "WebM"},
    {0, "#!AMR", "AMR"}, {8, "AIFF", "AIFF"}, {8, "AIFC", "AIFF"}, {0, ".snd", "AU"},
    {0, "caff", "CAF"},
};

// Two frames of AAC with their ADTS headers: one may be chance.
bool IsAac(std::string_view bytes) {
  size_t at = 0;
  for (int frame = 0; frame < 2; frame++) {
    if (at + 7 > bytes.size()) return false;
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(bytes[at + i]); };
    if (byte(0) != 0xFF || (byte(1) & 0xF6) != 0xF0) return false;
    const size_t length = (byte(3) & 3U) << 11 | byte(4) << 3U | byte(5) >> 5U;
    if (length < 7) return false;
    at += length;
  }
  return true;
}

}  // namespace

std::string_view OtherFormat(std::string_view bytes) {
  for (const Magic& magic : kMagics) {
    if (bytes.size() > magic.at && bytes.substr(magic.at).starts_with(magic.bytes)) {
      return magic.name;
    }
  }
  std::string error;
  if (LooksLikeWav(bytes) && !ReadWav(bytes, &error) && error == kNotPcm) return kWavNotPcm;
  return IsAac(bytes) ? "AAC" : std::string_view();
}

bool IsText(std::string_view bytes) {
  const bool is_long = bytes.size() > kTextBytesMax;
  bytes = bytes.substr(0, kTextBytesMax);
  for (size_t at = 0; at < bytes.size();) {
    const utf8::CodePoint point = utf8::Decode(bytes, at);
    const bool is_cut = is_long && at + 4 > bytes.size();
    if (point.bytes == 0) return is_cut;
    const bool is_space = point.value == '\t' || point.value == '\n' || point.value == '\r';
    if ((point.value < ' ' && !is_space) || point.value == 0x7F) return false;
    at += point.bytes;
  }
  return !bytes.empty();
}

std::optional<std::string> WavFromRaw(std::string bytes, int sample_rate_hz, std::string* error) {
  if (LooksLikeWav(bytes) || LooksLikeMp3(bytes) || !OtherFormat(bytes).empty()) return bytes;
  if (IsText(bytes)) {
    *error = "the answer is text and no sound";
    return std::nullopt;
  }
  if (bytes.empty() || bytes.size() % 2 != 0) {
    *error = "the answer is no row of 16-bit samples";
    return std::nullopt;
  }
  return WavFromPcm16(bytes, sample_rate_hz, 1);
}

}  // namespace debrief::audio

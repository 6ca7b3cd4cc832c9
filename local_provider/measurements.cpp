#include "local_provider/measurements.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

namespace debrief::local_provider {
namespace {

// The filter chain gives 8-bit limited-range luma: 16 is black, 235 is white.
constexpr double kLumaBlack = 16;
constexpr double kLumaWhite = 235;
// ebur128 says -70 when nothing passed its absolute gate, and less before a window is full.
constexpr double kAbsoluteGateLufs = -70;
constexpr double kSoundFrameSeconds = 0.1;  // what ebur128 cuts its output into
constexpr double kTrackGapSecondsMin = 0.5;

std::optional<double> ToNumber(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

std::optional<double> FrameSeconds(std::string_view line) {
  constexpr std::string_view kTime = "pts_time:";
  const size_t found = line.find(kTime);
  if (!line.starts_with("frame:") || found == std::string_view::npos) return std::nullopt;
  return ToNumber(line.substr(found + kTime.size()));
}

void Open(std::optional<double>& start, double seconds) { start = seconds; }

void Close(std::optional<double>& start, double seconds, std::vector<Interval>& intervals) {
  if (start && seconds > *start) intervals.push_back({std::max(0.0, *start), seconds});
  start.reset();
}

double BrightnessPercent(double luma) {
  return std::clamp((luma - kLumaBlack) / (kLumaWhite - kLumaBlack), 0.0, 1.0) * 100;
}

}  // namespace

template <class Take>
bool MeasurementsReader::ReadFrames(std::istream& text, Take take) {
  frame_seconds_ = 0;
  double previous_seconds = 0;
  size_t lines = 0;
  constexpr size_t kLinesMax = kSamplesMax * 40;  // signalstats writes 28 lines a frame
  for (std::string line; std::getline(text, line);) {
    if (++lines > kLinesMax) return false;
    if (const auto seconds = FrameSeconds(line)) {
      previous_seconds = std::exchange(frame_seconds_, std::max(0.0, *seconds));
      continue;
    }
    const size_t equals = line.find('=');
    if (equals == std::string::npos) continue;
    const std::string_view all(line);
    const auto value = ToNumber(all.substr(equals + 1));
    if (value && !take(all.substr(0, equals), *value)) return false;
  }
  // The last frame is taken to last as long as the one before it, within reason.
  constexpr double kFrameSecondsMax = 1.0;
  const double length = std::clamp(frame_seconds_ - previous_seconds, 0.0, kFrameSecondsMax);
  end_seconds_ = std::max(end_seconds_, frame_seconds_ + length);
  return true;
}

bool MeasurementsReader::ReadMotion(std::istream& text) {
  double score = 0;
  return ReadFrames(text, [&](std::string_view key, double value) {
    if (key == "lavfi.scd.score") {
      score = value;
    } else if (key == "lavfi.scd.time") {
      result_.cuts_seconds.push_back(std::max(0.0, value));
      result_.cut_scores.push_back(score);
    } else if (key == "lavfi.black_start") {
      Open(black_start_, value);
    } else if (key == "lavfi.black_end") {
      Close(black_start_, value, result_.black);
    } else if (key == "lavfi.freezedetect.freeze_start") {
      Open(freeze_start_, value);
    } else if (key == "lavfi.freezedetect.freeze_end") {
      Close(freeze_start_, value, result_.frozen);
    }
    return result_.cuts_seconds.size() <= kSamplesMax;
  });
}

bool MeasurementsReader::ReadLight(std::istream& text) {
  return ReadFrames(text, [&](std::string_view key, double value) {
    if (key == "lavfi.signalstats.YAVG") {
      result_.brightness_percent.push_back({frame_seconds_, BrightnessPercent(value)});
    } else if (key == "lavfi.blur") {
      result_.blur.push_back({frame_seconds_, value});
    }
    return result_.brightness_percent.size() <= kSamplesMax;
  });
}

bool MeasurementsReader::ReadSound(std::istream& text) {
  return ReadFrames(text, [&](std::string_view key, double value) {
    sound_end_seconds_ = frame_seconds_ + kSoundFrameSeconds;
    if (key == "lavfi.r128.I") {
      if (value > kAbsoluteGateLufs) result_.integrated_lufs = value;
    } else if (key == "lavfi.r128.LRA") {
      result_.loudness_range_lu = value;
    } else if (key == "lavfi.r128.S") {
      if (value > kAbsoluteGateLufs) result_.short_term_lufs.push_back({frame_seconds_, value});
    } else if (key == "lavfi.astats.Overall.Peak_level") {
      result_.peak_dbfs.push_back({frame_seconds_, value});
    } else if (key == "lavfi.silence_start") {
      Open(silence_start_, value);
    } else if (key == "lavfi.silence_end") {
      Close(silence_start_, value, result_.silent);
    }
    return result_.peak_dbfs.size() <= kSamplesMax && result_.short_term_lufs.size() <= kSamplesMax;
  });
}

Measurements MeasurementsReader::Finish(bool has_audio) {
  result_.duration_seconds = end_seconds_;
  result_.has_audio = has_audio;
  Close(black_start_, end_seconds_, result_.black);
  Close(freeze_start_, end_seconds_, result_.frozen);
  if (has_audio && !silence_start_ && end_seconds_ - sound_end_seconds_ > kTrackGapSecondsMin) {
    Open(silence_start_, sound_end_seconds_);
  }
  Close(silence_start_, end_seconds_, result_.silent);
  return std::move(result_);
}

}  // namespace debrief::local_provider

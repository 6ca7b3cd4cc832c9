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
// A picture that stays longer than this stands still; slow recordings give one a second.
constexpr double kFrameSecondsMax = 1.0;
constexpr std::string_view kFrame = "frame:";

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
  if (!line.starts_with(kFrame) || found == std::string_view::npos) return std::nullopt;
  return ToNumber(line.substr(found + kTime.size()));
}

long long FrameNumber(std::string_view line) {
  long long number = 0;
  std::from_chars(line.data() + kFrame.size(), line.data() + line.size(), number);
  return number;
}

void Open(std::optional<double>& start, double seconds) { start = seconds; }

void Close(std::optional<double>& start, double seconds, std::vector<Interval>& intervals) {
  if (start && seconds > *start) intervals.push_back({std::max(0.0, *start), seconds});
  start.reset();
}

// Detectors report a stretch when it ends, holes are found at once.
std::vector<Interval> InOrder(std::vector<Interval> intervals) {
  std::sort(intervals.begin(), intervals.end(), [](const Interval& left, const Interval& right) {
    return left.start_seconds < right.start_seconds;
  });
  return Join(std::move(intervals), 0);
}

double BrightnessPercent(double luma) {
  return std::clamp((luma - kLumaBlack) / (kLumaWhite - kLumaBlack), 0.0, 1.0) * 100;
}

}  // namespace

template <class Take, class Step>
bool MeasurementsReader::ReadFrames(std::istream& text, Take take, Step step) {
  Frame previous, frame;
  frame_seconds_ = 0;
  size_t lines = 0;
  constexpr size_t kLinesMax = kSamplesMax * 40;  // signalstats writes 28 lines a frame
  for (std::string line; std::getline(text, line);) {
    if (++lines > kLinesMax) return false;
    if (const auto seconds = FrameSeconds(line)) {
      frame_seconds_ = std::max(0.0, *seconds);
      previous = std::exchange(frame, {FrameNumber(line), frame_seconds_});
      step(previous, frame);
      continue;
    }
    const size_t equals = line.find('=');
    if (equals == std::string::npos) continue;
    const std::string_view all(line);
    const auto value = ToNumber(all.substr(equals + 1));
    if (value && !take(all.substr(0, equals), *value)) return false;
  }
  // The last frame is taken to last as long as the one before it, within reason.
  const double length = std::clamp(frame.seconds - previous.seconds, 0.0, kFrameSecondsMax);
  end_seconds_ = std::max(end_seconds_, frame.seconds + length);
  return true;
}

bool MeasurementsReader::ReadMotion(std::istream& text) {
  double score = 0;
  const auto take = [&](std::string_view key, double value) {
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
  };
  const auto step = [&](const Frame& previous, const Frame& frame) {
    const double length = frame.seconds - previous.seconds;
    if (frame.number == 0 && frame.seconds > kTrackGapSecondsMin) {
      result_.no_picture.push_back({0, frame.seconds});
    } else if (frame.number == previous.number + 1 && length > kFrameSecondsMax) {
      result_.frozen.push_back({previous.seconds, frame.seconds});
    }
    picture_end_seconds_ = frame.seconds + std::clamp(length, 0.0, kFrameSecondsMax);
  };
  return ReadFrames(text, take, step) && result_.frozen.size() <= kSamplesMax;
}

bool MeasurementsReader::ReadLight(std::istream& text) {
  const auto take = [&](std::string_view key, double value) {
    if (key == "lavfi.signalstats.YAVG") {
      result_.brightness_percent.push_back({frame_seconds_, BrightnessPercent(value)});
    } else if (key == "lavfi.blur") {
      result_.blur.push_back({frame_seconds_, value});
    }
    return result_.brightness_percent.size() <= kSamplesMax;
  };
  return ReadFrames(text, take, [](const Frame&, const Frame&) {});
}

bool MeasurementsReader::ReadSound(std::istream& text) {
  const auto take = [&](std::string_view key, double value) {
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
  };
  const auto step = [&](const Frame& previous, const Frame& frame) {
    // Where the frames between were not printed, they are as long as all are.
    const double frames = static_cast<double>(frame.number - previous.number);
    const double due = std::max(0.0, previous.seconds + frames * kSoundFrameSeconds);
    const double start = previous.number < 0 ? 0 : due;
    if (frame.seconds - due > kTrackGapSecondsMin) {
      result_.silent.push_back({start, frame.seconds});
    }
    sound_end_seconds_ = frame.seconds + kSoundFrameSeconds;
  };
  return ReadFrames(text, take, step) && result_.silent.size() <= kSamplesMax;
}

Measurements MeasurementsReader::Finish(bool has_audio, double picture_seconds) {
  const double picture_end =
      std::max(picture_end_seconds_, std::min(picture_seconds, end_seconds_));
  result_.duration_seconds = end_seconds_;
  result_.has_audio = has_audio;
  Close(black_start_, picture_end, result_.black);
  Close(freeze_start_, picture_end, result_.frozen);
  if (picture_end_seconds_ > 0 && end_seconds_ - picture_end > kTrackGapSecondsMin) {
    result_.no_picture.push_back({picture_end, end_seconds_});
  }
  if (has_audio && !silence_start_ && end_seconds_ - sound_end_seconds_ > kTrackGapSecondsMin) {
    Open(silence_start_, sound_end_seconds_);
  }
  Close(silence_start_, end_seconds_, result_.silent);
  result_.frozen = InOrder(std::move(result_.frozen));
  result_.silent = InOrder(std::move(result_.silent));
  return std::move(result_);
}

}  // namespace debrief::local_provider

#include "local_provider/sound_findings.h"

#include <algorithm>
#include <utility>

#include "local_provider/weights.h"
#include "local_provider/wording.h"

namespace debrief::local_provider {
namespace {

constexpr double kHighestPeak = 1e3;
// Clipped moments this close belong to one loud passage.
constexpr double kClippingJoinSeconds = 1.0;

constexpr char kCheckMicrophone[] =
    " Check that the right microphone is chosen and not muted, and record once more.";

// Collects the items of one recording; each Find looks for one kind of defect.
class SoundFinder {
 public:
  SoundFinder(const Measurements& measured, const Thresholds& limits)
      : measured_(measured), limits_(limits) {}

  std::vector<FeedbackItem> Find() {
    if (measured_.sound_unreadable) {
      AddMissingSound("unreadable sound",
                      "The recording's sound cannot be decoded, so it was not checked. Save it "
                      "with sound in AAC, Opus or MP3, and upload it once more.");
    } else if (!measured_.has_audio) {
      AddMissingSound("no sound", std::string("The recording has no sound track, so the sound "
                                              "could not be checked.") +
                                      kCheckMicrophone);
    } else if (IsSilentThroughout()) {
      AddMissingSound("no sound", std::string("No sound can be heard in the whole recording.") +
                                      kCheckMicrophone);
    } else {
      FindSilence();
      FindLoudness();
      FindMonotone();
      FindClipping();
    }
    return std::move(items_);
  }

 private:
  double Impact(double seconds, double serious_seconds) const {
    return ImpactOf(seconds, serious_seconds, measured_.duration_seconds);
  }

  bool IsSilentThroughout() const {
    return std::none_of(measured_.peak_dbfs.begin(), measured_.peak_dbfs.end(),
                        [&](const Sample& one) { return one.value > limits_.silence_dbfs_max; });
  }

  void AddMissingSound(const char* label, std::string message) {
    items_.push_back({.timestamp_seconds = 0,
                      .category = "Sound",
                      .label = label,
                      .message = std::move(message),
                      .confidence = 1,
                      .impact = 1});
  }

  void FindSilence() {
    const auto silent =
        AtLeast(measured_.silent, limits_.silence_seconds_min - limits_.edge_seconds);
    for (const Interval& one : silent) {
      items_.push_back({.timestamp_seconds = one.start_seconds,
                        .category = "Speech",
                        .label = "a long pause",
                        .message = "You are silent for " + Seconds(one.Seconds()) + ", " +
                                   Span(one) +
                                   ". Keep a pause under two seconds, unless you want its effect.",
                        .confidence = Confidence(one.Seconds() - limits_.silence_seconds_min, 2),
                        .impact = Impact(one.Seconds(), 10)});
    }
  }

  void FindLoudness() {
    if (!measured_.integrated_lufs) return;
    const double loudness = *measured_.integrated_lufs;
    if (loudness <= limits_.quiet_lufs_max) {
      AddLoudness(0, "quiet sound",
                  "Your sound is quiet: its loudness is " + Spoken(loudness) +
                      " LUFS, where minus 23 to minus 16 is comfortable. Move closer to the "
                      "microphone, or raise its level.",
                  limits_.quiet_lufs_max - loudness);
    } else if (loudness >= limits_.loud_lufs_min) {
      AddLoudness(LoudestSeconds(), "loud sound",
                  "Your sound is loud: its loudness is " + Spoken(loudness) +
                      " LUFS, where minus 23 to minus 16 is comfortable. Move back from the "
                      "microphone, or lower its level.",
                  loudness - limits_.loud_lufs_min);
    }
  }

  double LoudestSeconds() const {
    const auto loudest = std::max_element(
        measured_.short_term_lufs.begin(), measured_.short_term_lufs.end(),
        [](const Sample& left, const Sample& right) { return left.value < right.value; });
    return loudest == measured_.short_term_lufs.end() ? 0 : loudest->time_seconds;
  }

  void AddLoudness(double seconds, const char* label, std::string message, double distance) {
    constexpr double kFullDistanceLu = 6;
    items_.push_back({.timestamp_seconds = seconds,
                      .category = "Sound",
                      .label = label,
                      .message = std::move(message),
                      .confidence = Confidence(distance, kFullDistanceLu),
                      .impact = std::clamp(0.5 + distance / 20, 0.5, 1.0)});
  }

  void FindMonotone() {
    const double sound_seconds = measured_.duration_seconds - TotalSeconds(measured_.silent);
    if (!measured_.loudness_range_lu || sound_seconds < limits_.monotone_sound_seconds_min) return;
    const double range = *measured_.loudness_range_lu;
    if (range >= limits_.monotone_lu_max) return;
    items_.push_back({.timestamp_seconds = 0,
                      .category = "Speech",
                      .label = "an even loudness",
                      .message = "Your loudness hardly varies: its range is " + Spoken(range) +
                                 " loudness units, where lively speech has five or more. Stress "
                                 "the words that matter, and lower your voice before them.",
                      .confidence = Confidence(limits_.monotone_lu_max - range, 3),
                      .impact = 0.4});
  }

  void FindClipping() {
    const auto found = Where(measured_.peak_dbfs, limits_.clipping_dbfs_min, kHighestPeak,
                             measured_.duration_seconds);
    for (const Interval& one : Join(found, kClippingJoinSeconds)) {
      // The clipped moments inside the joined stretch, without the gaps between them.
      const double clipped = TotalSeconds(Subtract({one}, Subtract({one}, found)));
      if (clipped < limits_.clipping_seconds_min - limits_.edge_seconds) continue;
      items_.push_back({.timestamp_seconds = one.start_seconds,
                        .category = "Sound",
                        .label = "clipped sound",
                        .message = "The sound is overdriven, " + Span(one) +
                                   ": it comes within half a decibel of full scale during " +
                                   Seconds(clipped) +
                                   ". Lower the microphone's level, or move back from it.",
                        .confidence = Confidence(clipped - limits_.clipping_seconds_min, 1),
                        .impact = Impact(clipped, 5)});
    }
  }

  const Measurements& measured_;
  const Thresholds& limits_;
  std::vector<FeedbackItem> items_;
};

}  // namespace

std::vector<FeedbackItem> FindInSound(const Measurements& measured, const Thresholds& thresholds) {
  return SoundFinder(measured, thresholds).Find();
}

}  // namespace debrief::local_provider

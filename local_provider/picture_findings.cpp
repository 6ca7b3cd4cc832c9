#include "local_provider/picture_findings.h"

#include <algorithm>
#include <utility>

#include "local_provider/weights.h"
#include "local_provider/wording.h"

namespace debrief::local_provider {
namespace {

constexpr double kBrightest = 100;
constexpr double kWidestBlur = 1e6;
// Stretches of one kind that are this close are one stretch.
constexpr double kJoinSeconds = 0.3;

// Collects the items of one recording; each Find looks for one kind of defect.
class PictureFinder {
 public:
  PictureFinder(const Measurements& measured, const Thresholds& limits)
      : measured_(measured),
        limits_(limits),
        black_(AtLeast(Join(measured.black, kJoinSeconds), limits.black_seconds_min)) {}

  std::vector<FeedbackItem> Find() {
    FindMissing();
    FindBlack();
    FindFrozen();
    FindLight();
    FindBlur();
    FindCuts();
    return std::move(items_);
  }

 private:
  double Impact(double seconds, double serious_seconds) const {
    return ImpactOf(seconds, serious_seconds, measured_.duration_seconds);
  }

  // Stretches worth an item: near ones joined, those a black picture explains left out.
  std::vector<Interval> Stretches(std::vector<Interval> found, double seconds_min) const {
    std::vector<Interval> cover = black_;
    for (Interval& one : cover) {
      one.start_seconds -= kJoinSeconds;
      one.end_seconds += kJoinSeconds;
    }
    return AtLeast(Subtract(Join(std::move(found), kJoinSeconds), cover),
                   seconds_min - limits_.edge_seconds);
  }

  void FindMissing() {
    for (const Interval& one : measured_.no_picture) {
      items_.push_back({.timestamp_seconds = one.start_seconds,
                        .category = "Picture",
                        .label = "a missing picture",
                        .message = "The recording has no picture for " + Seconds(one.Seconds()) +
                                   ", " + Span(one) +
                                   ", only sound. Check that the camera runs from the beginning "
                                   "to the end, or cut this stretch out.",
                        .confidence = 1,
                        .impact = Impact(one.Seconds(), 5)});
    }
  }

  void FindBlack() {
    for (const Interval& one : black_) {
      items_.push_back({.timestamp_seconds = one.start_seconds,
                        .category = "Picture",
                        .label = "a black picture",
                        .message = "The picture is black for " + Seconds(one.Seconds()) + ", " +
                                   Span(one) +
                                   ". Check the camera and the lens cap, or cut this stretch out.",
                        .confidence = Confidence(one.Seconds() - limits_.black_seconds_min, 1),
                        .impact = Impact(one.Seconds(), 5)});
    }
  }

  void FindFrozen() {
    for (const Interval& one : Stretches(measured_.frozen, limits_.frozen_seconds_min)) {
      items_.push_back({.timestamp_seconds = one.start_seconds,
                        .category = "Picture",
                        .label = "a frozen picture",
                        .message = "The picture stands still for " + Seconds(one.Seconds()) + ", " +
                                   Span(one) +
                                   ". If this is not a slide, check the camera's cable and "
                                   "whether the computer keeps up with the recording.",
                        .confidence = Confidence(one.Seconds() - limits_.frozen_seconds_min, 3),
                        .impact = Impact(one.Seconds(), 20)});
    }
  }

  void FindLight() {
    const double end = measured_.duration_seconds;
    const auto& brightness = measured_.brightness_percent;
    for (const Interval& one : Stretches(Where(brightness, 0, limits_.dark_percent_max, end),
                                         limits_.light_seconds_min)) {
      const double mean = MeanWithin(brightness, one, limits_.dark_percent_max);
      AddLight(one, "a dark picture",
               "The picture is dark for " + Seconds(one.Seconds()) + ", " + Span(one) +
                   ": its mean brightness is " + Spoken(mean) +
                   " percent. Turn towards a window, or put a lamp in front of you.",
               limits_.dark_percent_max - mean);
    }
    for (const Interval& one :
         Stretches(Where(brightness, limits_.blown_out_percent_min, kBrightest, end),
                   limits_.light_seconds_min)) {
      const double mean = MeanWithin(brightness, one, limits_.blown_out_percent_min);
      AddLight(one, "an overexposed picture",
               "The picture is overexposed for " + Seconds(one.Seconds()) + ", " + Span(one) +
                   ": its mean brightness is " + Spoken(mean) +
                   " percent. Lower the exposure, or move the lamp away.",
               mean - limits_.blown_out_percent_min);
    }
  }

  void AddLight(const Interval& one, const char* label, std::string message, double distance) {
    constexpr double kFullDistancePercent = 10;
    items_.push_back({.timestamp_seconds = one.start_seconds,
                      .category = "Light",
                      .label = label,
                      .message = std::move(message),
                      .confidence = Confidence(distance, kFullDistancePercent),
                      .impact = Impact(one.Seconds(), 20)});
  }

  void FindBlur() {
    const auto found =
        Where(measured_.blur, limits_.blur_pixels_min, kWidestBlur, measured_.duration_seconds);
    for (const Interval& one : Stretches(found, limits_.blur_seconds_min)) {
      const double mean = MeanWithin(measured_.blur, one, limits_.blur_pixels_min);
      items_.push_back({.timestamp_seconds = one.start_seconds,
                        .category = "Picture",
                        .label = "a blurred picture",
                        .message = "The picture is blurred for " + Seconds(one.Seconds()) + ", " +
                                   Span(one) + ": its edges are " + Spoken(mean) +
                                   " pixels wide, where less than " +
                                   Spoken(limits_.blur_pixels_min) +
                                   " looks sharp. Clean the lens and lock the focus on your face.",
                        .confidence = Confidence(mean - limits_.blur_pixels_min, 10),
                        .impact = Impact(one.Seconds(), 20)});
    }
  }

  // Going to black and coming back is not a cut of its own.
  bool BordersBlack(double seconds) const {
    return std::any_of(black_.begin(), black_.end(), [&](const Interval& one) {
      return seconds >= one.start_seconds - kJoinSeconds &&
             seconds <= one.end_seconds + kJoinSeconds;
    });
  }

  void FindCuts() {
    std::vector<Sample> cuts;
    for (size_t i = 0; i < measured_.cuts_seconds.size(); ++i) {
      if (!BordersBlack(measured_.cuts_seconds[i])) {
        cuts.push_back({measured_.cuts_seconds[i], measured_.cut_scores[i]});
      }
    }
    if (cuts.size() > limits_.single_cuts_max) return AddManyCuts(cuts);
    for (const Sample& cut : cuts) {
      items_.push_back({.timestamp_seconds = cut.time_seconds,
                        .category = "Pacing",
                        .label = "a jump cut",
                        .message = "The picture jumps at " + Clock(cut.time_seconds) +
                                   ". If the cut is yours, hide it with a change of view or a "
                                   "slide; if not, check the recording for lost frames.",
                        .confidence = CutConfidence(cut.value),
                        .impact = 0.2});
    }
  }

  static double CutConfidence(double score) {
    constexpr double kScoreThreshold = 10;  // what scdet was given
    return Confidence(score - kScoreThreshold, 20);
  }

  void AddManyCuts(const std::vector<Sample>& cuts) {
    const Interval all{0, measured_.duration_seconds};
    const double minutes = std::max(measured_.duration_seconds / 60, 1.0);
    const double per_minute = static_cast<double>(cuts.size()) / minutes;
    constexpr double kRestlessPerMinute = 20;
    items_.push_back({.timestamp_seconds = cuts.front().time_seconds,
                      .category = "Pacing",
                      .label = "many jump cuts",
                      .message = "The picture jumps " + std::to_string(cuts.size()) +
                                 " times, first at " + Clock(cuts.front().time_seconds) +
                                 " and last at " + Clock(cuts.back().time_seconds) +
                                 ". Keep one view long enough to settle, and cut only where "
                                 "something new begins.",
                      .confidence = CutConfidence(MeanWithin(cuts, all, 0)),
                      .impact = std::clamp(per_minute / kRestlessPerMinute, 0.2, 1.0)});
  }

  const Measurements& measured_;
  const Thresholds& limits_;
  const std::vector<Interval> black_;
  std::vector<FeedbackItem> items_;
};

}  // namespace

std::vector<FeedbackItem> FindInPicture(const Measurements& measured,
                                        const Thresholds& thresholds) {
  return PictureFinder(measured, thresholds).Find();
}

}  // namespace debrief::local_provider

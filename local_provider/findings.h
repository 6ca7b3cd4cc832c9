// findings.h: from measurements to feedback. A pure function: same numbers, same words.
//
// Each finding becomes one item at its moment. What one cause explains is said once: a black
// stretch is not also frozen, dark or blurred, and a recording without any sound is not also
// too quiet. Confidence grows with the distance to the threshold, impact with the extent.
#pragma once

#include <string>
#include <vector>

#include "local_provider/measurements.h"

namespace debrief::local_provider {

inline constexpr size_t kFeedbackItemsMax = 50;

// Changing a number here changes the table in README.md.
struct Thresholds {
  double black_seconds_min = 0.5;
  double frozen_seconds_min = 2.0;
  double silence_seconds_min = 2.0;
  double light_seconds_min = 1.0;
  double blur_seconds_min = 1.0;
  double clipping_seconds_min = 0.3;
  // Block boundaries of encoders move an edge this much; a 2.0 s pause may measure 1.96 s.
  double edge_seconds = 0.05;

  double dark_percent_max = 15;
  double blown_out_percent_min = 86;
  double blur_pixels_min = 10;
  double silence_dbfs_max = -50;
  double quiet_lufs_max = -26;
  double loud_lufs_min = -12;
  // A lossy encoder takes the flat tops of a clipped wave a little below full scale.
  double clipping_dbfs_min = -0.5;
  double monotone_lu_max = 3;
  // Loudness range means nothing over less sound than this.
  double monotone_sound_seconds_min = 15;
  // Up to this many cuts are reported one by one, more in one item.
  size_t single_cuts_max = 5;
};

struct FeedbackItem {
  double timestamp_seconds = 0;
  std::string category;
  std::string label;  // a few words for the summary, such as "a black picture"
  std::string message;
  double confidence = 0;
  double impact = 0;
};

// At most kFeedbackItemsMax items, those with the most impact, in the order of time.
std::vector<FeedbackItem> FindFeedback(const Measurements& measured,
                                       const Thresholds& thresholds = {});

}  // namespace debrief::local_provider

// measurements.h: what ffmpeg measured, read from the text of its metadata filters.
//
// The text has one block per frame, `frame:N pts:P pts_time:T` and then `key=value` lines.
// Unknown keys are passed over; values that are not finite are not taken (blurdetect prints
// -nan on black frames, ebur128 prints nan in silence). Nothing here judges a value.
#pragma once

#include <istream>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "local_provider/intervals.h"

namespace debrief::local_provider {

// Ten values a second for more than four days.
inline constexpr size_t kSamplesMax = 4'000'000;

struct Measurements {
  double duration_seconds = 0;
  bool has_audio = false;
  // The file has sound tracks, but none of them can be decoded.
  bool sound_unreadable = false;
  // What could not be measured, or was left out, in sentences.
  std::vector<std::string> notes;

  std::vector<double> cuts_seconds;  // scene changes
  std::vector<double> cut_scores;    // 0 to 100, one per cut
  std::vector<Interval> black;
  std::vector<Interval> frozen;      // with the holes between frames: a player holds the last one
  std::vector<Interval> no_picture;  // before the first frame and after the last
  std::vector<Interval> silent;      // with what lies before, between and after the sound
  std::vector<Sample> brightness_percent;  // 0 is black, 100 is white
  std::vector<Sample> blur;                // mean width of an edge, in pixels of 640
  std::vector<Sample> peak_dbfs;           // of each tenth of a second
  std::vector<Sample> short_term_lufs;     // over three seconds
  std::optional<double> integrated_lufs;   // absent: everything below the absolute gate
  std::optional<double> loudness_range_lu;
};

// Reads the three outputs in any order, then Finish closes what is still open.
class MeasurementsReader {
 public:
  // Each returns false when there are more samples than kSamplesMax.
  bool ReadMotion(std::istream& text);
  bool ReadLight(std::istream& text);
  bool ReadSound(std::istream& text);

  // Seconds of picture or sound that were decoded, whichever is longer.
  double DecodedSeconds() const { return end_seconds_; }
  bool HasPicture() const { return !result_.brightness_percent.empty(); }
  bool HasSound() const { return sound_end_seconds_ > 0; }
  double SoundEndSeconds() const { return sound_end_seconds_; }

  // Stretches that last to the end have no end event; they end where their track ends. A track
  // that starts late or stops early is silence, or no picture, for the rest of the recording.
  // The picture stands as long as the file says, since its last frame may be a long one.
  Measurements Finish(bool has_audio, double picture_seconds = 0);

 private:
  struct Frame {
    long long number = -1;
    double seconds = 0;
  };
  // `take` gets each key and value, `step` each frame with the one before it.
  template <class Take, class Step>
  bool ReadFrames(std::istream& text, Take take, Step step);

  Measurements result_;
  double frame_seconds_ = 0;
  double end_seconds_ = 0;
  double picture_end_seconds_ = 0;
  double sound_end_seconds_ = 0;
  std::optional<double> black_start_;
  std::optional<double> freeze_start_;
  std::optional<double> silence_start_;
};

}  // namespace debrief::local_provider

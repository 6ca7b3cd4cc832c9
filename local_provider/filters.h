// filters.h: what ffmpeg is asked to measure, as the texts of its filter graphs. Pure functions.
//
// Picture and sound are measured in runs of their own: one graph for both makes ffmpeg keep the
// frames of one track in memory until the other has given its first. And nothing changes before
// a detector: when frames change their form, ffmpeg 5.1 builds the graph again, which forgets
// what was measured and empties the files.
#pragma once

#include <string>

#include "local_provider/media_probe.h"

namespace debrief::local_provider {

inline constexpr char kMotionFile[] = "motion.txt";
inline constexpr char kLightFile[] = "light.txt";
inline constexpr char kSoundFile[] = "sound.txt";

// All of the picture's detectors, behind a scaler that takes frames of every size and format.
// It must run with `-reinit_filter 0 -noautorotate`. Its output is "[out]".
std::string PictureGraph(const Track& picture);

// Up to so many channels have a layout that ffmpeg takes for usual; SoundForm gives more one.
inline constexpr int kUsualChannelsMax = 8;

// Brings the sound into one form for the whole track; ffmpeg may build this graph again. It must
// run with `-guess_layout_max` at kUsualChannelsMax, SoundGraph at 0.
std::string SoundForm(const Track& sound);

// The sound's detectors, for a track in the form of SoundForm.
std::string SoundGraph(const Track& sound);

}  // namespace debrief::local_provider

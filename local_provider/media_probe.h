// media_probe.h: which tracks a file holds, as ffprobe sees them.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "local_provider/process.h"
#include "local_provider/protocol.h"

namespace debrief::local_provider {

struct Track {
  int index = 0;      // ffmpeg's, over all tracks of the file
  int number = 0;     // over the tracks of its kind, from 1
  std::string codec;  // empty: ffmpeg does not know it
  // How long the file says that this track lasts.
  std::optional<double> seconds;
  int width = 0;
  int height = 0;
  int sample_rate = 0;
  int channels = 0;
  std::string channel_layout;  // empty: unknown
};

struct Media {
  std::vector<Track> pictures;  // without cover art; never empty
  std::vector<Track> sounds;
  // What the whole container says, where no track speaks for itself and nobody would notice
  // that the file is cut: FLV.
  std::optional<double> seconds;
};

// The options in front of every input: only this one file, only containers of recordings, no
// pictures beyond 8K. Without them a playlist that calls itself a recording makes ffmpeg read
// other files.
std::vector<std::string> GuardedInput(const char* file_name);

// Runs `probe` (arguments[0] and limits are set by the caller) on `file_name` in its directory.
std::variant<Media, ErrorAnswer> ProbeMedia(ProcessSpec probe, const char* file_name);

// Picks the tracks out of ffprobe's JSON.
std::variant<Media, ErrorAnswer> ReadProbe(const std::string& json);

// How a program ended that the file itself did not end; absent when it exited or crashed.
std::optional<ErrorAnswer> ErrorOfInterruption(const ProcessResult& result);

// What a program's end means for the client; absent when it succeeded.
std::optional<ErrorAnswer> ErrorOfEnd(const ProcessResult& result, const char* what_is_wrong);

}  // namespace debrief::local_provider

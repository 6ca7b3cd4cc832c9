// media_probe.h: which streams a file holds, as ffprobe sees them.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "local_provider/process.h"
#include "local_provider/protocol.h"

namespace debrief::local_provider {

struct Media {
  int video_index = 0;
  std::optional<int> audio_index;
  // What the container says; absent in many live recordings.
  std::optional<double> duration_seconds;
};

// The options in front of every input: only this one file, only containers of recordings, no
// pictures beyond 8K. Without them a playlist that calls itself a recording makes ffmpeg read
// other files.
std::vector<std::string> GuardedInput(const char* file_name);

// Runs `probe` (arguments[0] and limits are set by the caller) on `file_name` in its directory.
std::variant<Media, ErrorAnswer> ProbeMedia(ProcessSpec probe, const char* file_name);

// Picks the streams out of ffprobe's JSON: the first picture that is not cover art, and the
// first sound.
std::variant<Media, ErrorAnswer> ReadProbe(const std::string& json);

// What a program's end means for the client; absent when it succeeded.
std::optional<ErrorAnswer> ErrorOfEnd(const ProcessResult& result, const char* what_is_wrong);

}  // namespace debrief::local_provider

// analysis.h: from a recording in a file to measurements, by ffprobe and runs of ffmpeg.
//
// The recording is hostile: it is only ever opened by programs that run under limits.
#pragma once

#include <variant>

#include "local_provider/measurements.h"
#include "local_provider/options.h"
#include "local_provider/protocol.h"
#include "local_provider/temporary_directory.h"

namespace debrief::local_provider {

inline constexpr char kVideoFileName[] = "video";

// Analyses the file kVideoFileName in `directory`, which must hold nothing else.
std::variant<Measurements, ErrorAnswer> AnalyseVideo(const Options& options,
                                                     const TemporaryDirectory& directory,
                                                     int stop_descriptor);

}  // namespace debrief::local_provider

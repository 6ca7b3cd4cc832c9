// options.h: the command line.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

namespace debrief::local_provider {

struct Options {
  std::string host = "127.0.0.1";
  int port = 8089;  // 0: any free port
  bool allow_remote = false;
  std::string key_file;
  std::string work_directory;  // empty: TMPDIR, else /tmp
  int jobs = 0;                // 0: one for each core
  int speech_jobs = 4;
  int queue = 16;  // of each kind
  uint64_t video_bytes_max = uint64_t{8} << 30;
  uint64_t memory_bytes_max = uint64_t{4} << 30;  // address space of one program
  int analysis_seconds_max = 900;
  int speech_seconds_max = 30;
  std::string ffmpeg = "/usr/bin/ffmpeg";
  std::string ffprobe = "/usr/bin/ffprobe";
  std::string espeak_ng = "/usr/bin/espeak-ng";
  bool help = false;
};

// Options, or what is wrong with the arguments.
std::variant<Options, std::string> ParseOptions(int count, const char* const* arguments);

const char* HelpText();

// Whether a numeric address (or "localhost") can be reached from this machine only.
bool IsLoopback(const std::string& host);

}  // namespace debrief::local_provider

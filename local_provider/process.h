// process.h: runs outside programs under limits and collects what they say.
//
// The program gets an argument array (never a shell), a minimal environment, a working
// directory of its own, no descriptors but 0, 1 and 2, and its own process group. The group
// is dead when RunProcess returns, whatever the reason. Descriptors 0 to 2 of the calling
// process must be open, and the calling thread must live as long as the call.
#pragma once

#include <sys/resource.h>

#include <cstddef>
#include <string>
#include <vector>

namespace debrief::local_provider {

struct ProcessLimits {
  double wall_seconds = 30;
  rlim_t cpu_seconds_max = RLIM_INFINITY;
  rlim_t memory_bytes_max = RLIM_INFINITY;
  rlim_t file_bytes_max = RLIM_INFINITY;
  rlim_t open_files_max = 64;
  // Counts all threads of the user, so it only stops a fork bomb.
  rlim_t processes_max = 4096;
};

struct ProcessSpec {
  std::vector<std::string> arguments;  // arguments[0] is the absolute path of the program
  std::string directory = "/";
  ProcessLimits limits;
  // Standard output beyond this ends the program; of standard error the end is kept.
  size_t output_bytes_max = 64 * 1024;
  // When this descriptor becomes readable, the program is killed; -1 for none.
  int stop_descriptor = -1;
};

enum class ProcessEnd {
  kExited,         // detail is the exit code
  kSignalled,      // detail is the signal
  kTimedOut,       // wall clock or CPU limit
  kFileTooLong,    // it wrote a file beyond file_bytes_max
  kOutputTooLong,  // standard output went over its cap
  kStopped,        // stop_descriptor became readable
  kNotStarted,     // detail is errno
};

struct ProcessResult {
  ProcessEnd end = ProcessEnd::kNotStarted;
  int detail = 0;
  std::string output;
  std::string errors;

  bool Succeeded() const { return end == ProcessEnd::kExited && detail == 0; }
};

ProcessResult RunProcess(const ProcessSpec& spec);

struct PipelineResult {
  ProcessResult first;
  ProcessResult second;
};

// Runs both at once; `second` reads from standard input what `first` writes.
PipelineResult RunPipeline(const ProcessSpec& first, const ProcessSpec& second);

}  // namespace debrief::local_provider

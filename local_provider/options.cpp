#include "local_provider/options.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <thread>

namespace debrief::local_provider {
namespace {

constexpr char kHelp[] =
    R"(pg_debrief_local_provider: analyses recordings with ffmpeg and speaks with espeak-ng.

  --listen ADDRESS:PORT       where to answer; port 0 takes a free one   [127.0.0.1:8089]
  --allow-remote              accept an address that is not loopback
  --key-file FILE             require "Authorization: Bearer <content of FILE>"
  --work-directory DIRECTORY  parent of the temporary files              [TMPDIR or /tmp]
  --jobs N                    analyses at once                           [number of cores]
  --speech-jobs N             speeches at once                           [4]
  --queue N                   analyses, and speeches, that may wait       [16]
  --video-bytes-max N         longest recording                          [8589934592]
  --memory-bytes-max N        address space of one program               [4294967296]
  --analysis-seconds-max N    time limit of one analysis                 [900]
  --speech-seconds-max N      time limit of one speech                   [30]
  --ffmpeg PATH               [/usr/bin/ffmpeg]
  --ffprobe PATH              [/usr/bin/ffprobe]
  --espeak-ng PATH            [/usr/bin/espeak-ng]
  --help                      this text

Prints "listening on http://ADDRESS:PORT" and then one line on stderr for each request.
SIGTERM and SIGINT stop it.
)";

bool ReadNumber(std::string_view text, uint64_t low, uint64_t high, uint64_t& number) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  if (value < low || value > high) return false;
  number = value;
  return true;
}

bool ReadCount(std::string_view text, int low, int high, int& number) {
  uint64_t value = 0;
  if (!ReadNumber(text, static_cast<uint64_t>(low), static_cast<uint64_t>(high), value)) {
    return false;
  }
  number = static_cast<int>(value);
  return true;
}

// "127.0.0.1:8089" or "[::1]:8089".
bool ReadAddress(std::string_view text, Options& options) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  std::string_view host = text.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return false;
  }
  constexpr int kPortMax = 65535;
  options.host = host;
  return !host.empty() && ReadCount(text.substr(colon + 1), 0, kPortMax, options.port);
}

// Sets the option that takes `value`; false when the value is no good or the name unknown.
bool SetValue(Options& options, std::string_view name, std::string_view value) {
  constexpr int kJobsMax = 256;
  constexpr int kSecondsMax = 24 * 3600;
  constexpr uint64_t kBytesMax = uint64_t{1} << 40;
  constexpr uint64_t kMemoryBytesMin = uint64_t{64} << 20;
  if (name == "--listen") return ReadAddress(value, options);
  if (name == "--jobs") return ReadCount(value, 1, kJobsMax, options.jobs);
  if (name == "--speech-jobs") return ReadCount(value, 1, kJobsMax, options.speech_jobs);
  if (name == "--queue") return ReadCount(value, 0, kJobsMax, options.queue);
  if (name == "--video-bytes-max") return ReadNumber(value, 1, kBytesMax, options.video_bytes_max);
  if (name == "--memory-bytes-max") {
    return ReadNumber(value, kMemoryBytesMin, kBytesMax, options.memory_bytes_max);
  }
  if (name == "--analysis-seconds-max") {
    return ReadCount(value, 1, kSecondsMax, options.analysis_seconds_max);
  }
  if (name == "--speech-seconds-max") {
    return ReadCount(value, 1, kSecondsMax, options.speech_seconds_max);
  }
  std::string* const text = name == "--key-file"         ? &options.key_file
                            : name == "--work-directory" ? &options.work_directory
                            : name == "--ffmpeg"         ? &options.ffmpeg
                            : name == "--ffprobe"        ? &options.ffprobe
                            : name == "--espeak-ng"      ? &options.espeak_ng
                                                         : nullptr;
  if (text == nullptr || value.empty()) return false;
  *text = value;
  // Programs are started in another directory and without a search path.
  return (name == "--key-file" || name == "--work-directory") || value.front() == '/';
}

}  // namespace

bool IsLoopback(const std::string& host) {
  if (host == "localhost") return true;
  in_addr four;
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  in6_addr six;
  return inet_pton(AF_INET6, host.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

std::variant<Options, std::string> ParseOptions(int count, const char* const* arguments) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string name = arguments[i];
    if (name == "--help") {
      options.help = true;
    } else if (name == "--allow-remote") {
      options.allow_remote = true;
    } else if (i + 1 >= count || !SetValue(options, name, arguments[i + 1])) {
      return "unknown option, or a missing or bad value: " + name;
    } else {
      ++i;
    }
  }
  if (options.jobs == 0) {
    options.jobs = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  }
  if (!options.allow_remote && !IsLoopback(options.host)) {
    return "refusing to listen on " + options.host + ", which is not loopback: add --allow-remote";
  }
  return options;
}

const char* HelpText() { return kHelp; }

}  // namespace debrief::local_provider

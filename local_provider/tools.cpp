#include "local_provider/tools.h"

#include <cctype>
#include <optional>
#include <string_view>

#include "local_provider/process.h"

namespace debrief::local_provider {
namespace {

constexpr char kName[] = "pg_debrief_local_provider 1.0";
constexpr size_t kVersionCharactersMax = 60;

// The first line a program prints about itself.
std::optional<std::string> FirstLine(const std::string& path, const char* version_option,
                                     const std::string& directory) {
  ProcessSpec spec;
  spec.arguments = {path, version_option};
  spec.directory = directory;
  const ProcessResult result = RunProcess(spec);
  if (!result.Succeeded()) return std::nullopt;
  return result.output.substr(0, result.output.find('\n'));
}

// The first word that begins with a digit: "5.1.9-0+deb12u1" or "1.51".
std::string VersionIn(std::string_view line) {
  size_t start = 0;
  while (start < line.size() && !(std::isdigit(static_cast<unsigned char>(line[start])) &&
                                  (start == 0 || line[start - 1] == ' '))) {
    ++start;
  }
  size_t end = start;
  while (end < line.size() && line[end] > ' ' && line[end] < 0x7f) ++end;
  return std::string(line.substr(start, end - start)).substr(0, kVersionCharactersMax);
}

std::string Described(const char* program, const std::string& line) {
  return std::string(kName) + " (" + program + " " + VersionIn(line) + ")";
}

}  // namespace

std::variant<ToolVersions, std::string> CheckTools(const Options& options,
                                                   const std::string& directory) {
  const auto ffmpeg = FirstLine(options.ffmpeg, "-version", directory);
  if (!ffmpeg) return "cannot run " + options.ffmpeg;
  if (!FirstLine(options.ffprobe, "-version", directory)) return "cannot run " + options.ffprobe;
  const auto espeak = FirstLine(options.espeak_ng, "--version", directory);
  if (!espeak) return "cannot run " + options.espeak_ng;
  return ToolVersions{.analysis = Described("ffmpeg", *ffmpeg),
                      .speech = Described("espeak-ng", *espeak)};
}

}  // namespace debrief::local_provider

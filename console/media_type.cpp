#include "console/media_type.h"

#include <utility>

#include "bgworker/core/text/ascii.h"

namespace debrief::console {

std::string MediaType(std::string_view format_or_path) {
  constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {"wav", "audio/wav"},   {"mp3", "audio/mpeg"},       {"ogg", "audio/ogg"},
      {"opus", "audio/ogg"},  {"flac", "audio/flac"},      {"aac", "audio/aac"},
      {"m4a", "audio/mp4"},   {"mp4", "video/mp4"},        {"m4v", "video/mp4"},
      {"webm", "video/webm"}, {"mkv", "video/x-matroska"}, {"mov", "video/quicktime"},
      {"ogv", "video/ogg"},   {"avi", "video/x-msvideo"},  {"mpeg", "video/mpeg"},
      {"mpg", "video/mpeg"},  {"3gp", "video/3gpp"},
  };
  const size_t end = format_or_path.find_last_of("./");
  const std::string word =
      ascii::Lower(end == std::string_view::npos ? format_or_path : format_or_path.substr(end + 1));
  for (const auto& [format, type] : kTypes) {
    if (format == word) return std::string(type);
  }
  return "application/octet-stream";
}

}  // namespace debrief::console

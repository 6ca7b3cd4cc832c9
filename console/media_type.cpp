#include "console/media_type.h"

#include <utility>

#include "bgworker/core/text/ascii.h"

namespace debrief::console {
namespace {

// Empty: of none that players play.
std::string_view TypeOf(std::string_view format_or_path) {
  // By the ends of names, and as browsers call what was recorded or chosen: "video/quicktime".
  constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {"wav", "audio/wav"},       {"x-wav", "audio/wav"},      {"mp3", "audio/mpeg"},
      {"ogg", "audio/ogg"},       {"opus", "audio/ogg"},       {"flac", "audio/flac"},
      {"aac", "audio/aac"},       {"m4a", "audio/mp4"},        {"x-m4a", "audio/mp4"},
      {"mp4", "video/mp4"},       {"m4v", "video/mp4"},        {"x-m4v", "video/mp4"},
      {"webm", "video/webm"},     {"mkv", "video/x-matroska"}, {"x-matroska", "video/x-matroska"},
      {"mov", "video/quicktime"}, {"qt", "video/quicktime"},   {"quicktime", "video/quicktime"},
      {"ogv", "video/ogg"},       {"avi", "video/x-msvideo"},  {"x-msvideo", "video/x-msvideo"},
      {"mpeg", "video/mpeg"},     {"mpg", "video/mpeg"},       {"3gp", "video/3gpp"},
      {"3gpp", "video/3gpp"},
  };
  const size_t end = format_or_path.find_last_of("./");
  const std::string word =
      ascii::Lower(end == std::string_view::npos ? format_or_path : format_or_path.substr(end + 1));
  for (const auto& [format, type] : kTypes) {
    if (format == word) return type;
  }
  return {};
}

}  // namespace

std::string MediaType(std::string_view format_or_path) {
  std::string_view type = TypeOf(format_or_path);
  // MediaRecorder's "video/webm;codecs=vp9,opus".
  if (type.empty()) type = TypeOf(format_or_path.substr(0, format_or_path.find(';')));
  return std::string(type.empty() ? "application/octet-stream" : type);
}

}  // namespace debrief::console

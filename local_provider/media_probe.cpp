#include "local_provider/media_probe.h"

#include <rapidjson/document.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace debrief::local_provider {
namespace {

constexpr char kContainers[] = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,ogg,wav";
constexpr char kProtocols[] = "file";
constexpr char kPicturePixelsMax[] = "36000000";  // 8K is 33 million
constexpr char kUnreadable[] = "The file cannot be decoded: it is damaged, or no video.";

bool IsText(const rapidjson::Value& object, const char* name, const char* expected) {
  const auto member = object.FindMember(name);
  return member != object.MemberEnd() && member->value.IsString() &&
         std::strcmp(member->value.GetString(), expected) == 0;
}

bool IsCoverArt(const rapidjson::Value& stream) {
  const auto disposition = stream.FindMember("disposition");
  if (disposition == stream.MemberEnd() || !disposition->value.IsObject()) return false;
  const auto attached = disposition->value.FindMember("attached_pic");
  return attached != disposition->value.MemberEnd() && attached->value.IsInt() &&
         attached->value.GetInt() != 0;
}

std::optional<double> Duration(const rapidjson::Document& document) {
  const auto format = document.FindMember("format");
  if (format == document.MemberEnd() || !format->value.IsObject()) return std::nullopt;
  const auto duration = format->value.FindMember("duration");
  if (duration == format->value.MemberEnd() || !duration->value.IsString()) return std::nullopt;
  const double seconds = std::strtod(duration->value.GetString(), nullptr);
  if (!std::isfinite(seconds) || seconds <= 0) return std::nullopt;
  return seconds;
}

}  // namespace

std::vector<std::string> GuardedInput(const char* file_name) {
  return {"-protocol_whitelist",
          kProtocols,
          "-format_whitelist",
          kContainers,
          "-max_pixels",
          kPicturePixelsMax,
          "-i",
          std::string("file:") + file_name};
}

std::variant<Media, ErrorAnswer> ProbeMedia(ProcessSpec probe, const char* file_name) {
  for (const char* argument :
       {"-v", "error", "-of", "json", "-show_entries",
        "format=duration:stream=index,codec_type:stream_disposition=attached_pic"}) {
    probe.arguments.emplace_back(argument);
  }
  for (std::string& argument : GuardedInput(file_name)) {
    probe.arguments.push_back(std::move(argument));
  }
  const ProcessResult result = RunProcess(probe);
  if (auto error = ErrorOfEnd(result, kUnreadable)) return *error;
  return ReadProbe(result.output);
}

std::variant<Media, ErrorAnswer> ReadProbe(const std::string& json) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
  if (document.HasParseError() || !document.IsObject()) return UnsupportedMedia(kUnreadable);
  const auto streams = document.FindMember("streams");
  if (streams == document.MemberEnd() || !streams->value.IsArray()) {
    return UnsupportedMedia(kUnreadable);
  }
  Media media;
  media.duration_seconds = Duration(document);
  bool has_video = false;
  for (const rapidjson::Value& stream : streams->value.GetArray()) {
    if (!stream.IsObject()) continue;
    const auto index = stream.FindMember("index");
    if (index == stream.MemberEnd() || !index->value.IsInt()) continue;
    if (IsText(stream, "codec_type", "video") && !has_video && !IsCoverArt(stream)) {
      has_video = true;
      media.video_index = index->value.GetInt();
    } else if (IsText(stream, "codec_type", "audio") && !media.audio_index) {
      media.audio_index = index->value.GetInt();
    }
  }
  if (!has_video)
    return UnsupportedMedia("The file has no picture: record video, not sound alone.");
  return media;
}

std::optional<ErrorAnswer> ErrorOfEnd(const ProcessResult& result, const char* what_is_wrong) {
  switch (result.end) {
    case ProcessEnd::kExited:
      if (result.detail == 0) return std::nullopt;
      return UnsupportedMedia(what_is_wrong);
    case ProcessEnd::kSignalled:
      // A decoder that crashes on a file will crash on it again.
      return UnsupportedMedia(what_is_wrong);
    case ProcessEnd::kTimedOut:
      return Timeout("The analysis took longer than it may.");
    case ProcessEnd::kFileTooLong:
    case ProcessEnd::kOutputTooLong:
      return TooLarge("The recording is too long to be analysed: use a shorter one.");
    case ProcessEnd::kStopped:
      return Stopping();
    case ProcessEnd::kNotStarted:
      break;
  }
  return Internal("A program of the analysis could not be started.");
}

}  // namespace debrief::local_provider

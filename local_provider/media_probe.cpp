#include "local_provider/media_probe.h"

#include <rapidjson/document.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace debrief::local_provider {
namespace {

constexpr char kContainers[] = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,ogg,wav";
constexpr char kProtocols[] = "file";
constexpr char kPicturePixelsMax[] = "36000000";  // 8K is 33 million
constexpr char kUnreadable[] = "The file cannot be decoded: it is damaged, or no video.";

// The text of a member; empty when it is absent or no text.
std::string TextOf(const rapidjson::Value& object, const char* name) {
  const auto member = object.FindMember(name);
  return member != object.MemberEnd() && member->value.IsString() ? member->value.GetString() : "";
}

int NumberOf(const rapidjson::Value& object, const char* name) {
  const auto member = object.FindMember(name);
  if (member == object.MemberEnd()) return 0;
  if (member->value.IsInt()) return member->value.GetInt();
  return std::atoi(TextOf(object, name).c_str());  // sample_rate is a text
}

// A member that is an object; an empty one in its place when it is not there.
const rapidjson::Value& ObjectOf(const rapidjson::Value& object, const char* name) {
  static const rapidjson::Value kNone(rapidjson::kObjectType);
  const auto member = object.FindMember(name);
  return member != object.MemberEnd() && member->value.IsObject() ? member->value : kNone;
}

std::optional<double> Positive(double seconds) {
  if (!std::isfinite(seconds) || seconds <= 0) return std::nullopt;
  return seconds;
}

// "00:01:05.250000000", as Matroska's writers leave it in a tag of the track.
std::optional<double> ClockSeconds(const std::string& text) {
  int hours = 0, minutes = 0;
  double seconds = 0;
  if (std::sscanf(text.c_str(), "%d:%d:%lf", &hours, &minutes, &seconds) != 3) return std::nullopt;
  constexpr double kMinutes = 60;
  return Positive((hours * kMinutes + minutes) * kMinutes + seconds);
}

// Matroska's header has one duration for all tracks, subtitles too, and ffprobe hands it to
// tracks that did not ask.
Track ReadTrack(const rapidjson::Value& stream, bool is_matroska, size_t before) {
  Track track;
  track.index = NumberOf(stream, "index");
  track.number = static_cast<int>(before) + 1;
  track.codec = TextOf(stream, "codec_name");
  if (track.codec == "unknown") track.codec.clear();
  track.seconds = is_matroska ? ClockSeconds(TextOf(ObjectOf(stream, "tags"), "DURATION"))
                              : Positive(std::strtod(TextOf(stream, "duration").c_str(), nullptr));
  track.width = NumberOf(stream, "width");
  track.height = NumberOf(stream, "height");
  track.sample_rate = NumberOf(stream, "sample_rate");
  track.channels = NumberOf(stream, "channels");
  track.channel_layout = TextOf(stream, "channel_layout");
  if (track.channel_layout == "unknown") track.channel_layout.clear();
  return track;
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
        "format=format_name,duration:stream=index,codec_type,codec_name,duration,width,height,"
        "sample_rate,channels,channel_layout:stream_tags=DURATION:"
        "stream_disposition=attached_pic"}) {
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
  if (document.HasParseError() || !document.IsObject())
    return UnsupportedMedia(kUnreadable, "undecodable");
  const auto streams = document.FindMember("streams");
  if (streams == document.MemberEnd() || !streams->value.IsArray()) {
    return UnsupportedMedia(kUnreadable, "undecodable");
  }
  const rapidjson::Value& format = ObjectOf(document, "format");
  const std::string container = TextOf(format, "format_name");
  const bool is_matroska = container.find("matroska") != std::string::npos;
  Media media;
  for (const rapidjson::Value& stream : streams->value.GetArray()) {
    if (!stream.IsObject() || !stream.HasMember("index")) continue;
    const std::string type = TextOf(stream, "codec_type");
    const bool is_cover = NumberOf(ObjectOf(stream, "disposition"), "attached_pic") != 0;
    if (type == "video" && !is_cover) {
      media.pictures.push_back(ReadTrack(stream, is_matroska, media.pictures.size()));
    } else if (type == "audio") {
      media.sounds.push_back(ReadTrack(stream, is_matroska, media.sounds.size()));
    }
  }
  if (container == "flv") {
    media.seconds = Positive(std::strtod(TextOf(format, "duration").c_str(), nullptr));
  }
  if (media.pictures.empty())
    return UnsupportedMedia("The file has no picture: record video, not sound alone.", "no_video");
  return media;
}

std::optional<ErrorAnswer> ErrorOfInterruption(const ProcessResult& result) {
  switch (result.end) {
    case ProcessEnd::kExited:
    case ProcessEnd::kSignalled:
      return std::nullopt;
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

std::optional<ErrorAnswer> ErrorOfEnd(const ProcessResult& result, const char* what_is_wrong) {
  if (result.Succeeded()) return std::nullopt;
  if (auto error = ErrorOfInterruption(result)) return error;
  // A decoder that crashes on a file will crash on it again.
  return UnsupportedMedia(what_is_wrong, "undecodable");
}

}  // namespace debrief::local_provider

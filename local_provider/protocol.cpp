#include "local_provider/protocol.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <utility>

namespace debrief::local_provider {
namespace {

constexpr unsigned kParseFlags =
    rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;

// RapidJSON has no depth limit of its own, so the brackets outside strings are counted first.
bool IsShallow(std::string_view json) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kDepthMax) return false;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return true;
}

// Returns what is wrong, or an empty string with an object in `document`.
std::string ParseObject(std::string_view json, rapidjson::Document& document) {
  if (!IsShallow(json)) return "The JSON is nested too deeply.";
  document.Parse<kParseFlags>(json.data(), json.size());
  if (document.HasParseError()) return "The JSON is not valid.";
  if (!document.IsObject()) return "The JSON is not an object.";
  return "";
}

// Copies a member that may be absent or null; false when it is something else than a string.
bool ReadText(const rapidjson::Value& object, const char* name, std::string& text) {
  const auto member = object.FindMember(name);
  if (member == object.MemberEnd() || member->value.IsNull()) return true;
  if (!member->value.IsString()) return false;
  text.assign(member->value.GetString(), member->value.GetStringLength());
  return true;
}

}  // namespace

ErrorAnswer BadRequest(std::string message) { return {400, "bad_request", std::move(message), 0}; }

ErrorAnswer UnsupportedMedia(std::string message, std::string reason) {
  return {422, "unsupported_media", std::move(message), 0, std::move(reason)};
}

ErrorAnswer TooLarge(std::string message) { return {413, "too_large", std::move(message), 0}; }

ErrorAnswer Busy() { return {429, "busy", "All places are taken.", 1}; }

ErrorAnswer Stopping() { return {503, "overloaded", "The server is stopping.", 1}; }

ErrorAnswer NoRoom() {
  constexpr int kRetrySeconds = 30;
  return {503, "overloaded", "There is no room for temporary files.", kRetrySeconds};
}

ErrorAnswer Internal(std::string message) { return {500, "internal", std::move(message), 0}; }

ErrorAnswer Timeout(std::string message) { return {500, "timeout", std::move(message), 0}; }

std::string ToJson(const ErrorAnswer& error) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  writer.StartObject();
  writer.Key("error");
  writer.StartObject();
  writer.Key("code");
  writer.String(error.code.c_str());
  writer.Key("message");
  writer.String(error.message.c_str());
  if (!error.reason.empty()) {
    writer.Key("reason");
    writer.String(error.reason.c_str());
  }
  writer.EndObject();
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::variant<AnalysisJob, ErrorAnswer> ReadAnalysisJob(std::string_view json) {
  rapidjson::Document document;
  if (std::string problem = ParseObject(json, document); !problem.empty()) {
    return BadRequest("The job part: " + problem);
  }
  const auto video = document.FindMember("video");
  if (video == document.MemberEnd() || !video->value.IsObject()) {
    return BadRequest("The job part has no object \"video\".");
  }
  const auto bytes = video->value.FindMember("bytes");
  if (bytes == video->value.MemberEnd() || !bytes->value.IsUint64()) {
    return BadRequest("The job part has no whole number \"video.bytes\".");
  }
  std::string language, instruction;
  if (!ReadText(document, "language", language) ||
      !ReadText(document, "instruction", instruction)) {
    return BadRequest("\"language\" and \"instruction\" of the job part must be strings.");
  }
  return AnalysisJob{.video_bytes = bytes->value.GetUint64()};
}

std::variant<SpeechJob, ErrorAnswer> ReadSpeechJob(std::string_view json) {
  rapidjson::Document document;
  if (std::string problem = ParseObject(json, document); !problem.empty()) {
    return BadRequest(problem);
  }
  SpeechJob job;
  if (!ReadText(document, "ssml", job.ssml) || !ReadText(document, "language", job.language) ||
      !ReadText(document, "voice", job.voice)) {
    return BadRequest("\"ssml\", \"language\" and \"voice\" must be strings.");
  }
  if (job.ssml.empty()) return BadRequest("\"ssml\" is missing.");
  if (job.ssml.size() > kSsmlBytesMax) return TooLarge("\"ssml\" is longer than 64 KiB.");
  return job;
}

}  // namespace debrief::local_provider

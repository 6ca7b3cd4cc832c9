// protocol.h: the JSON of docs/http-protocol.md, both directions, and its errors.
//
// Parsing is strict and bounded: valid UTF-8, at most kDepthMax levels, sizes capped by the
// caller. Nothing here knows about HTTP libraries or about programs that are run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace debrief::local_provider {

inline constexpr int kDepthMax = 32;
inline constexpr size_t kSsmlBytesMax = 64 * 1024;

struct ErrorAnswer {
  int status = 500;
  std::string code;
  std::string message;
  int retry_after_seconds = 0;  // 0: no Retry-After header
  std::string reason = {};      // of unsupported_media; docs/http-protocol.md
};

ErrorAnswer BadRequest(std::string message);
ErrorAnswer UnsupportedMedia(std::string message, std::string reason);
ErrorAnswer TooLarge(std::string message);
ErrorAnswer Busy();
ErrorAnswer Stopping();
ErrorAnswer NoRoom();
ErrorAnswer Internal(std::string message);
ErrorAnswer Timeout(std::string message);

std::string ToJson(const ErrorAnswer& error);

struct AnalysisJob {
  uint64_t video_bytes = 0;
};

struct SpeechJob {
  std::string ssml;
  std::string language;
  std::string voice;
};

std::variant<AnalysisJob, ErrorAnswer> ReadAnalysisJob(std::string_view json);
std::variant<SpeechJob, ErrorAnswer> ReadSpeechJob(std::string_view json);

}  // namespace debrief::local_provider

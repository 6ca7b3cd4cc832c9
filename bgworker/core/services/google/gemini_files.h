// gemini_files.h: the Files API: a video is uploaded in two requests, looked at until it is ready,
// and deleted when the exchange is over.
//
// The name of the file is ours, and kept before the upload begins: after a crash the file is found
// by it, so that a video is uploaded twice at most.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "bgworker/core/services/object_store.h"
#include "bgworker/core/services/provider.h"

namespace debrief::gemini {

// What the job's row keeps of an exchange.
struct UploadState {
  std::string file;       // "files/..."; empty: nothing was begun
  bool uploaded = false;  // all of it arrived
  int64_t since_ms = 0;   // wall clock, when the upload began or ended

  std::string ToText() const;
  // What is not one of ours counts as nothing.
  static UploadState FromText(std::string_view text);
};

// A name that is equal for one claim and differs for all others.
std::string NewFileName(const Job& job);

// "/v1beta/", as the option api_version says.
std::string Version(const ServerConfig& server);

Request StartUpload(const ServerConfig& server, const CallInput& call, const UploadState& state);
// The bytes, to the address that the start's answer gave; it may only be one of the server itself.
std::variant<Request, Failure> SendBytes(const ServerConfig& server, const CallInput& call,
                                         const Response& started);
Request LookAt(const ServerConfig& server, const CallContext& call_context, std::string_view file);

struct RemoteFile {
  enum class State { kProcessing, kActive, kFailed };
  State state = State::kProcessing;
  std::string uri, error;
  std::string sha256;  // lower-case hex; empty when it is unknown
  int64_t bytes = -1;  // -1: unknown
};
// Of an upload's answer ({"file": {...}}) or of a look ({...}).
std::optional<RemoteFile> ReadFile(std::string_view body);

}  // namespace debrief::gemini

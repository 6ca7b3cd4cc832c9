// gemini_requests.h: the requests of generateContent.
#pragma once

#include <string_view>

#include "bgworker/core/services/google/gemini_files.h"
#include "bgworker/core/services/provider.h"

namespace debrief::gemini {

// Which of an exchange's requests an answer is about.
enum Tag { kGenerate, kGenerateFromFile, kStartUpload, kSendBytes, kLook };

// The option that names the model of a stage.
std::string_view ModelOption(Stage stage);

// The video in the request itself, or as a file that was uploaded.
Request AnalyseInline(const ServerConfig& server, const CallInput& call);
Request AnalyseFile(const ServerConfig& server, const CallInput& call, const RemoteFile& file);
Request WriteSsml(const ServerConfig& server, const CallInput& call);
std::variant<Request, Failure> Speak(const ServerConfig& server, const CallInput& call);

}  // namespace debrief::gemini

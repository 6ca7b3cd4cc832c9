// openai.h: OpenAI, and what speaks its protocol: vLLM, Ollama, llama.cpp, LocalAI,
// Kokoro.
#pragma once

#include "bgworker/core/services/provider.h"

namespace debrief {

class OpenAiProvider final : public Provider {
 public:
  std::string BaseUrl(const ServerConfig& server) const override;
  Step Start(const ServerConfig& server, const CallInput& call) const override;
  Step Next(const ServerConfig& server, const CallInput& call, Response response) const override;
  SpeechLimits Limits(const ServerConfig& server) const override;
  // Not when a transcript is analysed instead.
  bool NeedsVideo(const ServerConfig& server) const override;
  std::variant<Request, Failure> Probe(const ServerConfig& server,
                                       const CallContext& call_context) const override;
  std::optional<Failure> ReadProbe(const ServerConfig& server,
                                   const Response& response) const override;
};

}  // namespace debrief

// azure.h: Azure Speech's REST interface, for stage audio.
//
// Options: region or base_url, key, voice, output_format. One request for a piece of SSML, one
// sound. The service ends a sound at ten minutes without a word: an answer that long is a failure.
#pragma once

#include "bgworker/core/services/provider.h"

namespace debrief {

class AzureProvider final : public Provider {
 public:
  std::string BaseUrl(const ServerConfig& server) const override;
  Step Start(const ServerConfig& server, const CallInput& call) const override;
  Step Next(const ServerConfig& server, const CallInput& call, Response response) const override;
  SpeechLimits Limits(const ServerConfig& server) const override;
  std::variant<Request, Failure> Probe(const ServerConfig& server,
                                       const CallContext& call_context) const override;
  std::optional<Failure> ReadProbe(const ServerConfig& server,
                                   const Response& response) const override;
};

}  // namespace debrief

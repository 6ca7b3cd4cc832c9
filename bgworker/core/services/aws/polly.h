// polly.h: Amazon Polly, for stage audio. One request for a piece of SSML, one sound.
//
// Options: region, base_url, key ("ID:SECRET[:SESSION_TOKEN]"), voice, engine, output_format,
// sample_rate. A busy service answers 400, so the error's name decides and not the status.
#pragma once

#include "bgworker/core/services/provider.h"

namespace debrief {

class PollyProvider final : public Provider {
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

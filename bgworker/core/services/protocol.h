// protocol.h: the protocol of docs/http-protocol.md, for anybody's service.
#pragma once

#include "bgworker/core/services/provider.h"

namespace debrief {

class HttpProvider final : public Provider {
 public:
  Step Start(const ServerConfig& server, const CallInput& call) const override;
  Step Next(const ServerConfig& server, const CallInput& call, Response response) const override;
  SpeechLimits Limits(const ServerConfig& server) const override;
  std::variant<Request, Failure> Probe(const ServerConfig& server,
                                       const CallContext& call_context) const override;
  std::optional<Failure> ReadProbe(const ServerConfig& server,
                                   const Response& response) const override;
};

}  // namespace debrief

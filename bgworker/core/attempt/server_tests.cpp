// server_tests.cpp: see server_tests.h.

#include "bgworker/core/attempt/server_tests.h"

#include <utility>

#include "bgworker/core/policy/advice.h"
#include "bgworker/core/services/kinds.h"

namespace debrief {
namespace {

Failure NoSuchServer() {
  return Failure{.failure_class = FailureClass::kConfig,
                 .code = "not_configured",
                 .message = "There is no server of this name."};
}

}  // namespace

void ServerTests::Add(uint64_t ticket, const ServerConfig& server,
                      const std::optional<Failure>& failure, std::string_view how) {
  std::string message = "Server \"" + server.name + "\" " + std::string(how);
  if (failure) {
    message = Describe(*failure) + " [" + failure->code + "] " + AdviceAfterTest(*failure);
  }
  outcomes_.push_back({.ticket = ticket, .ok = !failure, .message = std::move(message)});
}

void ServerTests::Start(uint64_t ticket, const ServerConfig& server,
                        const std::optional<Failure>& no_key) {
  const Service* service = FindService(server.kind);
  if (no_key || service == nullptr) return Add(ticket, server, no_key ? *no_key : NoSuchServer());
  auto ready = [this, ticket, server, service](const CallContext& call_context) {
    ProbeStep step = service->Probe(server, call_context);
    if (const Works* works = std::get_if<Works>(&step)) {
      return Add(ticket, server, std::nullopt, works->how);
    }
    if (const Failure* failure = std::get_if<Failure>(&step)) return Add(ticket, server, *failure);
    requests_->Send(std::get<Request>(std::move(step)),
                    [this, ticket, server, service](const Response& response) {
                      Add(ticket, server, service->ReadProbe(server, response));
                    });
  };
  requests_->Prepare(server, ready, [this, ticket, server](const Failure& failure) {
    Add(ticket, server, failure);
  });
}

std::vector<ServerTests::Outcome> ServerTests::TakeOutcomes() {
  return std::exchange(outcomes_, {});
}

}  // namespace debrief

// errands.cpp: see errands.h.

#include "bgworker/core/attempt/errands.h"

#include <memory>
#include <utility>

#include "bgworker/core/services/directory.h"
#include "bgworker/core/services/object_store.h"

namespace debrief {
namespace {

std::string WordsOf(const Failure& failure) {
  return failure.detail.empty() ? failure.message : failure.message + " " + failure.detail;
}

// What an operator does about it.
std::string_view AdviceOn(const Failure& failure) {
  switch (failure.failure_class) {
    case FailureClass::kAuth:
      return "Check the option \"key\", the key file's line for it and its host.";
    case FailureClass::kUnreachable:
      return "Check base_url, name service, firewall and certificate (pg_debrief.ca_file).";
    case FailureClass::kConfig:
      return failure.code == "address_not_allowed"
                 ? "List the host in pg_debrief.allowed_hosts if it is meant to be called."
                 : "Check the server's options: docs/providers.md lists them.";
    case FailureClass::kQuota:
      return "Buy more, or wait; calls are tried again by the hour.";
    case FailureClass::kRateLimited:
      return "It answers, but is busy: lower max_in_flight or calls_per_minute.";
    default:
      return "It answers, but not as it should: see the words above.";
  }
}

// Writing and removing a file is the whole of what the pipeline needs there.
std::optional<Failure> TestDirectory(const ServerConfig& server) {
  constexpr char kName[] = ".pg_debrief-test";
  const std::string root = server.Option("path");
  if (auto failure = directory_store::Write(root, kName, "test")) return failure;
  return directory_store::Remove(root, kName);
}

}  // namespace

void Errands::Delete(const ObjectDeletion& object, const std::optional<Failure>& no_key) {
  const int64_t id = object.id;
  if (object.server.kind == "directory") {
    const auto failure = directory_store::Remove(object.server.Option("path"), object.path);
    deleted_.push_back({.id = id, .error = failure ? WordsOf(*failure) : ""});
    return;
  }
  const Deletable* keeper = FindDeletes(object.server.kind);
  if (keeper == nullptr) {
    deleted_.push_back({.id = id, .error = "the store does not exist any more"});
    return;
  }
  if (no_key) {
    deleted_.push_back({.id = id, .error = WordsOf(*no_key)});
    return;
  }
  auto ready = [this, object, keeper](const CallContext& call_context) {
    requests_->Send(
        keeper->Delete(object.server, call_context, object.path),
        [this, object, keeper](const Response& response) {
          const auto failure = keeper->ReadDelete(object.server, response);
          deleted_.push_back({.id = object.id, .error = failure ? WordsOf(*failure) : ""});
        });
  };
  requests_->Prepare(object.server, ready, [this, id](const Failure& failure) {
    deleted_.push_back({.id = id, .error = WordsOf(failure)});
  });
}

void Errands::AddTested(uint64_t ticket, const ServerConfig& server,
                        const std::optional<Failure>& failure) {
  std::string words = "Server \"" + server.name + "\" works: address, key and settings are good.";
  if (failure) {
    words = WordsOf(*failure) + " [" + failure->code + "] " + std::string(AdviceOn(*failure));
  }
  tested_.push_back({.ticket = ticket, .ok = !failure, .words = std::move(words)});
}

void Errands::Test(uint64_t ticket, const ServerConfig& server,
                   const std::optional<Failure>& no_key) {
  if (server.kind == "directory") return AddTested(ticket, server, TestDirectory(server));
  if (server.kind == "template" || server.kind == "database") {
    return AddTested(ticket, server, std::nullopt);
  }
  const Service* probed = FindProvider(server.kind);
  if (probed == nullptr) probed = FindObjectStore(server.kind);
  if (no_key || probed == nullptr) {
    return AddTested(ticket, server,
                     no_key ? *no_key
                            : Failure{.failure_class = FailureClass::kConfig,
                                      .code = "not_configured",
                                      .message = "There is no server of this name."});
  }
  auto ready = [this, ticket, server, probed](const CallContext& call_context) {
    auto request = probed->Probe(server, call_context);
    if (const Failure* failure = std::get_if<Failure>(&request)) {
      return AddTested(ticket, server, *failure);
    }
    requests_->Send(std::get<Request>(std::move(request)),
                    [this, ticket, server, probed](const Response& response) {
                      AddTested(ticket, server, probed->ReadProbe(server, response));
                    });
  };
  requests_->Prepare(server, ready, [this, ticket, server](const Failure& failure) {
    AddTested(ticket, server, failure);
  });
}

std::vector<Errands::Deleted> Errands::TakeDeleted() { return std::exchange(deleted_, {}); }
std::vector<Errands::Tested> Errands::TakeTested() { return std::exchange(tested_, {}); }

}  // namespace debrief

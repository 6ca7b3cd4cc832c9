// object_deletions.cpp: see object_deletions.h.

#include "bgworker/core/attempt/object_deletions.h"

#include <utility>

#include "bgworker/core/services/kinds.h"

namespace debrief {

void ObjectDeletions::Add(int64_t id, const std::optional<Failure>& failure) {
  outcomes_.push_back({.id = id, .error = failure ? Describe(*failure) : ""});
}

void ObjectDeletions::Start(const ObjectDeletion& object, const std::optional<Failure>& no_key) {
  const int64_t id = object.id;
  const Deletable* keeper = FindDeletable(object.server.kind);
  if (keeper == nullptr) {
    outcomes_.push_back({.id = id, .error = "the store does not exist any more"});
    return;
  }
  if (no_key) return Add(id, no_key);
  // It is given out again until it is settled: what is on its way is not sent once more.
  if (!in_flight_.insert(id).second) return;
  auto ready = [this, object, keeper](const CallContext& call_context) {
    DeleteStep step = keeper->Delete(object.server, call_context, object.path);
    Request* request = std::get_if<Request>(&step);
    if (request == nullptr) {
      const Failure* failure = std::get_if<Failure>(&step);
      return Add(object.id, failure == nullptr ? std::nullopt : std::optional<Failure>(*failure));
    }
    requests_->Send(std::move(*request), [this, object, keeper](const Response& response) {
      Add(object.id, keeper->ReadDelete(object.server, response));
    });
  };
  requests_->Prepare(object.server, ready,
                     [this, id](const Failure& failure) { Add(id, failure); });
}

std::vector<ObjectDeletions::Outcome> ObjectDeletions::TakeOutcomes() {
  for (const Outcome& outcome : outcomes_) in_flight_.erase(outcome.id);
  return std::exchange(outcomes_, {});
}

}  // namespace debrief

// object_deletions.h: deletes objects that no row names any more.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bgworker/core/attempt/requests.h"
#include "bgworker/core/services/object_store.h"

namespace debrief {

class ObjectDeletions {
 public:
  struct Outcome {
    int64_t id;
    std::string error;  // empty: the object is gone
  };

  explicit ObjectDeletions(Requests* requests) : requests_(requests) {}

  // `no_key` says why the server's key is missing, if it is.
  void Start(const ObjectDeletion& object, const std::optional<Failure>& no_key);
  std::vector<Outcome> TakeOutcomes();
  bool has_outcomes() const { return !outcomes_.empty(); }

 private:
  void Add(int64_t id, const std::optional<Failure>& failure);

  Requests* requests_;
  std::vector<Outcome> outcomes_;
  std::set<int64_t> in_flight_;  // until their outcomes are taken
};

}  // namespace debrief

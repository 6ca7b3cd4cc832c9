// errands.h: calls that are about no row: deleting objects, and trying out a server for an
// operator.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bgworker/core/attempt/requests.h"
#include "bgworker/core/services/provider.h"

namespace debrief {

// An object to delete, and the server that keeps it.
struct ObjectDeletion {
  int64_t id = 0;
  std::string path;
  ServerConfig server;
};

class Errands {
 public:
  struct Deleted {
    int64_t id;
    std::string error;  // empty: it is gone
  };
  struct Tested {
    uint64_t ticket;
    bool ok;
    std::string words;
  };

  explicit Errands(Requests* calls) : requests_(calls) {}

  // `no_key` says why the server's key is missing, if it is.
  void Delete(const ObjectDeletion& object, const std::optional<Failure>& no_key);
  std::vector<Deleted> TakeDeleted();

  void Test(uint64_t ticket, const ServerConfig& server, const std::optional<Failure>& no_key);
  std::vector<Tested> TakeTested();
  bool has_answers() const { return !deleted_.empty() || !tested_.empty(); }

 private:
  void AddTested(uint64_t ticket, const ServerConfig& server,
                 const std::optional<Failure>& failure);

  Requests* requests_;
  std::vector<Deleted> deleted_;
  std::vector<Tested> tested_;
};

}  // namespace debrief

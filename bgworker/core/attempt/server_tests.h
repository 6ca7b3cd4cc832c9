// server_tests.h: tests servers for an operator: one cheap call to each, and what to do if it
// fails.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bgworker/core/attempt/requests.h"
#include "bgworker/core/services/provider.h"

namespace debrief {

class ServerTests {
 public:
  struct Outcome {
    uint64_t ticket;
    bool ok;
    std::string message;
  };

  explicit ServerTests(Requests* requests) : requests_(requests) {}

  // `no_key` says why the server's key is missing, if it is.
  void Start(uint64_t ticket, const ServerConfig& server, const std::optional<Failure>& no_key);
  std::vector<Outcome> TakeOutcomes();
  bool has_outcomes() const { return !outcomes_.empty(); }

 private:
  void Add(uint64_t ticket, const ServerConfig& server, const std::optional<Failure>& failure,
           std::string_view how = "works: address, key and settings are good.");

  Requests* requests_;
  std::vector<Outcome> outcomes_;
};

}  // namespace debrief

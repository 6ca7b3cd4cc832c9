// metrics.h: what /metrics and /readyz say: one query of the database for all who ask within a
// moment.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "console/backoff.h"
#include "console/database.h"
#include "console/exposition.h"

namespace debrief::console {

class Metrics {
 public:
  Metrics(std::string conninfo, const std::atomic<int>* streams);
  // The text for Prometheus; debrief_up is 0 when the database gives nothing.
  std::string Scrape();
  // Empty when the database gives its metrics; else why not.
  std::string WhyNotReady();

 private:
  // Both with the lock held.
  void Refresh();
  std::string Query();

  const std::string conninfo_;
  const std::atomic<int>* const streams_;
  std::mutex mutex_;
  std::unique_ptr<Connection> connection_;
  Backoff backoff_;
  std::vector<Sample> samples_;
  std::optional<Sample> differences_;
  int64_t differences_asked_ms_ = INT64_MIN;
  int64_t asked_ms_ = INT64_MIN;
  int64_t took_us_ = 0;
  std::string problem_ = "not asked yet";
};

}  // namespace debrief::console

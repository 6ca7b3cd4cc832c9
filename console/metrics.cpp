#include "console/metrics.h"

#include "bgworker/core/model/clock.h"
#include "bgworker/core/text/number.h"
#include "console/caller.h"
#include "console/log.h"

namespace debrief::console {
namespace {

// Ten Prometheus that scrape in turn cost no more than one.
constexpr int64_t kFreshMs = 5'000;
// What takes longer than all the rest, and rarely changes.
constexpr std::string_view kDifferences = "debrief_installation_differences";
constexpr int64_t kDifferencesFreshMs = 600'000;

// Why debrief.metrics() gave nothing, and what to do.
std::string Explain(const SqlError& error) {
  if (error.state == "42501") {
    return error.message +
           ": the role of --metrics-dsn needs debrief_monitor (GRANT debrief_monitor TO it)";
  }
  if (error.state == "42883" || error.state == "3F000" || error.state == "42P01" ||
      error.state == "42703") {
    return error.message +
           ": the database of --metrics-dsn has no pg_debrief, or one without metrics "
           "(CREATE EXTENSION pg_debrief, or ALTER EXTENSION pg_debrief UPDATE: this console "
           "needs " +
           kNeededVersion + " or newer)";
  }
  return error.message;
}

}  // namespace

Metrics::Metrics(std::string conninfo, const std::atomic<int>* streams)
    : conninfo_(std::move(conninfo)), streams_(streams) {}

std::string Metrics::Query() {
  if (connection_ == nullptr) {
    auto connection = std::make_unique<Connection>(conninfo_);
    if (!connection->IsGood()) return connection->Problem();
    const std::string problem = MakeReader(*connection);
    if (!problem.empty()) return problem;
    connection_ = std::move(connection);
  }
  const bool with_differences = NowMs() >= differences_asked_ms_ + kDifferencesFreshMs;
  const Rows rows =
      connection_->Run(with_differences ? "select metric, labels, value from debrief.metrics(true)"
                                        : "select metric, labels, value from debrief.metrics()");
  if (!rows.IsGood()) {
    std::string problem = Explain(rows.error());
    connection_.reset();  // the role's grants may be new ones at the next connection
    return problem;
  }
  samples_.clear();
  for (int row = 0; row < rows.size(); row++) {
    samples_.push_back(
        {std::string(rows.At(row, 0)), std::string(rows.At(row, 1)), std::string(rows.At(row, 2))});
    if (samples_.back().name == kDifferences) differences_ = samples_.back();
  }
  if (with_differences) {
    differences_asked_ms_ = NowMs();
  } else if (differences_) {
    samples_.push_back(*differences_);
  }
  return "";
}

void Metrics::Refresh() {
  const int64_t now_ms = NowMs();
  const bool is_fresh = problem_.empty() && now_ms < asked_ms_ + kFreshMs;
  if (is_fresh || !backoff_.IsDue(now_ms)) return;
  const int64_t start_us = NowUs();
  const bool was_connected = connection_ != nullptr;
  std::string problem = Query();
  // A connection that broke since the last scrape is replaced at once.
  if (!problem.empty() && was_connected) problem = Query();
  took_us_ = NowUs() - start_us;
  asked_ms_ = NowMs();
  if (problem.empty()) {
    backoff_.Succeeded();
  } else {
    samples_.clear();
    backoff_.Failed(asked_ms_);
  }
  if (problem != problem_) {
    Log(problem.empty() ? "metrics: the database answers" : "metrics: " + problem);
  }
  problem_ = std::move(problem);
}

std::string Metrics::Scrape() {
  const std::lock_guard lock(mutex_);
  Refresh();
  std::vector<Sample> samples = samples_;
  constexpr double kUsPerSecond = 1e6;
  constexpr int kDigits = 9;
  samples.push_back({"debrief_up", "{}", problem_.empty() ? "1" : "0"});
  samples.push_back({"debrief_scrape_duration_seconds", "{}",
                     number::General(static_cast<double>(took_us_) / kUsPerSecond, kDigits)});
  samples.push_back({"debrief_console_streams", "{}", std::to_string(streams_->load())});
  return Exposition(samples);
}

std::string Metrics::WhyNotReady() {
  const std::lock_guard lock(mutex_);
  Refresh();
  return problem_;
}

}  // namespace debrief::console

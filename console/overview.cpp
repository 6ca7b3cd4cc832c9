#include "console/overview.h"

#include <algorithm>

#include "bgworker/core/model/clock.h"
#include "console/statements.h"

namespace debrief::console {
namespace {

constexpr int64_t kGoodMs = 900;
// Asking takes a tenth of the time at most, however large the tables are.
constexpr int64_t kShareOfTime = 10;
constexpr int64_t kProblemsGoodMs = 60'000;

}  // namespace

Overview::Overview(std::string conninfo)
    : connections_(std::make_shared<Connections>(std::move(conninfo), 1)),
      reader_(connections_, "hub") {}

std::optional<SqlError> Overview::Refresh() {
  const int64_t start_ms = NowMs();
  if (start_ms >= problems_until_ms_) {
    // It reads the whole catalog. Where that takes too long, all else is shown with what was known.
    const Rows problems = reader_.Read(statements::kProblems);
    if (problems.IsGood()) problems_ = problems.One();
    problems_until_ms_ = NowMs() + kProblemsGoodMs;
  }
  const Rows parts = reader_.Read(statements::kOverviewParts);
  if (!parts.IsGood()) return parts.error();
  const auto has = [&](int column) { return parts.At(0, column) == "t"; };
  const Rows rows = reader_.Read(statements::Overview(has(0), has(1), has(2)).c_str(), {problems_});
  if (!rows.IsGood()) return rows.error();
  text_ = std::make_shared<const std::string>(rows.One());
  const int64_t end_ms = NowMs();
  good_until_ms_ = end_ms + std::max(kGoodMs, (end_ms - start_ms) * kShareOfTime);
  return std::nullopt;
}

std::variant<std::shared_ptr<const std::string>, SqlError> Overview::Get() {
  const std::lock_guard lock(mutex_);
  if (NowMs() >= good_until_ms_) {
    if (auto error = Refresh()) return std::move(*error);
  }
  return text_;
}

}  // namespace debrief::console

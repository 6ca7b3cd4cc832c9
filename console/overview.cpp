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

int64_t GoodUntil(int64_t start_ms, int64_t good_ms) {
  const int64_t end_ms = NowMs();
  return end_ms + std::max(good_ms, (end_ms - start_ms) * kShareOfTime);
}

}  // namespace

Overview::Overview(std::string conninfo)
    : connections_(std::make_shared<Connections>(std::move(conninfo), 1)),
      reader_(connections_, "hub"),
      problems_{.sql = statements::kProblems, .good_ms = kProblemsGoodMs, .text = "[]"},
      failures_{.sql = statements::kFailureCounts, .good_ms = kGoodMs} {}

std::optional<SqlError> Overview::Refresh(Part& part) {
  const int64_t start_ms = NowMs();
  if (start_ms < part.good_until_ms) return std::nullopt;
  const Rows rows = reader_.Read(part.sql);
  part.good_until_ms = GoodUntil(start_ms, part.good_ms);
  if (rows.IsGood()) part.text = rows.One();
  // Where it takes too long, all else is shown with what was known.
  if (rows.IsGood() || !part.text.empty()) return std::nullopt;
  return rows.error();
}

std::optional<SqlError> Overview::Refresh() {
  for (Part* const part : {&problems_, &failures_}) {
    if (auto error = Refresh(*part)) return error;
  }
  const int64_t start_ms = NowMs();
  const Rows parts = reader_.Read(statements::kOverviewParts);
  if (!parts.IsGood()) return parts.error();
  const auto has = [&](int column) { return parts.At(0, column) == "t"; };
  const Rows rows = reader_.Read(statements::Overview(has(0), has(1), has(2)).c_str(),
                                 {problems_.text, failures_.text});
  if (!rows.IsGood()) return rows.error();
  text_ = std::make_shared<const std::string>(rows.One());
  good_until_ms_ = GoodUntil(start_ms, kGoodMs);
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

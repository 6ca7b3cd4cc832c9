// refusals.cpp: see refusals.h.

#include "bgworker/core/policy/refusals.h"

#include <algorithm>

namespace debrief {
namespace {

// A row that can be compared with no other is tried so often, for about a minute, before it is
// taken for the cause.
constexpr int kAloneMax = 12;
// Rows of one user show no more than that this user's rows are refused: others get the time to be
// tried.
constexpr int kSameUserMin = 3;

}  // namespace

Refusals::Verdict Refusals::Refused(int64_t row, const std::string& user, int sqlstate) {
  auto suspect = std::find_if(suspects_.begin(), suspects_.end(),
                              [&](const Suspect& known) { return known.row == row; });
  if (suspect == suspects_.end()) {
    suspects_.push_back({.row = row, .user = user});
    suspect = suspects_.end() - 1;
  }
  suspect->sqlstate = sqlstate;
  suspect->times++;
  if (suspect->stored_since) {
    suspects_.erase(suspect);
    return Verdict::kChargeRow;
  }
  for (const Suspect& other : suspects_) {
    if (other.row == row || other.sqlstate != sqlstate || other.stored_since) continue;
    if (other.user != user || suspect->times >= kSameUserMin) return Verdict::kParkStage;
  }
  if (suspect->times < kAloneMax) return Verdict::kTryLater;
  suspects_.erase(suspect);
  return Verdict::kChargeRow;
}

void Refusals::Stored() {
  for (Suspect& suspect : suspects_) suspect.stored_since = true;
}

void Refusals::Forget(int64_t row) {
  std::erase_if(suspects_, [&](const Suspect& suspect) { return suspect.row == row; });
}

}  // namespace debrief

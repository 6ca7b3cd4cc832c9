// rows.h: from SQL's text to values, for the parts of the store.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "bgworker/backend/statement.h"
#include "bgworker/database/database.h"

namespace debrief::rows {

inline std::string Str(const char* value) { return value == nullptr ? std::string() : value; }
inline int64_t Number(const char* value) {
  return value == nullptr ? 0 : std::strtoll(value, nullptr, 10);
}
inline bool True(const char* value) { return value != nullptr && *value == 't'; }

inline SettleOutcome Outcome(const char* value) {
  const std::string_view text = value == nullptr ? "stale" : value;
  if (text == "settled") return SettleOutcome::kSettled;
  return text == "locked" ? SettleOutcome::kLocked : SettleOutcome::kStale;
}

// The name of a stage, as an argument of a statement.
const std::string& NameOf(size_t stage);

// Each stage's own: claims rows; settles results that say no more than that they are done.
Statement* ClaimStatement(size_t stage);
Statement* SettleStatement(Stage stage);

// Jobs of _claim_*() and _audio_work(); several rows of audio are one job.
void ReadJobs(Stage stage, const SqlRows& rows, std::vector<Job>* jobs);
// What is to be spoken of those of the rows that the worker holds for audio. For use inside the
// door.
SqlRows RunAudioWork(int64_t worker_id, const std::vector<int64_t>& ids, MemoryContext context);

// The column of outcomes, in the order of the claims that were settled.
inline std::vector<SettleOutcome> Outcomes(const SqlRows& rows, int column) {
  std::vector<SettleOutcome> outcomes;
  outcomes.reserve(static_cast<size_t>(rows.rows));
  for (int row = 0; row < rows.rows; row++) outcomes.push_back(Outcome(rows.At(row, column)));
  return outcomes;
}

}  // namespace debrief::rows

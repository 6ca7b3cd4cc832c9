// fake_database.h: what the parts of the fake Database share.
#pragma once

#include <algorithm>

#include "test/worker/world.h"

namespace debrief::sim {

inline bool Has(const std::vector<int64_t>& ids, int64_t id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

inline constexpr int64_t kTransactionUs = 200;
inline size_t Index(Stage stage) { return static_cast<size_t>(stage); }

// Begins a transaction, and says whether it will fail.
bool Fails(PgError* error);
bool Committed();
// The session is lost in the middle of it, if one of these is deadly.
template <typename Attempts>
bool EndsTheSession(const Attempts& attempts, PgError* error) {
  World& world = World::Get();
  const bool ends = std::any_of(attempts.begin(), attempts.end(), [&](const auto& attempt) {
    return attempt->job.stage == Stage::kAudio && world.deadly.contains(attempt->job.id);
  });
  if (!ends) return false;
  world.sessions_lost++;
  error->sqlstate = kAway;
  error->in_transaction = true;
  return true;
}

// The row, when its claim still holds and nobody else has it locked.
Row* Held(const Attempt& attempt, SettleOutcome* outcome);
void Unclaim(Row* row);
void Complete(Row* row, Stage stage, int version);
int VersionIn(const std::string& text);

}  // namespace debrief::sim

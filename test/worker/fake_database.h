// fake_database.h: what the parts of the fake Database share.
#pragma once

#include "test/worker/world.h"

namespace debrief::sim {

inline constexpr int64_t kTransactionUs = 200;
inline size_t Index(Stage stage) { return static_cast<size_t>(stage); }

// Begins a transaction, and says whether it will fail.
bool Fails(PgError* error);
bool Committed();

// The row, when its claim still holds and nobody else has it locked.
Row* Held(const Attempt& attempt, SettleOutcome* outcome);
void Unclaim(Row* row);
void Complete(Row* row, Stage stage, int version);
int VersionIn(const std::string& text);

}  // namespace debrief::sim

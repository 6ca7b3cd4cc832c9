// statements.h: the statements of a turn, each with what it needs, so that several can share one
// transaction. Built outside the door, run inside it, read after it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bgworker/backend/statement.h"
#include "bgworker/core/attempt/outcome_counts.h"
#include "bgworker/database/database.h"

namespace debrief {

// Parallel arrays for unnest(), one entry per claim.
struct ClaimArrays {
  std::vector<int64_t> ids, tokens;
  void Add(const Attempt& attempt) {
    ids.push_back(attempt.job.id);
    tokens.push_back(attempt.job.token);
  }
};

// One entry per sound; `of` is the claim's position, from 1.
struct SoundArrays {
  std::vector<int64_t> of, indexes, sizes;
  std::vector<std::string> hashes, urls, paths, formats, content_types, durations, versions;
  std::vector<const std::string*> bodies;  // the attempts': sounds are large
  void Add(int64_t position, const Sound& sound);
};

// _settle_audio()
struct SettleAudio {
  ClaimArrays claims;
  std::vector<std::string> whole;
  SoundArrays sounds;
  const StageConfig* config = nullptr;  // null: nothing was added
  SqlRows found;

  // A row that is not whole keeps its claim.
  void Add(const Attempt& attempt, bool is_whole);
  void Run(MemoryContext context);
};

// _settle_ssml(), with _audio_work() for what goes on to audio.
struct SettleSsml {
  ClaimArrays claims;
  std::vector<int64_t> of, indexes;
  std::vector<std::string> versions, segments;
  const StageConfig* config = nullptr;
  AudioClaims audio;
  int64_t worker_id = 0;
  SqlRows found, work;

  void Add(const Attempt& attempt);
  void Run(MemoryContext context);
};

// _count_outcomes(), for what the transaction settles.
struct CountOutcomes {
  OutcomeCounts counts{NowUs()};
  std::vector<const Attempt*> added;

  void Add(const Attempt& attempt) {
    counts.Add(attempt);
    added.push_back(&attempt);
  }
  // Takes out what a settle function did not settle: it was given those that were added from
  // `first` on.
  void Keep(const SqlRows& found, size_t first);
  void Run(MemoryContext context) const;
};

// Housekeeping and the claims.
struct ClaimRows {
  const ClaimRequest* request = nullptr;  // null: nothing to claim
  int64_t worker_id = 0;
  SqlRows copy, rescued, given_up, deletions, next_due;
  SqlRows claims[kStageCount];
  SqlRows seen[kStageCount];
  SqlRows grants[kStageCount];
  SqlRows alone[kStageCount];
  SqlRows alone_wait;

  // What was found does not count: the transaction failed.
  static void LookAgain();
  // False after DROP EXTENSION, and when it is of a version that this library does not know: there
  // is nothing that we may call.
  bool LookForExtension(MemoryContext context);
  void Run(MemoryContext context);
  void Read(ClaimReply* reply) const;
};

}  // namespace debrief

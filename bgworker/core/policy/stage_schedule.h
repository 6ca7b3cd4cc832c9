// stage_schedule.h: when a stage's rows are claimed, and which of them first. Pure: the caller
// brings the time (monotonic, in milliseconds), the number of calls that may begin, and the reply.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bgworker/core/model/job.h"
#include "bgworker/core/policy/fair_share.h"

namespace debrief {

// What a stage asks of the tables.
struct StageClaim {
  int wanted = 0;                  // rows; 0: nothing is claimed
  bool is_limited = false;         // the server's calls are counted: it may grant less
  int64_t from_us = 0;             // rows that were due before this are left out; since 1970
  std::vector<int64_t> preferred;  // rows that go first
  std::vector<int64_t> aside;      // rows that are left out
  // Rows that must run alone may be there: one of them goes first when none is in flight.
  bool alone = false;
  const FairShare* look_ahead = nullptr;  // where to read on after the claim; null: do not
};

// A row that reading on found.
struct SeenRow {
  int64_t id = 0, due_us = 0;
  std::string user_id;
  bool is_wanted = false;
};

struct StageReply {
  std::vector<Job> jobs;
  int64_t limited_ms = 0;  // no call may begin for so long
  std::vector<SeenRow> seen;
  int64_t went_alone = 0;  // the row that StageClaim::alone found; 0: none
};

struct ClaimTimes {
  int64_t began_unix_us = 0;
  int64_t took_us = 0;
};

// The earlier of two times, of which -1 is none.
inline int64_t Earlier(int64_t a_ms, int64_t b_ms) {
  if (a_ms < 0 || b_ms < 0) return a_ms < 0 ? b_ms : a_ms;
  return a_ms < b_ms ? a_ms : b_ms;
}

class StageSchedule {
 public:
  // The stage's configuration was read: `is_served` when a server works for it and it is not
  // paused.
  void OnConfigured(bool is_served);
  // `woken`: a session says that rows are due.
  void OnWake(bool woken, int64_t now_ms);
  // A call ended: rows that run alone follow each other.
  void OnCallEnded();
  void OnRescued();
  // Rows were given back, or may be due for other reasons.
  void OnRowsDue() { work_due_ = true; }
  // What was settled brings rows that come due in so many milliseconds.
  void OnRowsDueIn(int64_t in_ms, int64_t now_ms);
  // The earliest row that comes due by itself; -1: none does.
  void SetNextDue(int64_t at_ms) { next_due_ms_ = at_ms; }
  void SetAloneWait(bool alone_wait) { alone_wait_ = alone_wait; }

  bool work_due() const { return work_due_; }
  // `parked_until_ms`: 0 when the stage's server and store may be called.
  bool MayCall(int64_t now_ms, int64_t parked_until_ms) const {
    return is_served_ && blocked_until_ms_ <= now_ms && parked_until_ms == 0;
  }

  // Begins a claim's plan: answers whether the stage has part in it. `look` even if nothing is
  // known to be due.
  bool WantsClaim(bool look, int64_t now_ms, int64_t parked_until_ms);
  StageClaim Plan(int granted, bool is_limited, int64_t now_ms);
  // No call was granted: all are used by others.
  void OnBlocked(int64_t now_ms);
  void Apply(const StageClaim& claim, const ClaimTimes& times, const StageReply& reply,
             int64_t now_ms);
  // The claim's transaction failed.
  void GiveBack() { due_again_ = true; }

  // When there is something to do; -1: nothing that is known of. `not_before_ms` applies to all of
  // it, `parked_until_ms` to calls.
  int64_t NextMs(int64_t now_ms, int64_t parked_until_ms, int64_t not_before_ms) const;

 private:
  void MoveMark(const StageClaim& claim, const ClaimTimes& times, const StageReply& reply,
                int64_t now_ms);
  void TakeTurns(const StageClaim& claim, const ClaimTimes& times, const StageReply& reply,
                 int64_t now_ms);

  bool is_served_ = false;
  bool work_due_ = true;          // rows may be due now
  bool due_again_ = false;        // and came due after the claim was planned
  bool alone_wait_ = false;       // rows that run alone may be there
  int64_t next_due_ms_ = -1;      // the earliest row that comes due by itself
  int64_t blocked_until_ms_ = 0;  // the limit is used up by other workers
  // The claim's low-water mark: claims begin to look here, because behind it a snapshot that is
  // held open may keep dead index entries by the million. Rows that came due behind it (late
  // commits, rows that were locked) are found by a look behind it now and then.
  int64_t mark_us_ = 0;         // microseconds since 1970
  int64_t look_behind_ms_ = 0;  // no sooner
  bool look_behind_ = false;    // nothing was found above the mark, and something may be behind
  FairShare turns_;
};

}  // namespace debrief

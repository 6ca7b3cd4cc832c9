// stage_schedule.cpp: see stage_schedule.h.

#include "bgworker/core/policy/stage_schedule.h"

#include <algorithm>
#include <cassert>

namespace debrief {
namespace {

constexpr int64_t kBlockedWaitMs = 100;
// A commit may be so much younger than the due times it brings; one that is later yet is found by a
// look behind the mark.
constexpr int64_t kLookBackUs = 1'000'000;
// Looks behind the mark take a fiftieth of the time, and come at least every five seconds.
constexpr int64_t kLookBehindShare = 50;
constexpr int64_t kLookBehindMaxMs = 5'000;

bool WentFirst(const StageClaim& claim, const StageReply& reply, int64_t id) {
  return id == reply.went_alone ||
         std::find(claim.preferred.begin(), claim.preferred.end(), id) != claim.preferred.end();
}

// How long the last of the rows that were claimed by due time had waited; INT64_MAX: there were
// none, so the mark stays.
int64_t LastInOrder(const StageClaim& claim, const StageReply& reply) {
  int64_t waited_us = INT64_MAX;
  for (const Job& job : reply.jobs) {
    if (!WentFirst(claim, reply, job.id)) waited_us = std::min(waited_us, job.waited_us);
  }
  return waited_us;
}

}  // namespace

void StageSchedule::OnConfigured(bool is_served) {
  is_served_ = is_served;
  work_due_ = true;
  blocked_until_ms_ = 0;  // the limits may be others now
  mark_us_ = 0;           // and rows that were left out may be served
}

void StageSchedule::OnWake(bool woken, int64_t now_ms) {
  if (woken || (next_due_ms_ >= 0 && next_due_ms_ <= now_ms)) {
    work_due_ = true;
    next_due_ms_ = -1;
  }
  if (look_behind_ && look_behind_ms_ <= now_ms) work_due_ = true;
}

void StageSchedule::OnCallEnded() {
  if (alone_wait_) work_due_ = true;
}

void StageSchedule::OnRescued() { work_due_ = alone_wait_ = true; }

void StageSchedule::OnRowsDueIn(int64_t in_ms, int64_t now_ms) {
  assert(in_ms >= 0);
  if (in_ms == 0) {
    work_due_ = due_again_ = true;
  } else {
    next_due_ms_ = Earlier(next_due_ms_, now_ms + in_ms);
  }
}

bool StageSchedule::WantsClaim(bool look, int64_t now_ms, int64_t parked_until_ms) {
  due_again_ = false;
  // What comes while no call may begin does not wake us: it is looked for when calls may begin
  // again.
  if (look || !MayCall(now_ms, parked_until_ms)) work_due_ = true;
  return work_due_ && MayCall(now_ms, parked_until_ms);
}

StageClaim StageSchedule::Plan(int granted, bool is_limited, int64_t now_ms) {
  assert(granted > 0);
  StageClaim claim{.wanted = granted, .is_limited = is_limited, .alone = alone_wait_};
  claim.from_us = look_behind_ms_ <= now_ms ? 0 : mark_us_;
  // A claim of one row is that row's.
  if (turns_.is_wanted() && !(alone_wait_ && granted == 1)) {
    claim.preferred = turns_.Next(static_cast<size_t>(granted + 1) / 2);
    claim.look_ahead = &turns_;
  }
  assert(claim.preferred.size() <= static_cast<size_t>(granted));
  return claim;
}

void StageSchedule::OnBlocked(int64_t now_ms) { blocked_until_ms_ = now_ms + kBlockedWaitMs; }

void StageSchedule::Apply(const StageClaim& claim, const ClaimTimes& times, const StageReply& reply,
                          int64_t now_ms) {
  const int claimed = static_cast<int>(reply.jobs.size());
  assert(claim.wanted > 0 && claimed <= claim.wanted);
  // Less than was wanted is all there is, unless a limit granted no more: then the next
  // reply says how long to wait.
  const bool is_part = claim.is_limited && claimed > 0;
  work_due_ = claimed == claim.wanted || is_part;
  due_again_ |= is_part;
  MoveMark(claim, times, reply, now_ms);
  if (work_due_) {
    TakeTurns(claim, times, reply, now_ms);
  } else {
    turns_.ClaimedAll();
  }
  if (reply.limited_ms > 0) {
    work_due_ = true;
    blocked_until_ms_ = now_ms + reply.limited_ms;
  }
}

void StageSchedule::TakeTurns(const StageClaim& claim, const ClaimTimes& times,
                              const StageReply& reply, int64_t now_ms) {
  for (const SeenRow& row : reply.seen) {
    if (row.is_wanted) turns_.Saw(row.id, row.user_id);
  }
  if (!reply.seen.empty()) {
    turns_.ReadTo({.due_us = reply.seen.back().due_us, .id = reply.seen.back().id});
  }
  std::vector<std::string> users;
  size_t retries = 0;
  for (const Job& job : reply.jobs) {
    if (WentFirst(claim, reply, job.id)) continue;
    users.push_back(job.user_id);
    retries += job.attempt > 1;
  }
  if (users.empty()) return;
  turns_.ClaimedFull(users, retries, times.began_unix_us - LastInOrder(claim, reply), now_ms);
}

void StageSchedule::MoveMark(const StageClaim& claim, const ClaimTimes& times,
                             const StageReply& reply, int64_t now_ms) {
  // The clock was set back: what is due by it is behind the mark.
  if (mark_us_ > times.began_unix_us) {
    mark_us_ = 0;
    work_due_ = true;
    return;
  }
  // A limit may have granted less than was wanted: what came back says nothing of what is due.
  if (claim.is_limited) return;
  const int claimed = static_cast<int>(reply.jobs.size());
  int64_t taken_us = times.began_unix_us;  // all that was due
  if (claimed == claim.wanted) {
    taken_us -= std::min(LastInOrder(claim, reply), times.began_unix_us);
  }
  mark_us_ = std::max(mark_us_, taken_us - kLookBackUs);
  if (claim.from_us == 0) {
    look_behind_ = false;
    look_behind_ms_ = now_ms + std::min(kLookBehindMaxMs, kLookBehindShare * times.took_us / 1000);
  } else if (claimed < claim.wanted) {
    look_behind_ = true;
  }
}

int64_t StageSchedule::NextMs(int64_t now_ms, int64_t parked_until_ms,
                              int64_t not_before_ms) const {
  if (due_again_ && not_before_ms <= now_ms) return now_ms;
  if (!is_served_) return -1;
  const int64_t calls_ms = std::max({parked_until_ms, not_before_ms, blocked_until_ms_});
  int64_t next_ms = -1;
  if (next_due_ms_ >= 0) next_ms = std::max(next_due_ms_, calls_ms);
  // Due already: it waits for its server or for a slot; a slot that comes free wakes us itself.
  if (work_due_) {
    if (calls_ms > now_ms) next_ms = Earlier(next_ms, calls_ms);
  } else if (look_behind_) {
    next_ms = Earlier(next_ms, std::max(look_behind_ms_, calls_ms));
  }
  return next_ms;
}

}  // namespace debrief

// places.cpp: see places.h.

#include "bgworker/launcher/places.h"

namespace debrief {
namespace {

constexpr int kStartingMaxMs = 30'000;  // registered, but never seen
constexpr int kLivedMs = 60'000;        // a worker that lived so long started well

}  // namespace

std::vector<EndedWorker> ReapPlaces(TimestampTz now) {
  // Nothing is allocated while the lock is held.
  std::vector<EndedWorker> ended;
  ended.reserve(static_cast<size_t>(shared->slot_count));
  LWLockAcquire(shared->lock, LW_EXCLUSIVE);
  for (int i = 0; i < shared->slot_count; i++) {
    WorkerSlot* slot = &shared->slots[i];
    if (!OidIsValid(slot->database) || slot->pid != 0) continue;
    const bool never_came = slot->state == WorkerState::kStarting &&
                            TimestampDifferenceExceeds(slot->since, now, kStartingMaxMs);
    if (slot->state == WorkerState::kStarting && !never_came) continue;
    const bool has_failed = slot->state == WorkerState::kFailed;
    if (has_failed && slot->is_reaped) continue;
    // Woken after it had looked: the extension may be there now.
    const bool is_woken = (pg_atomic_read_u32(&slot->wake) & (kWakeConfig | kWakePrepared)) != 0;
    ended.push_back({.database = slot->database,
                     .absent = slot->state == WorkerState::kAbsent && !is_woken,
                     .failed = has_failed || slot->state == WorkerState::kStopped || never_came,
                     .lived = TimestampDifferenceExceeds(slot->started, now, kLivedMs)});
    strlcpy(ended.back().last_error, slot->last_error, kLastErrorBytes);
    slot->is_reaped = has_failed;
    if (has_failed) continue;
    slot->database = InvalidOid;
    slot->state = WorkerState::kFree;
  }
  LWLockRelease(shared->lock);
  return ended;
}

Place TakePlace(Oid database, Oid role, int ordinal) {
  Place place;
  int best = 0;
  LWLockAcquire(shared->lock, LW_EXCLUSIVE);
  for (int i = 0; i < shared->slot_count; i++) {
    const WorkerSlot* slot = &shared->slots[i];
    const bool has_failed = slot->state == WorkerState::kFailed && slot->is_reaped;
    const bool is_same = slot->database == database && slot->ordinal == ordinal;
    if (is_same && !has_failed) {
      place.taken = true;
      place.running = slot->state == WorkerState::kRunning;
    }
    place.others_starting |= OidIsValid(slot->database) && slot->state == WorkerState::kStarting;
    // Its own, to take the error's place; another database's error only when there is no other.
    const int fitness = !OidIsValid(slot->database) ? 2 : !has_failed ? 0 : is_same ? 3 : 1;
    if (fitness > best) {
      best = fitness;
      place.index = i;
    }
  }
  if (!place.taken && place.index >= 0) {
    WorkerSlot* slot = &shared->slots[place.index];
    // Until it runs, the error that the last one ended by stays.
    const bool is_own = slot->database == database;
    slot->database = database;
    slot->role = role;
    slot->ordinal = ordinal;
    slot->state = WorkerState::kStarting;
    slot->since = GetCurrentTimestamp();
    if (!is_own) slot->last_error[0] = '\0';
    pg_atomic_write_u32(&slot->wake, 0);
  }
  LWLockRelease(shared->lock);
  return place;
}

void GiveBack(int index) {
  LWLockAcquire(shared->lock, LW_EXCLUSIVE);
  shared->slots[index].database = InvalidOid;
  shared->slots[index].state = WorkerState::kFree;
  LWLockRelease(shared->lock);
}

}  // namespace debrief

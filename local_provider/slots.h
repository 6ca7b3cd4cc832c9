// slots.h: how many pieces of work may run at once, and how many may wait for that.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace debrief::local_provider {

class Slots {
 public:
  Slots(int count, int queue) : free_(count), places_(queue) {}

  // False when too many wait already, when no slot came free in time, or after Close. Every
  // true answer needs one Release.
  bool Acquire(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    if (!HasRoomLocked()) return false;
    --places_;
    freed_.wait_for(lock, patience, [this] { return free_ > 0 || is_closed_; });
    ++places_;
    if (free_ == 0 || is_closed_) return false;
    --free_;
    return true;
  }

  void Release() {
    const std::lock_guard lock(mutex_);
    ++free_;
    freed_.notify_one();
  }

  // Whether a caller would run or wait, not be sent away.
  bool HasRoom() {
    const std::lock_guard lock(mutex_);
    return HasRoomLocked();
  }

  // Sends away all who wait, and all who come.
  void Close() {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    freed_.notify_all();
  }

  bool IsClosed() {
    const std::lock_guard lock(mutex_);
    return is_closed_;
  }

 private:
  bool HasRoomLocked() const { return free_ > 0 || places_ > 0; }

  std::mutex mutex_;
  std::condition_variable freed_;
  int free_;
  int places_;
  bool is_closed_ = false;
};

// One slot, held while the object lives and IsHeld().
class SlotHold {
 public:
  SlotHold(Slots& slots, std::chrono::milliseconds patience)
      : slots_(slots), is_held_(slots.Acquire(patience)) {}
  ~SlotHold() {
    if (is_held_) slots_.Release();
  }
  SlotHold(const SlotHold&) = delete;
  SlotHold& operator=(const SlotHold&) = delete;

  bool IsHeld() const { return is_held_; }

 private:
  Slots& slots_;
  const bool is_held_;
};

}  // namespace debrief::local_provider

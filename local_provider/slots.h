// slots.h: how many pieces of work may run at once.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace debrief::local_provider {

class Slots {
 public:
  explicit Slots(int count) : free_(count) {}

  // False when no slot came free in time. Every true answer needs one Release.
  bool Acquire(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    if (!freed_.wait_for(lock, patience, [this] { return free_ > 0; })) return false;
    --free_;
    return true;
  }

  void Release() {
    const std::lock_guard lock(mutex_);
    ++free_;
    freed_.notify_one();
  }

  bool HasFree() {
    const std::lock_guard lock(mutex_);
    return free_ > 0;
  }

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  int free_;
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

// memory_budget.h: how much memory bodies take: answers that are being received, and sounds that
// are not in their store yet.
//
// Plain counting, for one thread. A share counts what its owner holds, for as long as it holds it.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <utility>

namespace debrief {

class MemoryBudget {
 public:
  void SetLimit(int64_t bytes) { limit_ = bytes; }
  int64_t used() const { return used_; }
  int64_t left() const { return std::max<int64_t>(0, limit_ - used_); }

 private:
  friend class MemoryShare;
  int64_t limit_ = INT64_MAX;
  int64_t used_ = 0;
};

class MemoryShare {
 public:
  MemoryShare() = default;
  explicit MemoryShare(MemoryBudget* budget) : budget_(budget) {}
  ~MemoryShare() { Set(0); }
  MemoryShare(MemoryShare&& other) noexcept
      : budget_(other.budget_), bytes_(std::exchange(other.bytes_, 0)) {}
  MemoryShare& operator=(MemoryShare&& other) noexcept {
    if (this == &other) return *this;
    Set(0);
    budget_ = other.budget_;
    bytes_ = std::exchange(other.bytes_, 0);
    return *this;
  }
  // What is copied was counted with the original.
  MemoryShare(const MemoryShare&) {}
  MemoryShare& operator=(const MemoryShare& other) {
    if (this != &other) *this = MemoryShare();
    return *this;
  }

  void Set(int64_t bytes) noexcept {
    if (budget_ == nullptr) return;
    assert(bytes >= 0);
    budget_->used_ += bytes - bytes_;
    assert(budget_->used_ >= 0);
    bytes_ = bytes;
  }
  int64_t bytes() const { return bytes_; }

 private:
  MemoryBudget* budget_ = nullptr;
  int64_t bytes_ = 0;
};

}  // namespace debrief

// reservation.h: calls of a stage that may be in flight, counted against the limits. A value: what
// goes away gives its calls back.
#pragma once

#include <cassert>
#include <utility>

#include "bgworker/core/model/job.h"

namespace debrief {

class Reservation {
 public:
  using GiveBack = void (*)(Stage stage, int calls);

  Reservation() = default;
  Reservation(Stage stage, int calls, GiveBack give_back)
      : stage_(stage), calls_(calls), give_back_(give_back) {
    assert(calls >= 0);
  }
  Reservation(Reservation&& other) noexcept
      : stage_(other.stage_),
        calls_(std::exchange(other.calls_, 0)),
        give_back_(other.give_back_) {}
  Reservation& operator=(Reservation&& other) noexcept {
    if (this != &other) {
      Release();
      stage_ = other.stage_;
      calls_ = std::exchange(other.calls_, 0);
      give_back_ = other.give_back_;
    }
    return *this;
  }
  ~Reservation() { Release(); }

  int calls() const { return calls_; }
  // One of its calls, as a value of its own.
  Reservation TakeOne() {
    assert(calls_ > 0);
    calls_--;
    return {stage_, 1, give_back_};
  }
  void Release() {
    if (calls_ > 0) give_back_(stage_, std::exchange(calls_, 0));
  }

 private:
  Stage stage_ = Stage::kAnalysis;
  int calls_ = 0;
  GiveBack give_back_ = nullptr;
};

}  // namespace debrief

// clock.cpp: see clock.h.

#include "bgworker/core/model/clock.h"

#include <chrono>
#include <random>

namespace debrief {

namespace {

template <class Unit, class Clock>
int64_t Now() {
  return std::chrono::duration_cast<Unit>(Clock::now().time_since_epoch()).count();
}

}  // namespace

int64_t NowUs() { return Now<std::chrono::microseconds, std::chrono::steady_clock>(); }

int64_t UnixMs() { return Now<std::chrono::milliseconds, std::chrono::system_clock>(); }

uint64_t RandomSeed() {
  std::random_device device;
  return (uint64_t{device()} << 32) | device();
}

}  // namespace debrief

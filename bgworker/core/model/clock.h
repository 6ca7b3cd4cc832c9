// clock.h: what the worker takes from the machine that no two runs share: time, and chance. In a
// file of its own, so that tests of the worker's turn can put theirs in its place.
#pragma once

#include <cstdint>

namespace debrief {

// Monotonic.
int64_t NowUs();
inline int64_t NowMs() { return NowUs() / 1000; }
// For what must not come too early: a claim a moment before its row is due finds nothing, and by
// the time the tables are asked what comes due, that row is due already and not reported.
inline int64_t NowMsRoundedUp() { return (NowUs() + 999) / 1000; }

// Wall clock, as requests tell it.
int64_t UnixMs();

// Another one at each call.
uint64_t RandomSeed();

}  // namespace debrief

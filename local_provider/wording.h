// wording.h: numbers and moments as they are spoken.
#pragma once

#include <string>

#include "local_provider/intervals.h"

namespace debrief::local_provider {

// "0:03", "12:40", "1:02:03"; rounded to the nearest second.
std::string Clock(double seconds);

// "2.0 seconds".
std::string Seconds(double seconds);

// One decimal, with "minus" in words: a voice reads "-21.8" in surprising ways.
std::string Spoken(double value);

// "from 0:03 to 0:05", or "at 0:03" when both round to the same second.
std::string Span(const Interval& interval);

}  // namespace debrief::local_provider

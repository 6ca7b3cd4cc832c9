#include "local_provider/wording.h"

#include <cmath>
#include <cstdio>

namespace debrief::local_provider {
namespace {

std::string OneDecimal(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

}  // namespace

std::string Clock(double seconds) {
  const long long whole = std::llround(seconds);
  char text[64];
  if (whole >= 3600) {
    std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60,
                  whole % 60);
  } else {
    std::snprintf(text, sizeof text, "%lld:%02lld", whole / 60, whole % 60);
  }
  return text;
}

std::string Seconds(double seconds) { return OneDecimal(seconds) + " seconds"; }

std::string Spoken(double value) {
  return (value < 0 ? "minus " : "") + OneDecimal(std::fabs(value));
}

std::string Span(const Interval& interval) {
  const std::string start = Clock(interval.start_seconds);
  const std::string end = Clock(interval.end_seconds);
  return start == end ? "at " + start : "from " + start + " to " + end;
}

}  // namespace debrief::local_provider

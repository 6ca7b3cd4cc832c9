// exposition.h: rows of debrief.metrics() in Prometheus' text format.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace debrief::console {

struct Sample {
  std::string name;    // debrief_rows, or that of a histogram with _bucket, _sum, _count
  std::string labels;  // a JSON object of texts and numbers
  std::string value;   // a float8 as PostgreSQL writes it
};

// Every family once, with HELP and TYPE, its series in an order of their own. Rows that are no
// sample (a bad name, label or value) are left out.
std::string Exposition(const std::vector<Sample>& samples);

inline constexpr std::string_view kExpositionType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace debrief::console

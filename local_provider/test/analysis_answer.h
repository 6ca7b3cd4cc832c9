// analysis_answer.h: what an analysis answered, for tests.
#pragma once

#include <httplib.h>

#include <string>
#include <vector>

namespace debrief::local_provider {

struct Item {
  double seconds;
  std::string category;
  std::string message;
};

struct Answer {
  std::string title;
  std::string summary;
  std::vector<Item> items;

  std::string Described() const;
  // Items with these words at about this time.
  size_t CountNear(double seconds, const std::string& words) const;
};

// Reads a good answer; the test fails when it is none.
Answer ReadAnswer(const httplib::Result& result);

}  // namespace debrief::local_provider

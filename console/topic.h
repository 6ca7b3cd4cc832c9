// topic.h: what a stream is about, and what of it changed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace debrief::console {

struct Topic {
  enum class Kind { kOverview, kAnalysis, kMine };
  Kind kind = Kind::kOverview;
  int64_t analysis = 0;
  std::string user_id;     // of kMine
  bool is_owners = false;  // an analysis without what owners do not see
  auto operator<=>(const Topic&) const = default;
};

// "overview", "analysis:7" or "mine".
std::optional<Topic> ParseTopic(std::string_view text);

// A positive bigint, as it stands in a path.
std::optional<int64_t> ParseId(std::string_view text);

// The rows of an analysis as they were sent last.
class KnownRows {
 public:
  struct Item {
    int64_t id;
    std::string row;  // JSON
  };
  // The event that says what is different now; empty when nothing is. An empty `job`: as before.
  std::string Update(const std::vector<Item>& items, const std::string& job);

 private:
  std::map<int64_t, std::string> items_;
  std::string job_;
};

// An event whose data is one line, as JSON from PostgreSQL is.
std::string EventText(std::string_view name, std::string_view data);

// The analyses of a payload of debrief_status; anybody may have written it.
std::vector<int64_t> AnalysesOf(std::string_view payload);

}  // namespace debrief::console

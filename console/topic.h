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

// What of an analysis was sent last: the versions of its rows (a row that is written again has
// another one), and what their text was, in few bytes.
class KnownRows {
 public:
  struct Item {
    int64_t id;
    uint32_t version;
  };
  struct News {
    std::vector<int64_t> changed;  // to be asked for
    std::vector<int64_t> removed;  // forgotten
    bool has_job = false;          // its row is to be asked for
  };
  // What a state that is about to be sent has.
  void Learn(const std::vector<Item>& items, const std::string& job_version);
  bool IsLearned() const { return !job_version_.empty(); }
  // All there is now, beside what is known.
  News Compare(const std::vector<Item>& items, const std::string& job_version);
  // Whether the row is another than the one sent last.
  bool Take(const Item& item, std::string_view row);
  bool TakeJob(const std::string& version, std::string_view row);
  // Whether it was known.
  bool Forget(int64_t id) { return items_.erase(id) > 0; }

 private:
  struct Sent {
    uint32_t version = 0;
    size_t hash = 0;  // of the text; 0: only the version is known
  };
  std::map<int64_t, Sent> items_;
  std::string job_version_;
  size_t job_hash_ = 0;
};

// What one event says: rows as JSON, which the caller keeps.
struct Change {
  std::vector<std::string_view> items;
  std::vector<int64_t> removed;
  std::string_view job;  // with the two that belong to it
  std::string_view recording;
  std::string_view metrics;
  bool IsEmpty() const { return items.empty() && removed.empty() && job.empty(); }
};
std::string EventText(const Change& change);

// An event whose data is one line, as JSON from PostgreSQL is.
std::string EventText(std::string_view name, std::string_view data);

// What a payload of debrief_status is about; anybody may have written it.
struct Announcement {
  std::vector<int64_t> feedback;  // none: the analyses themselves
  std::vector<int64_t> analyses;
};
Announcement ParseAnnouncement(std::string_view payload);

}  // namespace debrief::console

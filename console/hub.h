// hub.h: who looks at what, and the news for them.
//
// One thread and one connection: it listens for NOTIFY debrief_status, and asks for the rows of
// what somebody looks at that changed: soon after a notification, and every other second for what
// none announces. While nobody looks it asks nothing and holds no connection.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "console/backoff.h"
#include "console/caller.h"
#include "console/database.h"
#include "console/heartbeat.h"
#include "console/http_message.h"
#include "console/http_server.h"
#include "console/overview.h"
#include "console/topic.h"

namespace debrief::console {

class Hub {
 public:
  Hub(std::string conninfo, Overview* overview);
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // The stream, or why there is none. The caller may see the topic: that was asked for before.
  Response Subscribe(const Topic& topic, std::shared_ptr<Caller> caller);
  const std::atomic<int>* streams() const { return &streams_; }
  // Ends every stream.
  void Stop();

 private:
  struct Subscriber {
    std::shared_ptr<Stream> stream;
    std::shared_ptr<Caller> caller;
    bool has_state = false;
  };
  // Those who look at the same, and what they know.
  struct Watch {
    std::vector<Subscriber> subscribers;
    KnownRows rows;   // of an analysis
    size_t list = 0;  // a hash of what was sent of a user's analyses
  };

  void Run();
  void Wait(int64_t until_ms);
  // Puts newcomers to their topics; false: it is to end.
  bool TakeNewcomers();
  // False: there is no database now.
  bool Connect();
  // Whether the last try found no database.
  bool IsMissing();
  void Lose(const std::string& why);
  void EndAll();
  void TakeNotifications();
  void DropEnded();

  // Asks for what is due, and sends it. False: the connection broke.
  bool Serve();
  // Which rows of these analyses changed.
  bool Compare(const std::set<int64_t>& analyses);
  // The rows that changed.
  bool AskJobs();
  bool AskItems();
  bool AskMine();
  bool AskOverview();
  bool SendStates();
  std::optional<std::string> StateOf(const Topic& topic, Watch& watch, bool* is_lost);
  bool Learn(const Topic& topic, Watch& watch);
  // Whether rows are there; where a statement failed, that stands in the log.
  static bool Have(const Rows& rows);

  static void Send(const Watch& watch, std::string event);
  // The topics of this analysis: everything, and what its owner sees.
  std::vector<std::pair<const Topic, Watch>*> TopicsOf(int64_t analysis);
  std::set<int64_t> Watched() const;
  bool LooksAt(Topic::Kind kind) const;

  const std::string conninfo_;
  Overview* const overview_;
  std::atomic<int> streams_ = 0;
  int wake_ = -1;  // eventfd
  Heartbeat heartbeat_;

  std::mutex mutex_;  // of what follows
  std::vector<std::pair<Topic, Subscriber>> new_;
  std::string problem_;
  bool is_stopping_ = false;

  // Of the thread alone.
  std::map<Topic, Watch> watched_;
  std::unique_ptr<Connection> connection_;
  Backoff backoff_;
  std::set<int64_t> announced_;  // analyses, to be compared
  bool lists_announced_ = false;
  std::set<int64_t> changed_items_;
  std::set<int64_t> changed_of_;  // the analyses that they are of
  std::set<int64_t> changed_jobs_;
  int64_t last_item_ = 0;  // the last that was asked for
  int64_t flush_ms_ = INT64_MAX;
  int64_t compare_ms_ = 0;
  int64_t rest_until_ms_ = 0;
  int64_t overview_ms_ = 0;
  std::thread thread_;
};

}  // namespace debrief::console

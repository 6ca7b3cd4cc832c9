// hub.h: who looks at what, and the news for them.
//
// One thread and one connection: it listens for NOTIFY debrief_status, and asks for the rows of
// what somebody looks at: soon after a notification, and every two seconds for what none tells.
// While nobody looks it asks nothing and holds no connection.
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
#include <vector>

#include "console/backoff.h"
#include "console/caller.h"
#include "console/database.h"
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
    Topic topic;
    std::shared_ptr<Stream> stream;
    std::shared_ptr<Caller> caller;
    bool has_state = false;
  };

  void Run();
  void Wait(int64_t until_ms);
  // False: there is no database now.
  bool Connect();
  void Lose(const std::string& why);
  void TakeNotifications();
  void DropEnded();
  // Asks for what is due, and sends it. False: the connection broke.
  bool Serve(int64_t now_ms);
  bool AskAnalyses(const std::set<int64_t>& analyses);
  bool AskMine();
  bool AskOverview();
  bool SendStates();
  std::optional<std::string> StateOf(const Topic& topic, bool* is_lost);
  void Send(const Topic& topic, const std::string& event);
  std::set<int64_t> LookedAt() const;
  bool LooksAt(Topic::Kind kind) const;

  const std::string conninfo_;
  Overview* const overview_;
  std::atomic<int> streams_ = 0;
  int wake_ = -1;  // eventfd

  std::mutex mutex_;  // of what follows
  std::vector<Subscriber> new_;
  std::string problem_;
  bool is_stopping_ = false;

  // Of the thread alone.
  std::vector<Subscriber> subscribers_;
  std::map<Topic, KnownRows> known_;
  std::map<std::string, std::string> known_mine_;
  std::unique_ptr<Connection> connection_;
  Backoff backoff_;
  std::set<int64_t> dirty_;
  bool is_overview_dirty_ = false;
  int64_t flush_ms_ = INT64_MAX;
  int64_t ask_ms_ = 0;
  int64_t overview_ms_ = 0;
  int64_t ping_ms_ = 0;
  std::thread thread_;
};

}  // namespace debrief::console

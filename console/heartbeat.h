// heartbeat.h: what shows the readers of streams that the console lives, however slow the database
// is.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "console/http_server.h"

namespace debrief::console {

class Heartbeat {
 public:
  Heartbeat();
  ~Heartbeat();
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

  // Until it ends.
  void Add(std::shared_ptr<Stream> stream);

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<Stream>> streams_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace debrief::console

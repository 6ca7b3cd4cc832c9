// throttle.h: how long whoever got a password wrong must wait: 1, 2, 4 ... 30 s.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace debrief::console {

class Throttle {
 public:
  // Milliseconds to wait before another try; 0: now. The try counts as wrong until Passed() is
  // called, so that many at once are no way around it.
  int64_t Try(const std::string& address, const std::string& role, int64_t now_ms);
  void Passed(const std::string& address, const std::string& role);

 private:
  struct Tries {
    int wrong = 0;
    int64_t next_ms = 0;
  };
  int64_t WaitOf(const std::string& key, int64_t now_ms) const;
  void Count(const std::string& key, int free, int64_t now_ms);
  void Forget(int64_t now_ms);

  std::map<std::string, Tries> tries_;
};

}  // namespace debrief::console

// refusals.h: whose fault it is that PostgreSQL refuses to store results: a row's, or the
// database's own (a revoked grant, a trigger, a constraint that every row meets). Pure; one for
// each stage.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace debrief {

class Refusals {
 public:
  enum class Verdict {
    kTryLater,   // not known yet
    kChargeRow,  // others are stored: it is the row's
    kParkStage,  // two rows are refused alike, and none is stored
  };

  // A row was refused when it was settled alone.
  Verdict Refused(int64_t row, const std::string& user, int sqlstate);
  // A result of the stage was stored.
  void Stored();
  // The row is held no longer.
  void Forget(int64_t row);
  void Clear() { suspects_.clear(); }

 private:
  struct Suspect {
    int64_t row = 0;
    std::string user;
    int sqlstate = 0;
    int times = 0;
    bool stored_since = false;
  };
  std::vector<Suspect> suspects_;
};

}  // namespace debrief

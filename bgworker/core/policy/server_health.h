// server_health.h: which servers are left alone, which are being probed, and what their calls prove
// about a failure. Pure; the caller keeps the table debrief.server_states in step.
//
// A server is known by stage: it may fail to speak and go on writing SSML. Times are of one clock,
// in milliseconds.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "bgworker/core/model/failure.h"
#include "bgworker/core/model/stage.h"
#include "bgworker/core/policy/retry.h"

namespace debrief {

class ServerHealth {
 public:
  struct Call {
    int64_t row = 0;
    int64_t started_ms = 0;
    int64_t unproven_ms = -1;  // when the row's last unproven failure was counted; -1: it has none
  };
  struct Verdict {
    Evidence evidence;
    int64_t park_ms = 0;  // the server is parked by this failure for so long; 0: it is not
  };
  struct Recovery {
    bool was_parked = false;   // the table has to forget it too
    bool has_put_off = false;  // rows wait because it was in doubt
  };

  // What the table says; called whenever the configuration is read.
  void Load(const std::string& server, Stage stage, int64_t now_ms, int64_t parked_ms, int parks);

  // A call failed by another fault than the row's.
  Verdict Failed(const std::string& server, Stage stage, const Failure& failure, const Call& call,
                 int64_t now_ms, double random);
  // The server is busy until now + delay_ms. Answers delay_ms, or 0 when that was known.
  int64_t Busy(const std::string& server, Stage stage, int64_t delay_ms, int64_t now_ms);
  // A row was put off without knowing whose fault it was.
  void PutOff(const std::string& server, Stage stage, int64_t now_ms) {
    At(server, stage).put_off_ms = now_ms;
  }
  // A call that began at started_ms succeeded: the server has worked since then.
  Recovery Succeeded(const std::string& server, Stage stage, int64_t started_ms);

  // When calls may be made again; 0: now.
  int64_t ParkedUntilMs(const std::string& server, Stage stage, int64_t now_ms) const;
  // Parked and not yet seen to work again: one call at a time.
  bool IsProbing(const std::string& server, Stage stage) const;
  // How often in a row it was parked.
  int parks(const std::string& server, Stage stage) const;

 private:
  struct State {
    int in_a_row = 0;  // failures since it last worked
    int64_t last_row = 0;
    bool fails_others = false;
    int64_t put_off_ms = -1;  // when a row was put off last
    int parks = 0;
    int64_t parked_until_ms = 0;
    int64_t parked_at_ms = -1;
    int64_t worked_ms = -1;  // when the last call began that succeeded
    int busy_in_a_row = 0;
    int64_t busy_at_ms = -1;
  };
  using Key = std::pair<std::string, Stage>;
  State& At(const std::string& server, Stage stage) { return states_[Key(server, stage)]; }
  const State* Find(const std::string& server, Stage stage) const;
  std::map<Key, State> states_;
};

}  // namespace debrief

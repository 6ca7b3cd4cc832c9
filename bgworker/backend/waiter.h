// waiter.h: the only waits: for this process's latch, the postmaster's death, libcurl's sockets.
#pragma once

#include <cstdint>

struct WaitEventSet;  // PostgreSQL's

namespace debrief {

// Waits for the latch; otherwise as Waiter::Wait().
void WaitForLatch(int64_t timeout_ms);

class Waiter {
 public:
  // `poll_fd` is readable when the HTTP client has something to do. Raises ERROR when the system
  // has no descriptors left. Lives as long as the process.
  explicit Waiter(int poll_fd);

  // Returns when there is news or timeout_ms (-1: none) has passed. Ends the process when the
  // postmaster is gone.
  void Wait(int64_t timeout_ms);

 private:
  WaitEventSet* events_;
};

}  // namespace debrief

// waiter.cpp: one WaitEventSet, made once. libcurl's sockets come and go inside the epoll
// descriptor that is nested in it, so the set never has to be rebuilt.

extern "C" {
#include "postgres.h"

#include "miscadmin.h"
#include "storage/latch.h"
}

#include "bgworker/backend/waiter.h"
#include "extension/compat.h"

namespace debrief {

namespace {
constexpr int kEvents = 3;
}

void WaitForLatch(int64_t timeout_ms) {
  (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
                  static_cast<long>(timeout_ms), WorkerWaitEvent());
}

Waiter::Waiter(int poll_fd) : events_(CreateLifelongWaitEventSet(kEvents)) {
  AddWaitEventToSet(events_, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, nullptr);
  AddWaitEventToSet(events_, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, nullptr, nullptr);
  AddWaitEventToSet(events_, WL_SOCKET_READABLE, poll_fd, nullptr, nullptr);
}

void Waiter::Wait(int64_t timeout_ms) {
  WaitEvent occurred[kEvents];
  WaitEventSetWait(events_, static_cast<long>(timeout_ms), occurred, kEvents, WorkerWaitEvent());
}

}  // namespace debrief

// waiter.cpp: waits for a signal, libcurl's sockets, and news of the database's connection.

#include "bgworker/backend/waiter.h"

#include "outside/session.h"
#include "outside/signals.h"
#include "outside/slot.h"
#include "outside/wakes.h"

namespace debrief {
namespace {

int http_descriptor = -1;

}  // namespace

void WaitForLatch(int64_t timeout_ms) {
  if (!signals::IsEndAskedFor()) signals::WaitFor(-1, signals::kRead, timeout_ms);
}

Waiter::Waiter(int poll_fd) : events_(nullptr) { http_descriptor = poll_fd; }

void Waiter::Wait(int64_t timeout_ms) {
  const int64_t wait_ms = slot::WaitMs(timeout_ms);
  if (signals::IsEndAskedFor()) return;
  signals::WaitForAny({http_descriptor, Session::Get().socket(), wakes::socket()}, wait_ms);
  Session::Get().ReadNews();
  wakes::ReadNews();
}

}  // namespace debrief

// waiter.cpp: waits for a signal, libcurl's sockets, and news of the database's connection.

#include "bgworker/backend/waiter.h"

#include "outside/session.h"
#include "outside/signals.h"
#include "outside/slot.h"
#include "outside/wakes.h"

namespace debrief {
namespace {

int http_descriptor = -1;

void WaitForNews(int64_t timeout_ms) {
  if (signals::IsEndAskedFor()) return;
  signals::WaitForAny({http_descriptor, Session::Get().socket(), wakes::socket()}, timeout_ms);
  Session::Get().ReadNews();
  wakes::ReadNews();
}

}  // namespace

void WaitForLatch(int64_t timeout_ms) { WaitForNews(slot::UntilPollMs(timeout_ms)); }

Waiter::Waiter(int poll_fd) : events_(nullptr) { http_descriptor = poll_fd; }

void Waiter::Wait(int64_t timeout_ms) { WaitForNews(slot::WaitMs(timeout_ms)); }

}  // namespace debrief

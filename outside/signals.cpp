// signals.cpp: handlers that leave a byte in a pipe, so that no signal falls between a look and a
// wait. See signals.h.

#include "outside/signals.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "bgworker/backend/log.h"

namespace debrief::signals {
namespace {

volatile sig_atomic_t end_asked_for = 0, end_is_ignored = 0, reload_asked_for = 0;
int pipe_ends[2] = {-1, -1};

void OnSignal(int signal) {
  const int kept_errno = errno;
  (signal == SIGHUP ? reload_asked_for : end_asked_for) = 1;
  const char byte = 0;
  // A full pipe wakes too.
  [[maybe_unused]] const ssize_t written = write(pipe_ends[1], &byte, 1);
  errno = kept_errno;
}

void Wait(pollfd* sources, nfds_t count, int64_t timeout_ms) {
  sources[0] = {pipe_ends[0], POLLIN, 0};
  poll(sources, count, static_cast<int>(std::min<int64_t>(timeout_ms, 3'600'000)));
  char bytes[64];
  while (read(pipe_ends[0], bytes, sizeof(bytes)) > 0) {
  }
}

}  // namespace

void SetHandlers() {
  if (pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) != 0) std::abort();
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaction(signal, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

bool IsEndAskedFor() { return end_asked_for != 0 && end_is_ignored == 0; }
void AskForEnd() { end_asked_for = 1; }
void IgnoreEnd() { end_is_ignored = 1; }

bool TakeReload() {
  const bool is_asked_for = reload_asked_for != 0;
  reload_asked_for = 0;
  return is_asked_for;
}

void WaitFor(int descriptor, short events, int64_t timeout_ms) {
  pollfd sources[2] = {};
  sources[1] = {descriptor, static_cast<short>(events == kRead ? POLLIN : POLLOUT), 0};
  Wait(sources, 2, timeout_ms);
}

void WaitForAny(const std::array<int, 3>& descriptors, int64_t timeout_ms) {
  pollfd sources[4] = {};
  for (size_t i = 0; i < descriptors.size(); i++) sources[i + 1] = {descriptors[i], POLLIN, 0};
  Wait(sources, 4, timeout_ms);
}

void EndByPooler() {
  Log(Severity::kWarning,
      {.message = "pg_debrief: a pooler gives each transaction another session",
       .detail = "A worker shows by a lock of its session that it lives.",
       .hint =
           "Connect to the server itself, or to a pool in session mode (pool_mode = session)."});
  std::_Exit(EXIT_FAILURE);
}

}  // namespace debrief::signals

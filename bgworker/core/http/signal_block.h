// signal_block.h: keeps a process's signals away from threads that a library starts.
//
// A new thread inherits the mask of the thread that starts it. libcurl's resolver is such a
// thread: with an open mask the kernel may run the process's signal handlers on it. Signals of
// a thread's own faults stay open, as PostgreSQL keeps them: blocking those only hides crashes.
#pragma once

#include <csignal>

namespace debrief {

class SignalBlock {
 public:
  SignalBlock() {
    sigset_t blocked;
    sigfillset(&blocked);
    for (const int fault : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS}) {
      sigdelset(&blocked, fault);
    }
    pthread_sigmask(SIG_BLOCK, &blocked, &before_);
  }
  ~SignalBlock() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalBlock(const SignalBlock&) = delete;
  SignalBlock& operator=(const SignalBlock&) = delete;

 private:
  sigset_t before_;
};

}  // namespace debrief

// termination.cpp: see termination.h.

extern "C" {
#include "postgres.h"

#include "libpq/pqsignal.h"
#include "miscadmin.h"
#include "postmaster/interrupt.h"
#include "tcop/tcopprot.h"
}

#include "bgworker/backend/termination.h"

namespace debrief::termination {
namespace {

void OnSigterm(SIGNAL_ARGS) {
  SignalHandlerForShutdownRequest(postgres_signal_arg);
  StatementCancelHandler(postgres_signal_arg);
}

}  // namespace

void SetHandler() {
  HOLD_CANCEL_INTERRUPTS();
  pqsignal(SIGTERM, OnSigterm);
}

bool IsAskedFor() {
  QueryCancelPending = false;
  return ShutdownRequestPending != 0;
}

void Ignore() {
  pqsignal(SIGTERM, SIG_IGN);
  ShutdownRequestPending = false;
  QueryCancelPending = false;
}

void End() {
  ProcDiePending = true;
  InterruptPending = true;
  CHECK_FOR_INTERRUPTS();
  pg_unreachable();
}

}  // namespace debrief::termination

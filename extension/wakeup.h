// wakeup.h: a writing transaction wakes the workers once, at its commit.
#pragma once

extern "C" {
#include "postgres.h"
}

#include "extension/shared_state.h"

namespace debrief {

// Remembers that this transaction's commit must wake the workers of this database, and why. Does
// nothing in a worker, whose own writes are no news to it, nor without preload.
void WakeAtCommit(uint32 why);

// The same for rows that were queued. Without preload it warns, once in a session: a row that
// nobody will work on is still a row that was written.
void WakeForRows(uint32 why);

// Wakes the workers of `database` now. Without any, asks the launcher for one when the wake is more
// than a farewell.
void WakeNow(Oid database, uint32 why);

// Set by a worker process for itself.
extern PGDLLEXPORT bool is_worker_process;

}  // namespace debrief

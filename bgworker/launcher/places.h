// places.h: the workers' slots in shared memory, as the launcher gives them out and takes them
// back. Nothing is allocated while the lock is held.
#pragma once

extern "C" {
#include "postgres.h"

#include "datatype/timestamp.h"
#include "utils/timestamp.h"
}

#include <vector>

#include "extension/shared_state.h"

namespace debrief {

// A worker that is gone, and how it ended.
struct EndedWorker {
  Oid database = InvalidOid;
  bool absent = false;  // its database has no extension
  bool failed = false;
  bool lived = false;  // long enough to have started well
  char last_error[kLastErrorBytes] = "";
};
// Frees the slots of workers that ended, or that never started.
std::vector<EndedWorker> ReapPlaces(TimestampTz now);

struct Place {
  bool taken = false;    // by a worker of that ordinal already
  bool running = false;  // and it works
  bool others_starting = false;
  int index = -1;  // of the slot that was taken now
};
Place TakePlace(Oid database, Oid role, int ordinal);
void GiveBack(int index);

}  // namespace debrief

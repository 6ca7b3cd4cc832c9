// shared_state.cpp: reserves and initialises the shared memory of pg_debrief.

extern "C" {
#include "postgres.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/shmem.h"
}

#include "extension/settings.h"
#include "extension/shared_state.h"

namespace debrief {

SharedState* shared = nullptr;

namespace {

shmem_request_hook_type previous_request_hook = nullptr;
shmem_startup_hook_type previous_startup_hook = nullptr;
constexpr char kTranche[] = "pg_debrief";

Size SharedBytes() {
  return add_size(offsetof(SharedState, slots),
                  mul_size(settings::max_workers, sizeof(WorkerSlot)));
}

void InitialiseSlot(WorkerSlot* slot) {
  pg_atomic_init_u32(&slot->wake, 0);
  pg_atomic_init_u32(&slot->listening, kWakeWork);
  pg_atomic_init_u64(&slot->committing_since, 0);
}

}  // namespace

extern "C" {

static void RequestShared() {
  if (previous_request_hook != nullptr) previous_request_hook();
  RequestAddinShmemSpace(SharedBytes());
  RequestNamedLWLockTranche(kTranche, 1);
}

static void StartShared() {
  if (previous_startup_hook != nullptr) previous_startup_hook();
  LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
  bool found = false;
  shared = static_cast<SharedState*>(ShmemInitStruct("pg_debrief", SharedBytes(), &found));
  if (!found) {
    memset(static_cast<void*>(shared), 0, SharedBytes());
    shared->layout = kSharedLayout;
    shared->lock = &(GetNamedLWLockTranche(kTranche))->lock;
    shared->slot_count = settings::max_workers;
    ConditionVariableInit(&shared->tested);
    ConditionVariableInit(&shared->settled);
    pg_atomic_init_u64(&shared->settle_count, 0);
    for (int i = 0; i < shared->slot_count; i++) InitialiseSlot(&shared->slots[i]);
  }
  LWLockRelease(AddinShmemInitLock);
}

}  // extern "C"

void InstallSharedStateHooks() {
  previous_request_hook = shmem_request_hook;
  shmem_request_hook = RequestShared;
  previous_startup_hook = shmem_startup_hook;
  shmem_startup_hook = StartShared;
}

void RequirePreload() {
  if (shared != nullptr) return;
  ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
          errmsg("pg_debrief is not loaded"),
          errhint("Add pg_debrief to shared_preload_libraries and restart the server."));
}

}  // namespace debrief

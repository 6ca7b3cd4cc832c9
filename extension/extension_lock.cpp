// extension_lock.cpp: the lock of extension_lock.h for workers outside the server.

#include "extension/extension_lock.h"

extern "C" {
#include "fmgr.h"
}

extern "C" {

PG_FUNCTION_INFO_V1(debrief_hold_extension);

PGDLLEXPORT Datum debrief_hold_extension(PG_FUNCTION_ARGS) {
  (void)fcinfo;
  debrief::HoldExtension();
  PG_RETURN_VOID();
}

}  // extern "C"

// function_changes.cpp: PostgreSQL reports changes to its catalogs, so that most claims need not
// look.

extern "C" {
#include "postgres.h"

#include "utils/inval.h"
#include "utils/syscache.h"
}

#include "bgworker/backend/function_changes.h"

namespace debrief {
namespace {

bool has_changed = true;

void OnFunctionChanged(Datum, int, uint32) { has_changed = true; }

}  // namespace

bool TakeFunctionChanges() {
  static bool is_listening = false;
  if (!is_listening) {
    CacheRegisterSyscacheCallback(PROCOID, OnFunctionChanged, Datum{0});
    is_listening = true;
  }
  const bool changed = has_changed;
  has_changed = false;
  return changed;
}

}  // namespace debrief

// function_changes.h: the extension cannot go, nor be updated, without a change to some function.
#pragma once

namespace debrief {

// Whether a function of the database may have changed since the last call. For use inside the door.
bool TakeFunctionChanges();

}  // namespace debrief

// backup_start.h: whether the server was started from a base backup, or to recover to a point in
// time.
#pragma once

namespace debrief {

// Called while libraries are preloaded: recovery removes the signs.
void NoteHowServerStarts();

}  // namespace debrief

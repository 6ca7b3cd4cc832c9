// process_limits.h: what the worker's process may use of the system.
#pragma once

namespace debrief {

// Each call has a socket. Most systems limit a service to 1,024 open files, and let it raise that
// itself; PostgreSQL's own files are the rest. Answers how many are left for calls.
int MakeRoomForConnections();

// Large bodies come and go: given back to the system at once they leave no holes behind, whatever
// glibc would learn from the first of them. What a batch takes is kept for the next one.
void PinAllocator();

}  // namespace debrief

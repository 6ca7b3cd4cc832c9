// process_limits.cpp: see process_limits.h.

#include "bgworker/worker/process_limits.h"

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>

namespace debrief {

int MakeRoomForConnections() {
  constexpr rlim_t kWanted = 16'384;  // three stages may make 5,000 calls each
  constexpr rlim_t kOtherFiles = 124;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < kWanted) {
    limit.rlim_cur = std::min(kWanted, limit.rlim_max);
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
  }
  return static_cast<int>(std::max(limit.rlim_cur, kOtherFiles + 16) - kOtherFiles);
}

void PinAllocator() {
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 16 << 20);
}

}  // namespace debrief

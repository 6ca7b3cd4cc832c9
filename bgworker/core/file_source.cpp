// file_source.cpp: a FileSource closes what it owns.
#include <unistd.h>

#include "exchange.h"

namespace debrief {

FileSource::~FileSource() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace debrief

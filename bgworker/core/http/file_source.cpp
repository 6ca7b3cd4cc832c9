// file_source.cpp: a FileSource and a FileSink close what they own.
#include <unistd.h>

#include "bgworker/core/http/request.h"

namespace debrief {

FileSource::~FileSource() {
  if (fd_ >= 0) close(fd_);
}

FileSink::~FileSink() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace debrief

// temporary_file.cpp: see temporary_file.h. O_TMPFILE where the file system knows it, else a name
// that is taken away at once.

#include "bgworker/core/http/temporary_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace debrief::temporary_file {
namespace {

constexpr mode_t kDirectoryMode = 0700;
constexpr mode_t kFileMode = 0600;

int OpenUnnamed(const std::string& directory) {
  const int fd = open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, kFileMode);
  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return fd;
  std::string name = directory + "/pg_debrief.XXXXXX";
  const int named = mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) unlink(name.c_str());
  return named;
}

}  // namespace

std::shared_ptr<FileSink> Open(const std::string& directory, std::string* error) {
  int fd = OpenUnnamed(directory);
  if (fd < 0 && errno == ENOENT && mkdir(directory.c_str(), kDirectoryMode) == 0) {
    fd = OpenUnnamed(directory);
  }
  if (fd < 0) {
    *error = std::strerror(errno);
    return nullptr;
  }
  return std::make_shared<FileSink>(fd);
}

std::shared_ptr<const FileSource> Reread(const FileSink& sink, int64_t bytes, std::string* error) {
  if (bytes <= 0) {
    *error = "it is empty";
    return nullptr;
  }
  const int fd = fcntl(sink.fd(), F_DUPFD_CLOEXEC, 0);
  if (fd < 0) {
    *error = std::strerror(errno);
    return nullptr;
  }
  return std::make_shared<const FileSource>(fd, bytes);
}

}  // namespace debrief::temporary_file

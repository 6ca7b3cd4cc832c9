#include "console/files.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace debrief::console {

std::optional<OpenFile> OpenBelow(const std::string& root, const std::string& path) {
  const int folder = open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return std::nullopt;
  open_how how{};
  // Not blocking: a pipe would hold the thread.
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const int file = static_cast<int>(syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how));
  close(folder);
  if (file < 0) return std::nullopt;
  struct stat status;
  if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
    close(file);
    return std::nullopt;
  }
  const auto bytes = static_cast<uint64_t>(status.st_size);
  return OpenFile{file, bytes,
                  std::to_string(bytes) + "-" + std::to_string(status.st_mtim.tv_sec) + "-" +
                      std::to_string(status.st_mtim.tv_nsec)};
}

}  // namespace debrief::console

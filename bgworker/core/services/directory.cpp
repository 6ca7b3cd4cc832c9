// directory.cpp: every step is relative to an open directory, and no link is followed.
//
// A file has no name while it is written, so that a crash leaves nothing behind. Where the file
// system has no such files (NFS), one may leave ".new-..." behind; nothing ever reads it.

#include "bgworker/core/services/directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "bgworker/core/services/classify.h"
#include "bgworker/core/services/descriptor.h"
#include "bgworker/core/text/redact.h"

namespace debrief::directory_store {
namespace {

constexpr size_t kPathBytesMax = 1024;
constexpr mode_t kDirectoryMode = 0750;
constexpr mode_t kFileMode = 0640;
// Each try more means that a Remove() took an empty directory away under our feet.
constexpr int kWriteTriesMax = 100;

std::vector<std::string> Segments(std::string_view path) {
  std::vector<std::string> segments;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    segments.emplace_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return segments;
}

std::string Reason(std::string_view path, std::string_view what) {
  return CleanDetail(std::string(path) + ": " + std::string(what));
}

Failure NotFound(std::string_view path, std::string_view what) {
  return Failure{.failure_class = FailureClass::kPermanent,
                 .code = "recording_not_found",
                 .message = "The recording is missing or empty: upload it again.",
                 .detail = Reason(path, what)};
}

Failure Unavailable(std::string_view path, int error) {
  return Failure{.failure_class = FailureClass::kConfig,
                 .code = "store_unavailable",
                 .message = "The store cannot be used.",
                 .detail = Reason(path, std::strerror(error))};
}

Failure UnsafePath(std::string_view path) {
  return Failure{.failure_class = FailureClass::kPermanent,
                 .code = "unsafe_path",
                 .message = "The object's path cannot be used.",
                 .detail = Reason(path, "not a path within the store")};
}

Failure ReadFailure(std::string_view path, int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:  // also a link where a directory should be
    case ELOOP:    // a link where the file should be
    case ENAMETOOLONG:
    case ENXIO:  // a socket
      return NotFound(path, std::strerror(error));
    default:
      return Unavailable(path, error);
  }
}

Failure WriteFailure(std::string_view path, int error) {
  if (error != ENOSPC && error != EDQUOT && error != EFBIG) return Unavailable(path, error);
  return Failure{.failure_class = FailureClass::kOutage,
                 .code = "store_full",
                 .message = "The store is full.",
                 .detail = Reason(path, std::strerror(error))};
}

// The operator's own path: links in it are theirs to make.
Descriptor OpenRoot(const std::string& root) {
  return Descriptor(open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

Descriptor OpenDirectory(const Descriptor& parent, const std::string& name) {
  return Descriptor(
      openat(parent.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

// Some network file systems refuse to sync a directory; they have nothing to sync there.
bool SyncDirectory(const Descriptor& directory) {
  return fsync(directory.get()) == 0 || errno == EINVAL;
}

bool SetMode(const Descriptor& file, mode_t mode) {
  return mode == 0 || fchmod(file.get(), mode) == 0;
}

// False, with errno, when there is no directory afterwards. A new one is made to last.
bool MakeDirectory(const Descriptor& parent, const std::string& name, mode_t mode) {
  if (mkdirat(parent.get(), name.c_str(), kDirectoryMode) != 0) return errno == EEXIST;
  return (mode == 0 || SetMode(OpenDirectory(parent, name), mode)) && SyncDirectory(parent);
}

// The directory that holds the last segment; not ok, with errno, when there is none. With modes
// those that are missing are made.
Descriptor OpenParent(Descriptor directory, const std::vector<std::string>& segments,
                      const Modes* modes) {
  for (size_t i = 0; directory.ok() && i + 1 < segments.size(); i++) {
    if (modes != nullptr && !MakeDirectory(directory, segments[i], modes->directory)) {
      return Descriptor();
    }
    directory = OpenDirectory(directory, segments[i]);
  }
  return directory;
}

bool WriteAll(const Descriptor& file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

bool IsThereAlready(const Descriptor& directory, const std::string& name, size_t bytes) {
  struct stat about = {};
  return fstatat(directory.get(), name.c_str(), &about, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISREG(about.st_mode) && static_cast<size_t>(about.st_size) == bytes;
}

// Random, because writers in several processes, or on several machines, may share the directory.
std::string TemporaryName() {
  constexpr char kHex[] = "0123456789abcdef";
  std::array<unsigned char, 8> random = {};
  if (getentropy(random.data(), random.size()) != 0) return {};
  std::string name = ".new-";
  for (const unsigned char byte : random) {
    name += kHex[byte >> 4];
    name += kHex[byte & 15];
  }
  return name;
}

bool Rename(const Descriptor& directory, const std::string& from, const std::string& to) {
  if (renameat(directory.get(), from.c_str(), directory.get(), to.c_str()) == 0) return true;
  const int error = errno;
  unlinkat(directory.get(), from.c_str(), 0);
  errno = error;
  return false;
}

// Gives a file without a name its name; what has it already is replaced.
bool Name(const Descriptor& file, const Descriptor& directory, const std::string& name) {
  const std::string self = "/proc/self/fd/" + std::to_string(file.get());
  const auto link = [&](const std::string& as) {
    return linkat(AT_FDCWD, self.c_str(), directory.get(), as.c_str(), AT_SYMLINK_FOLLOW) == 0;
  };
  if (link(name)) return true;
  if (errno != EEXIST) return false;
  const std::string temporary = TemporaryName();
  return link(temporary) && Rename(directory, temporary, name);
}

// 0, or errno.
int WriteNamed(const Descriptor& directory, const std::string& name, std::string_view bytes,
               mode_t mode) {
  const std::string temporary = TemporaryName();
  const Descriptor file(openat(directory.get(), temporary.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode));
  if (!file.ok()) return errno;
  if (WriteAll(file, bytes) && SetMode(file, mode) && fsync(file.get()) == 0) {
    return Rename(directory, temporary, name) ? 0 : errno;
  }
  const int error = errno;
  unlinkat(directory.get(), temporary.c_str(), 0);
  return error;
}

// ext4 answers EPERM, not ENOENT, to a file without a name in a directory that has been removed.
bool IsRemoved(const Descriptor& directory) {
  struct stat about = {};
  return fstat(directory.get(), &about) == 0 && about.st_nlink == 0;
}

bool HasNoUnnamedFiles(int error) {
  return error == EOPNOTSUPP || error == EISDIR || error == EINVAL;
}

int WriteObject(const Descriptor& directory, const std::string& name, std::string_view bytes,
                mode_t mode) {
  // Whoever wrote it may have crashed before the entry was safe.
  if (IsThereAlready(directory, name, bytes.size())) return SyncDirectory(directory) ? 0 : errno;
  const Descriptor file(openat(directory.get(), ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, kFileMode));
  int error = 0;
  if (file.ok()) {
    const bool is_there = WriteAll(file, bytes) && SetMode(file, mode) && fsync(file.get()) == 0 &&
                          Name(file, directory, name);
    if (!is_there) error = errno;
  } else {
    error = HasNoUnnamedFiles(errno) ? WriteNamed(directory, name, bytes, mode) : errno;
  }
  if (error == 0 && !SyncDirectory(directory)) error = errno;
  return error != 0 && IsRemoved(directory) ? ENOENT : error;
}

// Stops at the first that is not empty, or that anything else is wrong with: it does no harm.
void RemoveEmptyParents(const std::string& root, std::vector<std::string> segments) {
  for (segments.pop_back(); !segments.empty(); segments.pop_back()) {
    const Descriptor directory = OpenParent(OpenRoot(root), segments, nullptr);
    if (!directory.ok()) return;
    if (unlinkat(directory.get(), segments.back().c_str(), AT_REMOVEDIR) != 0) return;
  }
}

}  // namespace

bool IsSafePath(std::string_view path) {
  if (path.empty() || path.size() > kPathBytesMax) return false;
  for (const char c : path) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  }
  for (const std::string& segment : Segments(path)) {
    if (segment.empty() || segment == "." || segment == "..") return false;
  }
  return true;
}

std::variant<std::shared_ptr<const FileSource>, Failure> OpenForReading(const std::string& root,
                                                                        std::string_view path) {
  if (!IsSafePath(path)) return NotFound(path, "not a path within the store");
  Descriptor top = OpenRoot(root);
  if (!top.ok()) return Unavailable(root, errno);
  const std::vector<std::string> segments = Segments(path);
  const Descriptor directory = OpenParent(std::move(top), segments, nullptr);
  if (!directory.ok()) return ReadFailure(path, errno);
  // O_NONBLOCK: opening a fifo would wait for its writer.
  Descriptor file(openat(directory.get(), segments.back().c_str(),
                         O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.ok()) return ReadFailure(path, errno);
  struct stat about = {};
  if (fstat(file.get(), &about) != 0) return Unavailable(path, errno);
  if (!S_ISREG(about.st_mode)) return NotFound(path, "not a regular file");
  if (about.st_size == 0) return NotFound(path, "the file is empty");
  return std::make_shared<const FileSource>(file.release(), about.st_size);
}

std::optional<Failure> Write(const std::string& root, std::string_view path, std::string_view bytes,
                             const Modes& modes) {
  if (!IsSafePath(path)) return UnsafePath(path);
  const std::vector<std::string> segments = Segments(path);
  int error = ENOENT;
  for (int tries = 0; error == ENOENT && tries < kWriteTriesMax; tries++) {
    Descriptor top = OpenRoot(root);
    if (!top.ok()) return Unavailable(root, errno);
    const Descriptor directory = OpenParent(std::move(top), segments, &modes);
    error = directory.ok() ? WriteObject(directory, segments.back(), bytes, modes.file) : errno;
  }
  if (error != 0) return WriteFailure(path, error);
  return std::nullopt;
}

std::optional<Failure> Remove(const std::string& root, std::string_view path) {
  if (!IsSafePath(path)) return UnsafePath(path);
  Descriptor top = OpenRoot(root);
  if (!top.ok()) return Unavailable(root, errno);
  const std::vector<std::string> segments = Segments(path);
  const Descriptor directory = OpenParent(std::move(top), segments, nullptr);
  const bool gone = directory.ok() && unlinkat(directory.get(), segments.back().c_str(), 0) == 0;
  if (!gone && errno != ENOENT) return Unavailable(path, errno);
  if (directory.ok()) RemoveEmptyParents(root, segments);
  return std::nullopt;
}

}  // namespace debrief::directory_store

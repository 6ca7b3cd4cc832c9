// directory_store.cpp: every step is relative to an open directory, and no link is followed.

#include "directory_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

namespace debrief::directory_store {
namespace {

constexpr size_t kPathBytesMax = 1024;

// Owns a descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

std::vector<std::string> Segments(std::string_view path) {
  std::vector<std::string> segments;
  size_t begin = 0;
  while (begin <= path.size()) {
    const size_t end = std::min(path.find('/', begin), path.size());
    segments.emplace_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return segments;
}

std::string Reason(std::string_view path, int error) {
  return std::string(path) + ": " + std::strerror(error);
}

Failure NotFound(std::string detail) {
  return Failure{.failure_class = FailureClass::kPermanent,
                 .code = "recording_not_found",
                 .message = "The recording is not in its store.",
                 .detail = std::move(detail)};
}

Failure Unavailable(std::string detail) {
  return Failure{.failure_class = FailureClass::kConfig,
                 .code = "store_unavailable",
                 .message = "The store cannot be used.",
                 .detail = std::move(detail)};
}

Failure WriteFailure(std::string_view path, int error) {
  if (error != ENOSPC && error != EDQUOT && error != EFBIG) return Unavailable(Reason(path, error));
  return Failure{.failure_class = FailureClass::kTransient,
                 .code = "store_full",
                 .message = "The store is full.",
                 .detail = Reason(path, error)};
}

Descriptor OpenDirectory(int parent, const char* name) {
  return Descriptor(openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

// The operator's own path: links in it are his to make.
Descriptor OpenRoot(const std::string& root) {
  return Descriptor(open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

// Opens the directory that holds the path's last segment; makes missing ones when asked to.
Descriptor OpenParent(const std::string& root, const std::vector<std::string>& segments,
                      bool make) {
  Descriptor directory = OpenRoot(root);
  for (size_t i = 0; directory.ok() && i + 1 < segments.size(); i++) {
    const char* name = segments[i].c_str();
    if (make && mkdirat(directory.get(), name, 0750) != 0 && errno != EEXIST) return Descriptor();
    directory = OpenDirectory(directory.get(), name);
  }
  return directory;
}

bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

bool IsThereAlready(int directory, const std::string& name, size_t bytes) {
  struct stat about = {};
  return fstatat(directory, name.c_str(), &about, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISREG(about.st_mode) && static_cast<size_t>(about.st_size) == bytes;
}

}  // namespace

bool IsSafePath(std::string_view path) {
  if (path.empty() || path.size() > kPathBytesMax) return false;
  for (char c : path) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  }
  for (const std::string& segment : Segments(path)) {
    if (segment.empty() || segment == "." || segment == "..") return false;
  }
  return true;
}

std::variant<std::shared_ptr<const FileSource>, Failure> OpenForReading(const std::string& root,
                                                                        std::string_view path) {
  if (!IsSafePath(path)) return NotFound("storage_path is not a relative path");
  if (!OpenRoot(root).ok()) return Unavailable(Reason(root, errno));
  const std::vector<std::string> segments = Segments(path);
  const Descriptor directory = OpenParent(root, segments, false);
  if (!directory.ok()) return NotFound(Reason(path, errno));
  // O_NONBLOCK: opening a fifo would wait for its writer.
  Descriptor file(openat(directory.get(), segments.back().c_str(),
                         O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!file.ok()) {
    return errno == EACCES ? Unavailable(Reason(path, errno)) : NotFound(Reason(path, errno));
  }
  struct stat about = {};
  if (fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode)) {
    return NotFound(std::string(path) + " is not a regular file");
  }
  if (about.st_size == 0) return NotFound(std::string(path) + " is empty");
  return std::make_shared<const FileSource>(file.release(), about.st_size);
}

std::optional<Failure> Write(const std::string& root, std::string_view path,
                             std::string_view bytes) {
  if (!IsSafePath(path)) return Unavailable("the object's path is not a relative path");
  const std::vector<std::string> segments = Segments(path);
  const Descriptor directory = OpenParent(root, segments, true);
  if (!directory.ok()) return WriteFailure(root, errno);
  const std::string& name = segments.back();
  if (IsThereAlready(directory.get(), name, bytes.size())) return std::nullopt;

  const std::string temporary = "." + name + "." + std::to_string(getpid()) + ".new";
  unlinkat(directory.get(), temporary.c_str(), 0);
  const Descriptor file(openat(directory.get(), temporary.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640));
  if (!file.ok()) return WriteFailure(path, errno);
  if (!WriteAll(file.get(), bytes) || fsync(file.get()) != 0 ||
      renameat(directory.get(), temporary.c_str(), directory.get(), name.c_str()) != 0 ||
      fsync(directory.get()) != 0) {
    const int error = errno;
    unlinkat(directory.get(), temporary.c_str(), 0);
    return WriteFailure(path, error);
  }
  return std::nullopt;
}

std::optional<Failure> Remove(const std::string& root, std::string_view path) {
  if (!IsSafePath(path)) return Unavailable("the object's path is not a relative path");
  std::vector<std::string> segments = Segments(path);
  if (!OpenRoot(root).ok()) return Unavailable(Reason(root, errno));
  for (bool leaf = true; !segments.empty(); leaf = false) {
    const Descriptor directory = OpenParent(root, segments, false);
    if (!directory.ok())
      return errno == ENOENT ? std::nullopt : std::optional(Unavailable(Reason(path, errno)));
    if (unlinkat(directory.get(), segments.back().c_str(), leaf ? 0 : AT_REMOVEDIR) != 0) {
      const bool fine = errno == ENOENT || (!leaf && (errno == ENOTEMPTY || errno == EEXIST));
      if (!fine && leaf) return Unavailable(Reason(path, errno));
      if (errno != ENOENT || !leaf) return std::nullopt;
    }
    segments.pop_back();
  }
  return std::nullopt;
}

}  // namespace debrief::directory_store

#include "local_provider/temporary_directory.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>

namespace debrief::local_provider {
namespace {

constexpr char kPrefix[] = "pg_debrief_local_provider-";
constexpr char kRandom[] = "XXXXXX";

bool IsOurName(const std::string& name) {
  return name.starts_with(kPrefix) && name.size() == sizeof kPrefix + sizeof kRandom - 2;
}

// Not open where another process has it, or the directory is not ours.
Descriptor Locked(const std::string& path) {
  Descriptor lock(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat about;
  const bool is_ours = lock.IsOpen() && fstat(lock.number(), &about) == 0 &&
                       about.st_uid == geteuid() && flock(lock.number(), LOCK_EX | LOCK_NB) == 0;
  return is_ours ? std::move(lock) : Descriptor();
}

}  // namespace

TemporaryDirectory::TemporaryDirectory(const std::string& parent) {
  std::string name = parent + "/" + kPrefix + kRandom;
  if (mkdtemp(name.data()) == nullptr) return;
  path_ = name;
  lock_ = Locked(path_);
}

TemporaryDirectory::~TemporaryDirectory() { Remove(); }

bool TemporaryDirectory::HasRoom(const std::string& path) {
  constexpr uintmax_t kBytesMin = 1024 * 1024;
  std::error_code error;
  const auto space = std::filesystem::space(path, error);
  return !error && space.available >= kBytesMin;
}

void TemporaryDirectory::Remove() {
  if (path_.empty()) return;
  // Nothing can be done about a failure here; the next start removes it.
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
  path_.clear();
}

void TemporaryDirectory::RemoveAbandoned(const std::string& parent) {
  std::error_code error;
  std::filesystem::directory_iterator entry(parent, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string path = entry->path();
    if (!IsOurName(entry->path().filename()) || !Locked(path).IsOpen()) continue;
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
}

}  // namespace debrief::local_provider

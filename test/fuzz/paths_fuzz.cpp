// paths_fuzz.cpp: any bytes as the path of an object in a directory store. What is opened lies in
// the root, whatever links lie there; what is written is read back, and leaves nothing when
// removed.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "bgworker/core/services/directory.h"

namespace {

using namespace debrief;
namespace fs = std::filesystem;

void Require(bool holds) {
  if (!holds) std::abort();
}

// outside, and a root with a file, a link to a file outside, one to its folder, and one upwards.
struct Folders {
  fs::path top = "/tmp/paths_fuzz." + std::to_string(getpid());
  fs::path root = top / "root", written = top / "written";
  struct stat inside = {};
  Folders() {
    fs::create_directories(root / "a");
    fs::create_directory(written);
    std::ofstream(top / "outside") << "secret";
    std::ofstream(root / "a" / "file") << "sound";
    fs::create_symlink(top / "outside", root / "link");
    fs::create_symlink(top, root / "a" / "top");
    fs::create_symlink("..", root / "up");
    stat((root / "a" / "file").c_str(), &inside);
  }
  ~Folders() { fs::remove_all(top); }
};

void CheckRead(const Folders& folders, const std::string& path) {
  const auto opened = directory_store::OpenForReading(folders.root, path);
  const auto* file = std::get_if<std::shared_ptr<const FileSource>>(&opened);
  if (file == nullptr) return;
  struct stat about = {};
  Require(fstat((*file)->fd(), &about) == 0 && about.st_ino == folders.inside.st_ino);
}

void CheckWrite(const Folders& folders, const std::string& path) {
  const bool safe = directory_store::IsSafePath(path);
  const auto failure = directory_store::Write(folders.written, path, "sound");
  Require(safe || failure);
  if (!failure) {
    const auto opened = directory_store::OpenForReading(folders.written, path);
    Require(std::holds_alternative<std::shared_ptr<const FileSource>>(opened));
    Require(!directory_store::Remove(folders.written, path));
    Require(fs::is_empty(folders.written));
  } else if (!fs::is_empty(folders.written)) {
    // Folders of a name that is too long at its end: they do no harm.
    Require(safe);
    fs::remove_all(folders.written);
    fs::create_directory(folders.written);
  }
  Require(fs::file_size(folders.top / "outside") == 6);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Folders folders;
  const std::string path(reinterpret_cast<const char*>(data), size);
  CheckRead(folders, path);
  CheckWrite(folders, path);
  return 0;
}

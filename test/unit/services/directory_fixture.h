// directory_fixture.h: a store in a scratch directory, with a place outside it.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "bgworker/core/services/directory.h"
#include "test/unit/services/scratch_directory.h"

namespace debrief {

inline constexpr uid_t kSomebodyElse = 65534;

// Root passes every permission; as somebody else it does not. A user who is not root stays.
class WithoutPrivilege {
 public:
  WithoutPrivilege() {
    if (was_ == 0 && seteuid(kSomebodyElse) != 0) ADD_FAILURE() << "seteuid";
  }
  ~WithoutPrivilege() {
    if (was_ == 0 && seteuid(0) != 0) ADD_FAILURE() << "seteuid";
  }

 private:
  const uid_t was_ = geteuid();
};

class DirectoryStoreTest : public testing::Test {
 protected:
  DirectoryStoreTest() { std::filesystem::create_directory(scratch_.path() / "root"); }

  std::filesystem::path Root() const { return scratch_.path() / "root"; }
  void Make(const std::string& path, const std::string& content) const {
    scratch_.Make("root/" + path, content);
  }
  // What can be read there, or the failure's code.
  std::string Read(std::string_view path) const {
    const auto opened = directory_store::OpenForReading(Root(), path);
    if (const Failure* failure = std::get_if<Failure>(&opened)) return failure->code;
    const FileSource& file = *std::get<std::shared_ptr<const FileSource>>(opened);
    std::string content(static_cast<size_t>(file.bytes()) + 1, '\0');
    const ssize_t got = read(file.fd(), content.data(), content.size());
    content.resize(static_cast<size_t>(std::max<ssize_t>(got, 0)));
    return content;
  }
  std::string Write(std::string_view path, std::string_view bytes) const {
    const std::optional<Failure> failure = directory_store::Write(Root(), path, bytes);
    return failure ? failure->code : "";
  }
  std::string CodeOf(const std::optional<Failure>& failure) const {
    return failure ? failure->code : "";
  }
  std::vector<std::string> Files() const {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(Root())) {
      if (!entry.is_directory())
        files.push_back(std::filesystem::relative(entry.path(), Root()).string());
    }
    return files;
  }

  ScratchDirectory scratch_;
};

inline const std::vector<std::string>& UnsafePaths() {
  static const std::vector<std::string>* const paths =
      new std::vector<std::string>{"",
                                   "/",
                                   "/etc/passwd",
                                   "..",
                                   ".",
                                   "../x",
                                   "a/..",
                                   "a/../b",
                                   "a/./b",
                                   "./a",
                                   "a//b",
                                   "a/",
                                   "/a",
                                   "a\nb",
                                   "a\x7f",
                                   std::string("a\0b", 3),
                                   std::string(1025, 'x')};
  return *paths;
}

}  // namespace debrief

// directory_store_test.cpp: nothing outside the root is read, written or removed.
#include "directory_store.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace debrief::directory_store {
namespace {

namespace fs = std::filesystem;

class DirectoryStore : public testing::Test {
 protected:
  DirectoryStore() {
    char name[] = "/tmp/pg_debrief_store.XXXXXX";
    base_ = mkdtemp(name);
    root_ = base_ + "/root";
    fs::create_directory(root_);
  }
  ~DirectoryStore() override { fs::remove_all(base_); }

  void Put(const std::string& path, const std::string& content) {
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path) << content;
  }
  std::string Get(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string CodeOf(std::string_view path) {
    auto opened = OpenForReading(root_, path);
    return std::holds_alternative<Failure>(opened) ? std::get<Failure>(opened).code : "opened";
  }

  std::string base_, root_;
};

TEST_F(DirectoryStore, StreamsAFile) {
  Put(root_ + "/user/talk.mp4", "video");
  auto opened = OpenForReading(root_, "user/talk.mp4");
  ASSERT_TRUE(std::holds_alternative<std::shared_ptr<const FileSource>>(opened));
  const auto& source = std::get<std::shared_ptr<const FileSource>>(opened);
  EXPECT_EQ(source->bytes(), 5);
  char bytes[8] = "";
  EXPECT_EQ(pread(source->fd(), bytes, sizeof(bytes), 0), 5);
  EXPECT_STREQ(bytes, "video");
}

TEST_F(DirectoryStore, TakesOnlyRelativePathsWithoutDots) {
  for (const char* bad :
       {"", "/etc/passwd", "../x", "a/../b", "a/./b", "a//b", "a/", ".", "a/..", "a\nb", "a\x7f"}) {
    EXPECT_FALSE(IsSafePath(bad)) << bad;
    EXPECT_EQ(CodeOf(bad), "recording_not_found") << bad;
  }
  EXPECT_FALSE(IsSafePath(std::string(1'025, 'a')));
  EXPECT_TRUE(IsSafePath("a/b.c/..d/ä.mp4"));
}

TEST_F(DirectoryStore, FollowsNoLinkInAnySegment) {
  Put(base_ + "/outside/secret", "secret");
  fs::create_directory(root_ + "/user");
  fs::create_symlink(base_ + "/outside/secret", root_ + "/user/file");
  fs::create_symlink(base_ + "/outside", root_ + "/linked");
  fs::create_symlink(base_ + "/outside", root_ + "/user/linked");
  EXPECT_EQ(CodeOf("user/file"), "recording_not_found");
  EXPECT_EQ(CodeOf("linked/secret"), "recording_not_found");
  EXPECT_EQ(CodeOf("user/linked/secret"), "recording_not_found");
  EXPECT_TRUE(Write(root_, "linked/new", "x").has_value());
  EXPECT_FALSE(fs::exists(base_ + "/outside/new"));
  EXPECT_TRUE(Remove(root_, "linked/secret").has_value());
  EXPECT_TRUE(fs::exists(base_ + "/outside/secret"));
}

TEST_F(DirectoryStore, OpensRegularFilesOnly) {
  fs::create_directory(root_ + "/folder");
  ASSERT_EQ(mkfifo((root_ + "/fifo").c_str(), 0600), 0);
  Put(root_ + "/empty", "");
  EXPECT_EQ(CodeOf("folder"), "recording_not_found");
  EXPECT_EQ(CodeOf("fifo"), "recording_not_found") << "and does not wait for a writer";
  EXPECT_EQ(CodeOf("empty"), "recording_not_found");
  EXPECT_EQ(CodeOf("missing"), "recording_not_found");
  EXPECT_EQ(CodeOf("missing/deeper"), "recording_not_found");
}

TEST_F(DirectoryStore, AMissingRootIsTheStoresFault) {
  auto opened = OpenForReading(base_ + "/nowhere", "a");
  EXPECT_EQ(std::get<Failure>(opened).failure_class, FailureClass::kConfig);
  EXPECT_EQ(Write(base_ + "/nowhere", "a", "x")->failure_class, FailureClass::kConfig);
}

TEST_F(DirectoryStore, WritesWholeFilesAndMakesTheirDirectories) {
  ASSERT_FALSE(Write(root_, "u/videos/1/audio/2/0-abc.wav", std::string("a\0b", 3)).has_value());
  EXPECT_EQ(Get(root_ + "/u/videos/1/audio/2/0-abc.wav"), std::string("a\0b", 3));
  size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root_))
    files += entry.is_regular_file() ? 1 : 0;
  EXPECT_EQ(files, 1U) << "no temporary name is left";
}

TEST_F(DirectoryStore, LeavesTheSameObjectAlone) {
  Put(root_ + "/a", "old");
  ASSERT_FALSE(Write(root_, "a", "new").has_value());
  EXPECT_EQ(Get(root_ + "/a"), "old") << "same size, same object: the path carries the hash";
  ASSERT_FALSE(Write(root_, "a", "longer").has_value());
  EXPECT_EQ(Get(root_ + "/a"), "longer") << "another size was a broken one";
}

TEST_F(DirectoryStore, SaysWhenADirectoryStandsInTheWay) {
  fs::create_directories(root_ + "/a/b");
  EXPECT_TRUE(Write(root_, "a/b", "x").has_value());
  Put(root_ + "/file", "x");
  EXPECT_TRUE(Write(root_, "file/below", "x").has_value());
}

TEST_F(DirectoryStore, RemovesAFileAndParentsThatBecameEmpty) {
  Put(root_ + "/u/1/a", "x");
  Put(root_ + "/u/2/b", "x");
  EXPECT_FALSE(Remove(root_, "u/1/a").has_value());
  EXPECT_FALSE(fs::exists(root_ + "/u/1"));
  EXPECT_TRUE(fs::exists(root_ + "/u/2/b"));
  EXPECT_FALSE(Remove(root_, "u/2/b").has_value());
  EXPECT_FALSE(fs::exists(root_ + "/u"));
  EXPECT_TRUE(fs::exists(root_)) << "never the root";
}

TEST_F(DirectoryStore, RemovingWhatIsNotThereIsNoFailure) {
  EXPECT_FALSE(Remove(root_, "nothing").has_value());
  EXPECT_FALSE(Remove(root_, "no/such/thing").has_value());
  EXPECT_TRUE(Remove(root_, "../x").has_value());
  EXPECT_TRUE(Remove(base_ + "/nowhere", "x").has_value());
}

}  // namespace
}  // namespace debrief::directory_store

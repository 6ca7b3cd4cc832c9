// directory_test.cpp: a recording is read from within the root, or not at all.
#include "bgworker/core/services/directory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "test/unit/services/directory_fixture.h"

namespace debrief {
namespace {

namespace fs = std::filesystem;
using directory_store::IsSafePath;
using directory_store::OpenForReading;
using directory_store::Remove;

TEST(IsSafePath, TakesRelativePathsOfOrdinarySegments) {
  for (const char* path : {"a", "a/b/c.mp4", ".hidden", "..a", "a..", "...", "a b", "ö/日本.mp4"}) {
    EXPECT_TRUE(IsSafePath(path)) << path;
  }
  EXPECT_TRUE(IsSafePath(std::string(1024, 'x')));
}

TEST(IsSafePath, RefusesWhatCouldLeadElsewhere) {
  for (const std::string& path : UnsafePaths()) EXPECT_FALSE(IsSafePath(path)) << path;
}

TEST_F(DirectoryStoreTest, OpensARecordingWithItsSize) {
  Make("user/videos/talk.mp4", "moving pictures");
  EXPECT_EQ(Read("user/videos/talk.mp4"), "moving pictures");
  Make("top.mp4", "x");
  EXPECT_EQ(Read("top.mp4"), "x");
}

TEST_F(DirectoryStoreTest, ClosesADescriptorOnExec) {
  Make("a", "x");
  const auto opened = OpenForReading(Root(), "a");
  const int fd = std::get<std::shared_ptr<const FileSource>>(opened)->fd();
  EXPECT_NE(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(DirectoryStoreTest, SaysThatARecordingIsNotThereForGood) {
  const auto opened = OpenForReading(Root(), "user/nowhere.mp4");
  const Failure& failure = std::get<Failure>(opened);
  EXPECT_EQ(failure.failure_class, FailureClass::kPermanent);
  EXPECT_EQ(failure.code, "recording_not_found");
  EXPECT_EQ(failure.detail, "user/nowhere.mp4: No such file or directory");
  EXPECT_EQ(failure.message.find("nowhere"), std::string::npos);
}

TEST_F(DirectoryStoreTest, FindsNoRecordingUnderAFile) {
  Make("file", "x");
  EXPECT_EQ(Read("file/talk.mp4"), "recording_not_found");
}

TEST_F(DirectoryStoreTest, FindsNoRecordingUnderANameTooLong) {
  EXPECT_EQ(Read(std::string(300, 'x')), "recording_not_found");
}

TEST_F(DirectoryStoreTest, OpensNoUnsafePath) {
  scratch_.Make("outside", "secret");
  EXPECT_EQ(Read("../outside"), "recording_not_found");
  for (const std::string& path : UnsafePaths()) EXPECT_EQ(Read(path), "recording_not_found");
}

TEST_F(DirectoryStoreTest, FollowsNoLinkInAnySegment) {
  Make("a/b/c/talk.mp4", "x");
  ASSERT_EQ(Read("a/b/c/talk.mp4"), "x");
  for (const char* segment : {"a", "a/b", "a/b/c", "a/b/c/talk.mp4"}) {
    const fs::path inside = Root() / segment;
    const fs::path outside = scratch_.path() / "outside";
    fs::rename(inside, outside);
    fs::create_symlink(outside, inside);
    EXPECT_EQ(Read("a/b/c/talk.mp4"), "recording_not_found") << segment;
    fs::remove(inside);
    fs::rename(outside, inside);
  }
  EXPECT_EQ(Read("a/b/c/talk.mp4"), "x");
}

TEST_F(DirectoryStoreTest, FollowsNoLinkEvenWithinTheRoot) {
  Make("real/talk.mp4", "x");
  fs::create_symlink("real", Root() / "link");
  fs::create_symlink("talk.mp4", Root() / "real/link.mp4");
  EXPECT_EQ(Read("link/talk.mp4"), "recording_not_found");
  EXPECT_EQ(Read("real/link.mp4"), "recording_not_found");
}

TEST_F(DirectoryStoreTest, FollowsTheOperatorsOwnLinkToTheRoot) {
  Make("a", "x");
  fs::create_symlink(Root(), scratch_.path() / "link");
  EXPECT_TRUE(std::holds_alternative<std::shared_ptr<const FileSource>>(
      OpenForReading(scratch_ / "link", "a")));
}

TEST_F(DirectoryStoreTest, OpensRegularFilesOnlyAndWaitsForNone) {
  ASSERT_EQ(mkfifo((Root() / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(Read("fifo"), "recording_not_found");
  fs::create_directory(Root() / "directory");
  EXPECT_EQ(Read("directory"), "recording_not_found");
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = {}};
  std::strncpy(address.sun_path, (Root() / "socket").c_str(), sizeof(address.sun_path) - 1);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(Read("socket"), "recording_not_found");
  close(listener);
}

TEST_F(DirectoryStoreTest, OpensNoEmptyFile) {
  Make("empty", "");
  EXPECT_EQ(Read("empty"), "recording_not_found");
}

TEST_F(DirectoryStoreTest, BlamesTheStoreWhenItMayNotRead) {
  Make("a/talk.mp4", "x");
  chmod((Root() / "a/talk.mp4").c_str(), 0);
  const WithoutPrivilege as_somebody;
  const auto opened = OpenForReading(Root(), "a/talk.mp4");
  EXPECT_EQ(std::get<Failure>(opened).failure_class, FailureClass::kConfig);
  EXPECT_EQ(std::get<Failure>(opened).code, "store_unavailable");
}

TEST_F(DirectoryStoreTest, BlamesTheStoreWhenItMayNotEnterADirectory) {
  Make("a/talk.mp4", "x");
  chmod((Root() / "a").c_str(), 0);
  {
    const WithoutPrivilege as_somebody;
    EXPECT_EQ(Read("a/talk.mp4"), "store_unavailable");
  }
  chmod((Root() / "a").c_str(), 0700);
}

TEST_F(DirectoryStoreTest, BlamesTheStoreWhenItsRootIsGone) {
  fs::remove(Root());
  EXPECT_EQ(Read("a"), "store_unavailable");
  EXPECT_EQ(Write("a", "x"), "store_unavailable");
  EXPECT_EQ(CodeOf(Remove(Root(), "a")), "store_unavailable");
  EXPECT_FALSE(fs::exists(Root()));
}

TEST_F(DirectoryStoreTest, BlamesTheStoreWhenThereAreNoDescriptorsLeft) {
  Make("a", "x");
  rlimit was = {};
  getrlimit(RLIMIT_NOFILE, &was);
  const rlimit none = {.rlim_cur = 0, .rlim_max = was.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  const std::string code = Read("a");
  setrlimit(RLIMIT_NOFILE, &was);
  EXPECT_EQ(code, "store_unavailable");
}

TEST_F(DirectoryStoreTest, KeepsTheDetailWithinItsLimit) {
  const auto opened = OpenForReading(Root(), std::string(200, 'x') + "/" + std::string(800, 'y'));
  EXPECT_LE(std::get<Failure>(opened).detail.size(), 500U);
}

}  // namespace
}  // namespace debrief

// directory_write_test.cpp: an object is whole or absent, within the root, and goes again.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <thread>

#include "test/unit/services/directory_fixture.h"

namespace debrief {
namespace {

namespace fs = std::filesystem;
using directory_store::OpenForReading;
using directory_store::Remove;

// No file may grow over the limit: what a full disk is to a writer, but for the error's number.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &was_);
    const rlimit limit = {.rlim_cur = bytes, .rlim_max = was_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &was_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit was_ = {};
  sighandler_t handler_;
};

TEST_F(DirectoryStoreTest, WritesAnObjectAndTheDirectoriesAboveIt) {
  const mode_t was = umask(0);
  EXPECT_EQ(Write("user/audio/7/0-abc.wav", "sound"), "");
  umask(was);
  EXPECT_EQ(ContentOf(Root() / "user/audio/7/0-abc.wav"), "sound");
  EXPECT_EQ(fs::status(Root() / "user").permissions(), fs::perms(0750));
  EXPECT_EQ(fs::status(Root() / "user/audio/7").permissions(), fs::perms(0750));
  EXPECT_EQ(Files().size(), 1U);
}

// PostgreSQL's umask leaves nothing to others, a web server among them.
TEST_F(DirectoryStoreTest, GivesTheModesThatAreAskedForWhateverTheUmask) {
  const mode_t was = umask(0077);
  fs::create_directory(Root() / "kept");
  const directory_store::Modes modes = {.file = 0644, .directory = 0755};
  EXPECT_FALSE(directory_store::Write(Root(), "kept/new/1.wav", "sound", modes));
  EXPECT_FALSE(directory_store::Write(Root(), "plain/1.wav", "sound"));
  umask(was);
  EXPECT_EQ(fs::status(Root() / "kept").permissions(), fs::perms(0700));
  EXPECT_EQ(fs::status(Root() / "kept/new").permissions(), fs::perms(0755));
  EXPECT_EQ(fs::status(Root() / "kept/new/1.wav").permissions(), fs::perms(0644));
  EXPECT_EQ(fs::status(Root() / "plain").permissions(), fs::perms(0700));
  EXPECT_EQ(fs::status(Root() / "plain/1.wav").permissions(), fs::perms(0600));
}

TEST_F(DirectoryStoreTest, WritesBinaryAndEmptyObjects) {
  const std::string bytes("\0\xff\n", 3);
  EXPECT_EQ(Write("a", bytes), "");
  EXPECT_EQ(ContentOf(Root() / "a"), bytes);
  EXPECT_EQ(Write("b", ""), "");
  EXPECT_TRUE(fs::exists(Root() / "b"));
}

TEST_F(DirectoryStoreTest, WritesUnderTheLongestNameThereIs) {
  const std::string name(255, 'x');
  EXPECT_EQ(Write(name, "sound"), "");
  EXPECT_EQ(ContentOf(Root() / name), "sound");
}

TEST_F(DirectoryStoreTest, LeavesAnObjectOfTheSameSizeAlone) {
  Make("a", "first");
  EXPECT_EQ(Write("a", "again"), "");
  EXPECT_EQ(ContentOf(Root() / "a"), "first");
}

TEST_F(DirectoryStoreTest, ReplacesAnObjectOfAnotherSizeAsAWhole) {
  Make("a", "cut");
  const auto reader = OpenForReading(Root(), "a");
  EXPECT_EQ(Write("a", "whole"), "");
  EXPECT_EQ(ContentOf(Root() / "a"), "whole");
  char old[8] = {};
  EXPECT_EQ(read(std::get<std::shared_ptr<const FileSource>>(reader)->fd(), old, sizeof(old)), 3);
  EXPECT_STREQ(old, "cut");
}

TEST_F(DirectoryStoreTest, ReplacesALinkInsteadOfWritingThroughIt) {
  const std::string outside = scratch_.Make("outside", "theirs");
  // The size of a link is that of the path it holds, the size of its target another.
  for (const std::string& sound : {std::string("sounds"), std::string(outside.size(), 's')}) {
    fs::remove(Root() / "a");
    fs::create_symlink(outside, Root() / "a");
    EXPECT_EQ(Write("a", sound), "");
    EXPECT_EQ(ContentOf(outside), "theirs");
    EXPECT_FALSE(fs::is_symlink(Root() / "a"));
    EXPECT_EQ(ContentOf(Root() / "a"), sound);
  }
}

TEST_F(DirectoryStoreTest, WritesThroughNoLinkInAnySegment) {
  for (const char* segment : {"a", "a/b", "a/b/c"}) {
    const fs::path outside = scratch_.path() / "outside";
    fs::create_directories(outside / "a/b/c");
    fs::create_directories((Root() / segment).parent_path());
    fs::create_directory_symlink(outside, Root() / segment);
    EXPECT_EQ(Write("a/b/c/sound", "x"), "store_unavailable") << segment;
    for (const auto& entry : fs::recursive_directory_iterator(outside)) {
      EXPECT_TRUE(entry.is_directory()) << entry.path();
    }
    fs::remove_all(Root() / "a");
    fs::remove_all(outside);
  }
}

TEST_F(DirectoryStoreTest, WritesNoUnsafePathAndBlamesTheRow) {
  for (const std::string& path : UnsafePaths()) {
    const std::optional<Failure> failure = directory_store::Write(Root(), path, "x");
    ASSERT_TRUE(failure) << path;
    EXPECT_EQ(failure->code, "unsafe_path");
    EXPECT_EQ(failure->failure_class, FailureClass::kPermanent);
  }
  EXPECT_TRUE(Files().empty());
  EXPECT_FALSE(fs::exists(scratch_ / "x"));
}

TEST_F(DirectoryStoreTest, BlamesTheStoreWhenItMayNotWrite) {
  chmod(Root().c_str(), 0500);
  {
    const WithoutPrivilege as_somebody;
    const std::optional<Failure> failure = directory_store::Write(Root(), "a/b", "x");
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->failure_class, FailureClass::kConfig);
    EXPECT_EQ(failure->code, "store_unavailable");
  }
  chmod(Root().c_str(), 0700);
}

TEST_F(DirectoryStoreTest, LeavesNothingBehindWhenTheDiskIsFull) {
  std::optional<Failure> failure;
  {
    const FileSizeLimit limit(4'096);
    failure = directory_store::Write(Root(), "a/sound", std::string(10'000, 'x'));
  }
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->failure_class, FailureClass::kOutage);
  EXPECT_EQ(failure->code, "store_full");
  EXPECT_TRUE(Files().empty());
  EXPECT_EQ(Write("a/sound", std::string(10'000, 'x')), "");
}

TEST_F(DirectoryStoreTest, LeavesNothingBehindWhenItsProcessDiesOverIt) {
  const pid_t writer = fork();
  if (writer == 0) {
    FileSizeLimit limit(100'000);
    std::signal(SIGXFSZ, SIG_DFL);  // the kernel kills who writes beyond it
    Write("a/object", std::string(1'000'000, 'x'));
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(writer, &status, 0), writer);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(Files().empty()) << Files()[0];
}

TEST_F(DirectoryStoreTest, LeavesNothingBehindWhenADirectoryHasTheName) {
  fs::create_directory(Root() / "a");
  EXPECT_EQ(Write("a", "sound"), "store_unavailable");
  EXPECT_TRUE(Files().empty());
}

TEST_F(DirectoryStoreTest, LetsManyWritersWriteOneObject) {
  const std::string bytes(200'000, 's');
  std::vector<std::string> codes(8);
  std::vector<std::thread> writers;
  for (std::string& code : codes) {
    writers.emplace_back([&] { code = Write("user/audio/sound", bytes); });
  }
  for (std::thread& writer : writers) writer.join();
  for (const std::string& code : codes) EXPECT_EQ(code, "");
  EXPECT_EQ(ContentOf(Root() / "user/audio/sound"), bytes);
  EXPECT_EQ(Files().size(), 1U);
}

TEST_F(DirectoryStoreTest, WritesWhileTheDirectoriesAreTidiedAway) {
  constexpr int kRounds = 200;
  std::thread remover([&] {
    for (int i = 0; i < kRounds; i++) EXPECT_EQ(CodeOf(Remove(Root(), "a/b/c/old")), "");
  });
  for (int i = 0; i < kRounds; i++) {
    EXPECT_EQ(Write("a/b/c/new", "x"), "");
    EXPECT_EQ(CodeOf(Remove(Root(), "a/b/c/new")), "");
  }
  remover.join();
}

TEST_F(DirectoryStoreTest, RemovesAnObjectAndTheDirectoriesThatBecameEmpty) {
  Make("user/audio/7/sound", "x");
  EXPECT_EQ(CodeOf(Remove(Root(), "user/audio/7/sound")), "");
  EXPECT_FALSE(fs::exists(Root() / "user"));
  EXPECT_TRUE(fs::exists(Root()));
}

TEST_F(DirectoryStoreTest, RemovesNoDirectoryThatHoldsAnythingElse) {
  Make("user/audio/7/sound", "x");
  Make("user/other", "y");
  EXPECT_EQ(CodeOf(Remove(Root(), "user/audio/7/sound")), "");
  EXPECT_FALSE(fs::exists(Root() / "user/audio"));
  EXPECT_EQ(ContentOf(Root() / "user/other"), "y");
}

TEST_F(DirectoryStoreTest, TakesAnObjectThatIsNotThereForRemoved) {
  fs::create_directories(Root() / "a/b");
  EXPECT_EQ(CodeOf(Remove(Root(), "a/b/gone")), "");
  EXPECT_FALSE(fs::exists(Root() / "a"));
  EXPECT_EQ(CodeOf(Remove(Root(), "a/b/gone")), "");
  EXPECT_EQ(CodeOf(Remove(Root(), "gone")), "");
  EXPECT_TRUE(fs::exists(Root()));
}

TEST_F(DirectoryStoreTest, RemovesNothingThroughALink) {
  const std::string outside = scratch_.Make("outside/sound", "theirs");
  fs::create_directory_symlink(scratch_.path() / "outside", Root() / "link");
  EXPECT_EQ(CodeOf(Remove(Root(), "link/sound")), "store_unavailable");
  EXPECT_EQ(ContentOf(outside), "theirs");
  fs::create_symlink(outside, Root() / "leaf");
  EXPECT_EQ(CodeOf(Remove(Root(), "leaf")), "");
  EXPECT_EQ(ContentOf(outside), "theirs");
  EXPECT_FALSE(fs::is_symlink(Root() / "leaf"));
}

TEST_F(DirectoryStoreTest, RemovesNoDirectoryInPlaceOfAnObject) {
  fs::create_directory(Root() / "a");
  EXPECT_EQ(CodeOf(Remove(Root(), "a")), "store_unavailable");
  EXPECT_TRUE(fs::exists(Root() / "a"));
}

TEST_F(DirectoryStoreTest, RemovesNoUnsafePath) {
  scratch_.Make("outside", "theirs");
  EXPECT_EQ(CodeOf(Remove(Root(), "../outside")), "unsafe_path");
  EXPECT_EQ(ContentOf(scratch_ / "outside"), "theirs");
}

}  // namespace
}  // namespace debrief

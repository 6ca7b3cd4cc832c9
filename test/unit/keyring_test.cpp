// keyring_test.cpp: keys go to their own host only, and come from a private file only.
#include "keyring.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace debrief {
namespace {

class KeyringTest : public testing::Test {
 protected:
  KeyringTest() {
    char name[] = "/tmp/pg_debrief_keys.XXXXXX";
    folder_ = mkdtemp(name);
    path_ = folder_ + "/keys";
  }
  ~KeyringTest() override { std::filesystem::remove_all(folder_); }
  void Write(const std::string& content, mode_t mode = 0400) {
    std::filesystem::remove(path_);
    std::ofstream(path_) << content;
    chmod(path_.c_str(), mode);
  }
  std::string Find(const std::string& name, const std::string& url) {
    auto found = keyring_.Find(name, url);
    return std::holds_alternative<std::string>(found) ? std::get<std::string>(found)
                                                      : "none: " + std::get<Failure>(found).detail;
  }

  std::string folder_, path_;
  Keyring keyring_;
};

TEST_F(KeyringTest, FindsAKeyForItsHost) {
  Write("# a comment\n\ncoach  Coach.Example.com   s3cr3t+/=\n  local 127.0.0.1 x\n");
  ASSERT_EQ(keyring_.Load(path_), "");
  EXPECT_EQ(Find("coach", "https://coach.example.COM:8443/debrief"), "s3cr3t+/=");
  EXPECT_EQ(Find("local", "http://127.0.0.1:8089"), "x");
}

TEST_F(KeyringTest, GivesAKeyToNoOtherHost) {
  Write("coach coach.example.com s3cr3t\n");
  ASSERT_EQ(keyring_.Load(path_), "");
  for (const char* url :
       {"https://evil.example.com", "https://coach.example.com.evil.com",
        "https://coach.example.com@evil.com/x", "https://evil.com/coach.example.com",
        "ftp://coach.example.com", "coach.example.com", ""}) {
    EXPECT_EQ(Find("coach", url).find("none"), 0U) << url;
    EXPECT_EQ(Find("coach", url).find("s3cr3t"), std::string::npos);
  }
  EXPECT_EQ(Find("nobody", "https://coach.example.com"),
            "none: the key file has no key \"nobody\"");
}

TEST_F(KeyringTest, RefusesAFileThatOthersCanRead) {
  for (mode_t mode : {0440, 0404, 0644, 0660}) {
    Write("coach coach.example.com s3cr3t\n", mode);
    EXPECT_NE(keyring_.Load(path_), "") << mode;
  }
  Write("coach coach.example.com s3cr3t\n", 0600);
  EXPECT_EQ(keyring_.Load(path_), "");
}

TEST_F(KeyringTest, RefusesALinkAFolderAndNothing) {
  Write("coach coach.example.com s3cr3t\n");
  std::filesystem::create_symlink(path_, folder_ + "/link");
  EXPECT_NE(keyring_.Load(folder_ + "/link"), "");
  EXPECT_NE(keyring_.Load(folder_), "");
  EXPECT_NE(keyring_.Load(folder_ + "/missing"), "");
}

TEST_F(KeyringTest, KeepsItsKeysWhenTheNewFileIsBad) {
  Write("coach coach.example.com s3cr3t\n");
  ASSERT_EQ(keyring_.Load(path_), "");
  Write("coach coach.example.com\n");
  EXPECT_NE(keyring_.Load(path_).find("line 1"), std::string::npos);
  EXPECT_EQ(Find("coach", "https://coach.example.com"), "s3cr3t");
}

TEST_F(KeyringTest, ABadLineIsNamedByItsNumberNotByItsSecret) {
  Write("a b c\ncoach coach.example.com hidden words\n");
  const std::string problem = keyring_.Load(path_);
  EXPECT_NE(problem.find("line 2"), std::string::npos);
  EXPECT_EQ(problem.find("hidden"), std::string::npos);
}

TEST_F(KeyringTest, AnEmptyPathEmptiesTheRing) {
  Write("coach coach.example.com s3cr3t\n");
  ASSERT_EQ(keyring_.Load(path_), "");
  EXPECT_EQ(keyring_.Load(""), "");
  EXPECT_EQ(Find("coach", "https://coach.example.com").find("none"), 0U);
}

TEST(HostOf, ReadsTheHostOnly) {
  EXPECT_EQ(HostOf("https://A.b:80/c?d"), "a.b");
  EXPECT_EQ(HostOf("http://user:pass@host/x"), "host");
  EXPECT_EQ(HostOf("http://[2001:DB8::1]:8080/"), "2001:db8::1");
  EXPECT_EQ(HostOf("file:///etc"), "");
}

}  // namespace
}  // namespace debrief

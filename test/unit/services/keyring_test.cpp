// keyring_test.cpp: who gets a key, and which files may hold keys.
#include "bgworker/core/services/keyring.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/unit/services/scratch_directory.h"

namespace debrief {
namespace {

constexpr char kOneKey[] = "coach coach.example.com s3cr3t\n";
constexpr uid_t kSomebodyElse = 65534;

class KeyringTest : public testing::Test {
 protected:
  std::string Write(const std::string& content, mode_t mode = 0600) {
    const std::string path = scratch_.Make("keys", content);
    chmod(path.c_str(), mode);
    return path;
  }
  std::string LoadText(const std::string& content) { return keyring_.Load(Write(content)); }
  // The secret, or the failure's detail.
  std::string Find(std::string_view name, std::string_view url) const {
    const auto found = keyring_.Find(name, url);
    if (const Failure* failure = std::get_if<Failure>(&found)) return failure->detail;
    return std::get<std::string>(found);
  }
  bool Has(std::string_view name, std::string_view url = "https://coach.example.com/") const {
    return std::holds_alternative<std::string>(keyring_.Find(name, url));
  }

  ScratchDirectory scratch_;
  Keyring keyring_;
};

TEST_F(KeyringTest, GivesTheSecretToTheHostItIsBoundTo) {
  ASSERT_EQ(LoadText(kOneKey), "");
  EXPECT_EQ(Find("coach", "https://coach.example.com/debrief"), "s3cr3t");
  EXPECT_EQ(Find("coach", "https://COACH.example.com:443"), "s3cr3t");
}

TEST_F(KeyringTest, GivesTheSecretToThePortItIsBoundTo) {
  ASSERT_EQ(LoadText("local 127.0.0.1:8089 one\nplain 127.0.0.1 two\nsix [::1]:8089 three\n"), "");
  EXPECT_EQ(Find("local", "http://127.0.0.1:8089/v1"), "one");
  EXPECT_EQ(Find("local", "http://127.0.0.1:5659"),
            "the key \"local\" is for 127.0.0.1:8089, not for 127.0.0.1:5659");
  EXPECT_EQ(Find("local", "http://127.0.0.1"),
            "the key \"local\" is for 127.0.0.1:8089, not for 127.0.0.1");
  EXPECT_EQ(Find("plain", "http://127.0.0.1"), "two");
  EXPECT_EQ(Find("plain", "https://127.0.0.1:443"), "two");
  EXPECT_EQ(Find("plain", "http://127.0.0.1:8089"),
            "the key \"plain\" is for 127.0.0.1, not for 127.0.0.1:8089");
  EXPECT_FALSE(Has("plain", "http://127.0.0.1:443"));
  EXPECT_EQ(Find("six", "http://[::1]:8089"), "three");
  EXPECT_FALSE(Has("six", "http://[::1]:8090"));
}

TEST_F(KeyringTest, GivesTheSecretToNoOtherHost) {
  ASSERT_EQ(LoadText(kOneKey), "");
  for (const char* url :
       {"https://evil.example", "https://coach.example.com.evil.example", "https://example.com",
        "https://xcoach.example.com", "https://coach.example.com@evil.example",
        "https://evil.example/coach.example.com", "https://evil.example?@coach.example.com",
        "https://coach.example.com:8443", "http://coach.example.com:443",
        "https://evil.example#@coach.example.com", "https://evil.example\\@coach.example.com",
        "ftp://coach.example.com", "coach.example.com", "", "https://"}) {
    EXPECT_FALSE(Has("coach", url)) << url;
  }
}

TEST_F(KeyringTest, SaysWhichHostAKeyIsForButNeverTheKey) {
  ASSERT_EQ(LoadText(kOneKey), "");
  const auto found = keyring_.Find("coach", "https://evil.example/");
  const Failure& failure = std::get<Failure>(found);
  EXPECT_EQ(failure.failure_class, FailureClass::kAuth);
  EXPECT_EQ(failure.code, "no_key");
  EXPECT_EQ(failure.detail, "the key \"coach\" is for coach.example.com, not for evil.example");
  EXPECT_EQ(failure.message.find("s3cr3t"), std::string::npos);
}

TEST_F(KeyringTest, SaysThatAKeyIsMissing) {
  EXPECT_EQ(Find("coach", "https://coach.example.com"),
            "no key \"coach\": pg_debrief.key_file is not set");
  ASSERT_EQ(LoadText(kOneKey), "");
  EXPECT_EQ(Find("Coach", "https://coach.example.com"), "the key file has no key \"Coach\"");
}

TEST_F(KeyringTest, SaysThatTheFileCannotBeUsedAndNotThatAKeyIsMissing) {
  const std::string file = scratch_ / "keys";
  (void)keyring_.Load(Write(kOneKey, 0644));
  EXPECT_EQ(Find("coach", "https://coach.example.com"),
            "the key file cannot be used: " + file + " is open to group or others: chmod 0400");
  (void)LoadText("voice h.example x\nbroken line\n");
  EXPECT_EQ(Find("coach", "https://coach.example.com"),
            "the key file cannot be used: " + file + ", line 2: write name, host and secret");
  (void)keyring_.Load(scratch_ / "nope");
  EXPECT_EQ(Find("coach", "https://coach.example.com"),
            "the key file cannot be used: " + (scratch_ / "nope") + ": No such file or directory");
  ASSERT_EQ(LoadText(kOneKey), "");
  EXPECT_TRUE(Has("coach"));
  EXPECT_EQ(Find("other", "https://coach.example.com"), "the key file has no key \"other\"");
}

TEST_F(KeyringTest, ReadsCommentsBlankLinesTabsAndWindowsLineEnds) {
  ASSERT_EQ(LoadText("# a comment\n\n  \t\r\n"
                     "coach\tCoach.Example.com   one\r\n"
                     "  # another\nvoice voice.example.com two"),
            "");
  EXPECT_EQ(Find("coach", "https://coach.example.com"), "one");
  EXPECT_EQ(Find("voice", "https://voice.example.com"), "two");
}

TEST_F(KeyringTest, ReadsIpv6HostsWithoutBrackets) {
  ASSERT_EQ(LoadText("local ::1 secret\n"), "");
  EXPECT_EQ(Find("local", "http://[::1]/v1"), "secret");
}

TEST_F(KeyringTest, TakesLongSecrets) {
  const std::string secret(4'000, 'k');
  ASSERT_EQ(LoadText("coach coach.example.com " + secret + "\n"), "");
  EXPECT_EQ(Find("coach", "https://coach.example.com"), secret);
}

TEST_F(KeyringTest, RefusesALineThatIsNotThreeWordsAndDoesNotQuoteIt) {
  for (const char* line : {"coach", "coach coach.example.com", "coach coach.example.com s3cr3t x",
                           "coach coach.example.com s3cr3t # why"}) {
    const std::string problem = LoadText(std::string("# keys\n") + line + "\n");
    EXPECT_EQ(problem, scratch_ / "keys" + ", line 2: write name, host and secret") << line;
  }
}

TEST_F(KeyringTest, RefusesAHostThatNoUrlCanHave) {
  for (const char* host : {"https://coach.example.com", "coach.example.com:", "host:99999", "[::1",
                           "a/b", "user@host", "*", "\xc3\xb6.example"}) {
    EXPECT_NE(LoadText(std::string("coach ") + host + " s3cr3t\n"), "") << host;
  }
}

TEST_F(KeyringTest, RefusesASecretThatNoHeaderCanCarry) {
  const std::string problem = LoadText(
      "coach coach.example.com s3\x01"
      "cr3t\n");
  EXPECT_NE(problem, "");
  EXPECT_EQ(problem.find("cr3t"), std::string::npos);
  EXPECT_NE(LoadText("coach coach.example.com s\xc3\xb6\n"), "");
}

TEST_F(KeyringTest, RefusesANameThatIsThereTwice) {
  EXPECT_EQ(LoadText("a a.example 1\na b.example 2\n"),
            scratch_ / "keys" + ", line 2: the name is there twice");
}

TEST_F(KeyringTest, RefusesAFileThatIsOpenToOthers) {
  for (const mode_t mode : {0640, 0604, 0620, 0602, 0610, 0601, 0644, 0777}) {
    EXPECT_EQ(keyring_.Load(Write(kOneKey, mode)),
              scratch_ / "keys" + " is open to group or others: chmod 0400")
        << std::oct << mode;
  }
  EXPECT_EQ(keyring_.Load(Write(kOneKey, 0600)), "");
  EXPECT_EQ(keyring_.Load(Write(kOneKey, 0400)), "");
}

TEST_F(KeyringTest, RefusesAFileOfAnotherUser) {
  // Root can give its file away; whoever is not root takes one of root's.
  std::string path = "/etc/passwd";
  if (geteuid() == 0) {
    path = Write(kOneKey);
    ASSERT_EQ(chown(path.c_str(), kSomebodyElse, kSomebodyElse), 0);
  }
  EXPECT_EQ(keyring_.Load(path), path + " does not belong to the server's user");
}

TEST_F(KeyringTest, RefusesASymbolicLink) {
  Write(kOneKey);
  std::filesystem::create_symlink("keys", scratch_.path() / "link");
  EXPECT_EQ(keyring_.Load(scratch_ / "link"), scratch_ / "link" + " is a symbolic link");
}

TEST_F(KeyringTest, RefusesWhatIsNoRegularFileWithoutWaitingForIt) {
  const std::string fifo = scratch_ / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(keyring_.Load(fifo), fifo + " is not a regular file");
  std::filesystem::create_directory(scratch_.path() / "directory");
  EXPECT_EQ(keyring_.Load(scratch_ / "directory"),
            scratch_ / "directory" + " is not a regular file");
}

TEST_F(KeyringTest, RefusesAFileThatIsNotThere) {
  EXPECT_EQ(keyring_.Load(scratch_ / "nowhere"),
            scratch_ / "nowhere" + ": No such file or directory");
}

TEST_F(KeyringTest, RefusesAFileOverItsLimit) {
  EXPECT_EQ(LoadText(std::string(256 * 1024, '\n')), "");
  EXPECT_EQ(LoadText(std::string(256 * 1024 + 1, '\n')), scratch_ / "keys" + " is too large");
}

TEST_F(KeyringTest, ReplacesTheOldKeysWhenReadAnew) {
  ASSERT_EQ(LoadText("coach coach.example.com old\n"), "");
  ASSERT_EQ(LoadText("coach coach.example.com new\nvoice coach.example.com v\n"), "");
  EXPECT_EQ(Find("coach", "https://coach.example.com"), "new");
  ASSERT_EQ(LoadText("voice coach.example.com v\n"), "");
  EXPECT_FALSE(Has("coach"));
  EXPECT_TRUE(Has("voice"));
}

TEST_F(KeyringTest, KeepsTheOldKeysWhenTheFileIsWrong) {
  ASSERT_EQ(LoadText(kOneKey), "");
  EXPECT_NE(LoadText("other coach.example.com x\nbroken line\n"), "");
  EXPECT_TRUE(Has("coach"));
  EXPECT_FALSE(Has("other"));
  EXPECT_NE(keyring_.Load(Write("other coach.example.com x\n", 0644)), "");
  EXPECT_TRUE(Has("coach"));
  EXPECT_NE(keyring_.Load(scratch_ / "nowhere"), "");
  EXPECT_TRUE(Has("coach"));
}

TEST_F(KeyringTest, ReadsAnAddressOfTheFileAsThatOfTheUrl) {
  ASSERT_EQ(LoadText("coach 0:0::1 x\n"), "");
  EXPECT_EQ(Find("coach", "https://[::1]/x"), "x");
}

TEST_F(KeyringTest, ForgetsAllKeysWhenThereIsNoFileAnyMore) {
  ASSERT_EQ(LoadText(kOneKey), "");
  EXPECT_EQ(keyring_.Load(""), "");
  EXPECT_FALSE(Has("coach"));
}

TEST_F(KeyringTest, ReadsASecretThatIsAFileOfItsOwn) {
  const std::string account = scratch_.Make("account.json", "\n{\"type\": \"service_account\"}\n");
  chmod(account.c_str(), 0400);
  ASSERT_EQ(LoadText("speech texttospeech.googleapis.com @" + account + "\n"), "");
  EXPECT_EQ(Find("speech", "https://texttospeech.googleapis.com"),
            "{\"type\": \"service_account\"}");
}

TEST_F(KeyringTest, RefusesASecretsFileThatOthersCanRead) {
  const std::string account = scratch_.Make("account.json", "{}");
  chmod(account.c_str(), 0644);
  EXPECT_NE(LoadText("speech h.example @" + account + "\n").find("chmod 0400"), std::string::npos);
}

TEST_F(KeyringTest, RefusesASecretsFileOfSeveralWordsThatIsNoJson) {
  const std::string several = scratch_.Make("several", "one two");
  chmod(several.c_str(), 0400);
  EXPECT_NE(LoadText("speech h.example @" + several + "\n"), "");
}

TEST_F(KeyringTest, TakesACredentialThatSystemdMadeReadableForTheGroup) {
  const std::string credential = scratch_.Make("credential", kOneKey);
  chmod(credential.c_str(), 0440);
  EXPECT_NE(keyring_.Load(credential), "");
  EXPECT_EQ(keyring_.Load("", credential), "");
  EXPECT_TRUE(Has("coach"));
}

TEST_F(KeyringTest, PrefersTheKeyFileToTheCredential) {
  const std::string credential = scratch_.Make("credential", "coach coach.example.com lent\n");
  chmod(credential.c_str(), 0400);
  ASSERT_EQ(keyring_.Load(Write(kOneKey), credential), "");
  EXPECT_EQ(Find("coach", "https://coach.example.com"), "s3cr3t");
}

TEST_F(KeyringTest, FindsAKeyInTheEnvironmentBoundToItsHost) {
  setenv("PG_DEBRIEF_KEY_MY_COACH", "coach.example.com fr0m-env", 1);
  EXPECT_EQ(Find("my-coach", "https://coach.example.com/x"), "fr0m-env");
  EXPECT_FALSE(Has("my-coach", "https://evil.example/"));
  unsetenv("PG_DEBRIEF_KEY_MY_COACH");
  EXPECT_FALSE(Has("my-coach"));
}

TEST_F(KeyringTest, TakesNothingFromTheEnvironmentThatNamesNoHost) {
  setenv("PG_DEBRIEF_KEY_COACH", "just-a-secret", 1);
  EXPECT_FALSE(Has("coach"));
  unsetenv("PG_DEBRIEF_KEY_COACH");
}

TEST_F(KeyringTest, RefusesASecretsFileThatIsEmptyOrTooLarge) {
  for (const std::string& content : {std::string(" \n"), std::string(16 * 1024 + 1, 'x')}) {
    const std::string file = scratch_.Make("secret", content);
    chmod(file.c_str(), 0400);
    EXPECT_NE(LoadText("speech h.example @" + file + "\n").find("empty or too large"),
              std::string::npos);
    unlink(file.c_str());
  }
}

}  // namespace
}  // namespace debrief

// s3_live_test.cpp: the S3 store against a real server that verifies signatures, where one is
// given: DEBRIEF_S3_URL names it, with the bucket "sounds" and the key of s3rver. See
// test/judge/run.
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

#include "bgworker/core/http/temporary_file.h"
#include "bgworker/core/services/kinds.h"
#include "bgworker/core/text/sha256.h"
#include "test/unit/http/http_driver.h"
#include "test/unit/services/scratch_directory.h"

namespace debrief {
namespace {

constexpr char kNames[] = "user/videos/a=b+c:d*e(f) 'é~@&,$!/0-abc.wav";

class S3Live : public testing::Test {
 protected:
  void SetUp() override {
    const char* url = std::getenv("DEBRIEF_S3_URL");
    if (url == nullptr) GTEST_SKIP() << "DEBRIEF_S3_URL is not set";
    server_ = {.name = "s3",
               .kind = "s3",
               .base_url = url,
               .key = "S3RVER:S3RVER",
               .options = {{"base_url", url}, {"bucket", "sounds"}, {"region", "us-east-1"}}};
  }
  CallContext Now() const {
    using std::chrono::system_clock;
    return {.unix_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                           system_clock::now().time_since_epoch())
                           .count()};
  }
  // Puts the object and follows the store's steps to their end.
  PutStep Put(const NewObject& object) {
    bool looked = false;
    PutStep step = store_.StartPut(server_, Now(), object);
    while (Request* request = std::get_if<Request>(&step)) {
      const Response response = driver_.Fetch(std::move(*request));
      step = store_.NextPut(server_, Now(), object, response, looked);
      looked = true;
    }
    return step;
  }
  std::optional<Failure> Get(const std::string& path, std::string* content) {
    std::string error;
    const auto sink = temporary_file::Open(scratch_.path(), &error);
    Request request = std::get<Request>(store_.Get(server_, Now(), path));
    request.sink = sink;
    const Response response = driver_.Fetch(std::move(request));
    if (auto failure = store_.ReadGet(server_, response)) return failure;
    content->resize(static_cast<size_t>(response.sunk_bytes));
    EXPECT_EQ(pread(sink->fd(), content->data(), content->size(), 0), response.sunk_bytes);
    return std::nullopt;
  }

  const Store& store_ = *FindStore("s3");
  ServerConfig server_;
  HttpDriver driver_;
  ScratchDirectory scratch_;
};

TEST_F(S3Live, KeepsReadsAndDeletesObjectsOfAnyName) {
  const std::string bytes(300'000, 'x');
  for (const std::string& path : {std::string("plain/0.wav"), std::string(kNames)}) {
    const NewObject object = {
        .path = path, .content_type = "audio/wav", .sha256 = Sha256Hex(bytes), .bytes = bytes};
    const PutStep put = Put(object);
    ASSERT_TRUE(std::holds_alternative<Stored>(put)) << std::get<Failure>(put).detail;
    EXPECT_TRUE(std::holds_alternative<Stored>(Put(object))) << "the same object once more";
    std::string content;
    const auto failure = Get(path, &content);
    EXPECT_FALSE(failure) << failure->detail;
    EXPECT_EQ(content, bytes);
    const Response gone = driver_.Fetch(std::get<Request>(store_.Delete(server_, Now(), path)));
    EXPECT_EQ(store_.ReadDelete(server_, gone), std::nullopt);
    EXPECT_EQ(Get(path, &content)->code, "object_not_found");
  }
}

TEST_F(S3Live, IsRefusedWithAnotherSecret) {
  server_.key = "S3RVER:wrong";
  const PutStep put = Put({.path = "x", .content_type = "audio/wav", .sha256 = "", .bytes = "x"});
  ASSERT_TRUE(std::holds_alternative<Failure>(put));
  EXPECT_EQ(std::get<Failure>(put).failure_class, FailureClass::kAuth);
}

// Not the probe: s3rver takes the slash off "/sounds/" before it verifies; Amazon's SDK sends it
// too.

}  // namespace
}  // namespace debrief

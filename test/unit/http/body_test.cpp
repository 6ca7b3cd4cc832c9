// body_test.cpp: bodies that are put together while they are sent, answers that go to a
// file, and the methods of HTTP that stores need.
#include "bgworker/core/http/body.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <mutex>

#include "bgworker/core/http/temporary_file.h"
#include "bgworker/core/text/sha256.h"
#include "test/unit/http/http_driver.h"
#include "test/unit/http/loopback_server.h"
#include "test/unit/services/scratch_directory.h"

namespace debrief {
namespace {

using Transport = Response::Transport;

std::shared_ptr<const FileSource> FileOf(const std::string& content, int64_t announced = -1) {
  char path[] = "/tmp/http_pieces_XXXXXX";
  const int fd = mkstemp(path);
  unlink(path);
  EXPECT_EQ(write(fd, content.data(), content.size()), static_cast<ssize_t>(content.size()));
  return std::make_shared<const FileSource>(
      fd, announced < 0 ? static_cast<int64_t>(content.size()) : announced);
}

// Remembers what came, answers 200.
class Recorder {
 public:
  Recorder()
      : server_([this](LoopbackConnection& connection) {
          while (auto received = connection.Read()) {
            {
              const std::lock_guard lock(mutex_);
              received_.push_back(*received);
            }
            connection.Answer(200, answer_, "X-Kept: Yes\r\n");
          }
        }) {}
  std::string Url() const { return server_.Url("/x"); }
  LoopbackConnection::Received Last() {
    const std::lock_guard lock(mutex_);
    return received_.back();
  }
  std::string answer_ = "ok";

 private:
  std::mutex mutex_;
  std::vector<LoopbackConnection::Received> received_;
  LoopbackServer server_;
};

std::string Large(size_t bytes) {
  std::string text(bytes, '\0');
  for (size_t i = 0; i < bytes; i++) text[i] = static_cast<char>(i * 7 + i / 251);
  return text;
}

TEST(HttpBody, SendsTextAndFileOneAfterTheOther) {
  Recorder recorder;
  Request request = Post(recorder.Url(), "");
  request.pieces = {{.text = "before "}, {.file = FileOf("file")}, {.text = " after"}};
  EXPECT_EQ(HttpDriver().Fetch(std::move(request)).status, 200);
  EXPECT_EQ(recorder.Last().body, "before file after");
}

TEST(HttpBody, EncodesAFileInBase64WithPadding) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "<>"}, {"f", "<Zg==>"}, {"fo", "<Zm8=>"}, {"foo", "<Zm9v>"}, {"foobar", "<Zm9vYmFy>"}};
  for (const auto& [plain, encoded] : cases) {
    Recorder recorder;
    Request request = Post(recorder.Url(), "");
    request.pieces = {{.text = "<"}, {.file = FileOf(plain), .base64 = true}, {.text = ">"}};
    EXPECT_EQ(HttpDriver().Fetch(std::move(request)).status, 200);
    EXPECT_EQ(recorder.Last().body, encoded);
  }
}

TEST(HttpBody, EncodesALargeFileWithoutPaddingInItsMiddle) {
  Recorder recorder;
  Request request = Post(recorder.Url(), "");
  request.pieces = {{.file = FileOf(Large(300'001)), .base64 = true}};
  EXPECT_EQ(HttpDriver().Fetch(std::move(request)).status, 200);
  const std::string& body = recorder.Last().body;
  EXPECT_EQ(body.size(), 400'004u);
  EXPECT_EQ(body.find('='), body.size() - 2);
}

TEST(HttpBody, TellsTheDigestOfWhatWasSent) {
  Recorder recorder;
  Request request = Post(recorder.Url(), "");
  const std::string content = Large(200'000);
  request.pieces = {{.file = FileOf(content)}};
  request.digest_sent = true;
  EXPECT_EQ(HttpDriver().Fetch(std::move(request)).sent_sha256, Sha256Hex(content));
}

TEST(HttpBody, FailsWhenAFileIsShorterThanAnnounced) {
  Recorder recorder;
  Request request = Post(recorder.Url(), "");
  request.pieces = {{.file = FileOf("short", 100)}};
  request.timeout_ms = 5'000;
  const Response response = HttpDriver().Fetch(std::move(request));
  EXPECT_EQ(response.transport, Transport::kBroken);
  EXPECT_NE(response.transport_error.find("shorter"), std::string::npos);
}

TEST(HttpClientMethods, PutsDeletesAndLooks) {
  Recorder recorder;
  HttpDriver driver;
  Request put = Post(recorder.Url(), "body");
  put.method = Request::Method::kPut;
  EXPECT_EQ(driver.Fetch(std::move(put)).status, 200);
  EXPECT_EQ(recorder.Last().head.substr(0, 7), "PUT /x ");
  EXPECT_EQ(recorder.Last().body, "body");
  Request remove = Get(recorder.Url());
  remove.method = Request::Method::kDelete;
  EXPECT_EQ(driver.Fetch(std::move(remove)).status, 200);
  EXPECT_EQ(recorder.Last().head.substr(0, 10), "DELETE /x ");
  EXPECT_EQ(recorder.Last().body, "");
}

TEST(HttpClientMethods, ReadsNoBodyAfterAHead) {
  Recorder recorder;
  recorder.answer_ = "";
  Request head = Get(recorder.Url());
  head.method = Request::Method::kHead;
  EXPECT_EQ(HttpDriver().Fetch(std::move(head)).status, 200);
  EXPECT_EQ(recorder.Last().head.substr(0, 8), "HEAD /x ");
}

TEST(HttpClientMethods, RefusesABodyWhereTheMethodHasNone) {
  Request request = Get("http://127.0.0.1:1/");
  request.body = "x";
  EXPECT_EQ(HttpDriver().Fetch(std::move(request)).transport, Transport::kRefused);
}

TEST(HttpClientHeaders, ReportsTheHeadersThatWereWanted) {
  Recorder recorder;
  Request request = Get(recorder.Url());
  request.headers_wanted = {"x-kept", "x-missing"};
  const Response response = HttpDriver().Fetch(std::move(request));
  EXPECT_EQ(response.headers.at("x-kept"), "Yes");
  EXPECT_EQ(response.headers.count("x-missing"), 0u);
}

TEST(HttpClientSink, WritesTheBodyOfA200ToItsFile) {
  Recorder recorder;
  recorder.answer_ = Large(500'000);
  ScratchDirectory scratch;
  std::string error;
  const auto sink = temporary_file::Open(scratch / "tmp", &error);
  ASSERT_NE(sink, nullptr) << error;
  Request request = Get(recorder.Url());
  request.sink = sink;
  const Response response = HttpDriver().Fetch(std::move(request));
  EXPECT_EQ(response.body, "");
  ASSERT_EQ(response.sunk_bytes, 500'000);
  const auto file = temporary_file::Reread(*sink, response.sunk_bytes, &error);
  ASSERT_NE(file, nullptr) << error;
  std::string read(500'000, '\0');
  ASSERT_EQ(pread(file->fd(), read.data(), read.size(), 0), 500'000);
  EXPECT_EQ(read, recorder.answer_);
}

TEST(HttpClientSink, KeepsTheWordsOfARefusalOutOfTheFile) {
  LoopbackServer server([](LoopbackConnection& connection) {
    while (connection.Read()) connection.Answer(404, "not here");
  });
  ScratchDirectory scratch;
  std::string error;
  Request request = Get(server.Url());
  request.sink = temporary_file::Open(scratch.path(), &error);
  const Response response = HttpDriver().Fetch(std::move(request));
  EXPECT_EQ(response.body, "not here");
  EXPECT_EQ(response.sunk_bytes, 0);
}

TEST(HttpClientSink, KeepsNoLargeRefusalInMemory) {
  LoopbackServer server([](LoopbackConnection& connection) {
    while (connection.Read()) connection.Answer(500, Large(2'000'000));
  });
  ScratchDirectory scratch;
  std::string error;
  Request request = Get(server.Url());
  request.sink = temporary_file::Open(scratch.path(), &error);
  request.response_bytes_max = 1LL << 33;
  EXPECT_EQ(HttpDriver().Fetch(std::move(request)).transport, Transport::kTooLarge);
}

TEST(HttpClientSink, StopsAtTheLimitOfTheAnswer) {
  Recorder recorder;
  recorder.answer_ = Large(100'000);
  ScratchDirectory scratch;
  std::string error;
  Request request = Get(recorder.Url());
  request.sink = temporary_file::Open(scratch.path(), &error);
  request.response_bytes_max = 50'000;
  EXPECT_EQ(HttpDriver().Fetch(std::move(request)).transport, Transport::kTooLarge);
}

TEST(HttpClientSink, FailsWhenTheFileCannotBeWritten) {
  Recorder recorder;
  Request request = Get(recorder.Url());
  request.sink = std::make_shared<FileSink>(open("/dev/null", O_RDONLY));
  const Response response = HttpDriver().Fetch(std::move(request));
  EXPECT_EQ(response.transport, Transport::kBroken);
  EXPECT_NE(response.transport_error.find("temporary file"), std::string::npos);
}

TEST(TemporaryFile, LeavesNoNameBehind) {
  ScratchDirectory scratch;
  std::string error;
  const auto sink = temporary_file::Open(scratch.path(), &error);
  ASSERT_NE(sink, nullptr) << error;
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

TEST(TemporaryFile, SaysWhyItCannotBeMade) {
  std::string error;
  EXPECT_EQ(temporary_file::Open("/proc/nowhere/deep", &error), nullptr);
  EXPECT_NE(error, "");
}

TEST(TemporaryFile, IsNotReadAgainWhenNothingCameOfIt) {
  ScratchDirectory scratch;
  std::string error;
  const auto sink = temporary_file::Open(scratch.path(), &error);
  ASSERT_NE(sink, nullptr) << error;
  EXPECT_EQ(temporary_file::Reread(*sink, 0, &error), nullptr);
  EXPECT_EQ(error, "it is empty");
}

TEST(HttpBody, PutsABoundaryAroundThePartsOfAForm) {
  const auto file = std::make_shared<const FileSource>(-1, 5);
  const std::vector<BodyPiece> pieces =
      FormPieces({{.name = "a\"b", .content_type = "text/plain", .text = "x", .file = {}},
                  {.name = "video", .content_type = {}, .text = {}, .file = file}},
                 "B");
  ASSERT_EQ(pieces.size(), 4u);
  EXPECT_EQ(pieces[0].text,
            "--B\r\nContent-Disposition: form-data; name=\"a%22b\"\r\n"
            "Content-Type: text/plain\r\n\r\nx");
  EXPECT_EQ(pieces[1].text, "\r\n--B\r\nContent-Disposition: form-data; name=\"video\"\r\n\r\n");
  EXPECT_EQ(pieces[2].file, file);
  EXPECT_EQ(pieces[3].text, "\r\n--B--\r\n");
  EXPECT_NE(NewBoundary(), NewBoundary());
}

}  // namespace
}  // namespace debrief

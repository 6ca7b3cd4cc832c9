// client_upload_test.cpp: forms are streamed from their files, whole and without memory.
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <future>

#include "bgworker/core/http/client.h"
#include "test/unit/http/http_driver.h"
#include "test/unit/http/loopback_server.h"

namespace debrief {
namespace {

using Transport = Response::Transport;
constexpr int64_t kMegabyte = 1 << 20;

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new()) { EVP_DigestInit_ex(context_, EVP_sha256(), nullptr); }
  ~Sha256() { EVP_MD_CTX_free(context_); }
  void Add(std::string_view bytes) { EVP_DigestUpdate(context_, bytes.data(), bytes.size()); }
  std::string Take() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int bytes = 0;
    EVP_DigestFinal_ex(context_, digest, &bytes);
    return std::string(digest, digest + bytes);
  }

 private:
  EVP_MD_CTX* context_;
};

// A file of holes with marks in it, already unlinked. `announced` may differ from its size.
std::shared_ptr<const FileSource> SparseFile(int64_t bytes, int64_t announced) {
  char path[] = "/tmp/http_client_upload_XXXXXX";
  const int fd = mkstemp(path);
  unlink(path);
  EXPECT_EQ(ftruncate(fd, bytes), 0);
  for (int64_t at = 0; at + 5 < bytes; at += bytes / 7 + 1) EXPECT_EQ(pwrite(fd, "mark", 4, at), 4);
  return std::make_shared<const FileSource>(fd, announced);
}

std::string HashOf(const FileSource& file) {
  Sha256 hash;
  std::string piece(kMegabyte, '\0');
  for (int64_t at = 0; at < file.bytes(); at += kMegabyte) {
    const ssize_t got = pread(file.fd(), piece.data(), piece.size(), at);
    hash.Add(std::string_view(piece).substr(0, static_cast<size_t>(got)));
  }
  return hash.Take();
}

Request Form(std::string url, std::shared_ptr<const FileSource> file) {
  Request request;
  request.url = std::move(url);
  request.form = {{.name = "job", .content_type = "application/json", .text = "{}", .file = {}},
                  {.name = "video", .content_type = "video/mp4", .text = {}, .file = file}};
  return request;
}

// Takes a form apart while it streams by, keeping its small ends only.
struct FormReader {
  static constexpr size_t kFrontBytes = 2048;
  std::string front;  // with the parts' own headers
  std::string file_hash;
  int64_t file_bytes = 0;

  bool Read(LoopbackConnection& connection) {
    const auto head = connection.ReadHead();
    if (!head) return false;
    const size_t at = head->find("boundary=") + 9;
    const std::string tail = "\r\n--" + head->substr(at, head->find("\r\n", at) - at) + "--\r\n";
    const int64_t bytes = LoopbackConnection::ContentLength(*head);
    if (!connection.ReadBody(kFrontBytes, [&](std::string_view piece) { front += piece; })) {
      return false;
    }
    const size_t job_end = front.find("\r\n\r\n") + 4;
    const size_t file_begin = front.find("\r\n\r\n", job_end) + 4;
    file_bytes = bytes - static_cast<int64_t>(file_begin + tail.size());
    Sha256 hash;
    hash.Add(std::string_view(front).substr(file_begin));
    const auto add = [&](std::string_view piece) { hash.Add(piece); };
    const int64_t file_left = file_bytes - static_cast<int64_t>(front.size() - file_begin);
    std::string end;
    const auto keep = [&](std::string_view piece) { end += piece; };
    if (!connection.ReadBody(file_left, add)) return false;
    if (!connection.ReadBody(static_cast<int64_t>(tail.size()), keep)) return false;
    file_hash = hash.Take();
    return end == tail;
  }
};

// The most memory this process had since the last call.
int64_t PeakResidentBytes() {
  int64_t kilobytes = 0;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) kilobytes = std::atoll(line.c_str() + 6);
  }
  std::ofstream("/proc/self/clear_refs") << 5;  // resets the peak
  return kilobytes * 1024;
}

TEST(HttpClientUpload, StreamsALargeFileWithoutHoldingIt) {
  FormReader reader;
  LoopbackServer server([&](LoopbackConnection& connection) {
    connection.Answer(reader.Read(connection) ? 200 : 500, "");
  });
  HttpDriver driver;
  const auto file = SparseFile(64 * kMegabyte, 64 * kMegabyte);
  PeakResidentBytes();
  const int64_t before = PeakResidentBytes();
  const Response response = driver.Fetch(Form(server.Url(), file));
  const int64_t grown = PeakResidentBytes() - before;
  EXPECT_EQ(response.status, 200) << response.transport_error;
  EXPECT_EQ(reader.file_bytes, file->bytes());
  EXPECT_EQ(reader.file_hash, HashOf(*file));
  EXPECT_LT(grown, 24 * kMegabyte);
}

TEST(HttpClientUpload, NamesAndTypesThePartsInTheirOrder) {
  FormReader reader;
  LoopbackServer server([&](LoopbackConnection& connection) {
    connection.Answer(reader.Read(connection) ? 200 : 500, "");
  });
  EXPECT_EQ(HttpDriver().Fetch(Form(server.Url(), SparseFile(9999, 9999))).status, 200);
  const size_t job = reader.front.find("name=\"job\"\r\nContent-Type: application/json\r\n\r\n{}");
  const size_t video = reader.front.find("name=\"video\"\r\nContent-Type: video/mp4\r\n");
  ASSERT_NE(job, std::string::npos) << reader.front;
  ASSERT_NE(video, std::string::npos) << reader.front;
  EXPECT_LT(job, video);
}

TEST(HttpClientUpload, LetsTwoTransfersShareAFile) {
  LoopbackServer server([&](LoopbackConnection& connection) {
    FormReader reader;
    if (reader.Read(connection)) connection.Answer(200, reader.file_hash);
  });
  HttpDriver driver;
  const auto file = SparseFile(5 * kMegabyte, 5 * kMegabyte);
  const HttpClient::Id one = driver.client().Start(Form(server.Url(), file));
  const HttpClient::Id two = driver.client().Start(Form(server.Url(), file));
  EXPECT_EQ(driver.Wait(one).body, HashOf(*file));
  EXPECT_EQ(driver.Wait(two).body, HashOf(*file));
}

TEST(HttpClientUpload, SendsAFormAgainFromItsBeginningWhenAWarmConnectionDied) {
  LoopbackServer server([](LoopbackConnection& connection) {
    if (connection.number() == 0) {
      connection.Read();
      connection.Answer(200, "warm");
      FormReader().Read(connection);
      return;
    }
    FormReader reader;
    if (reader.Read(connection)) connection.Answer(200, reader.file_hash);
  });
  HttpDriver driver;
  const auto file = SparseFile(kMegabyte, kMegabyte);
  EXPECT_EQ(driver.Fetch(Post(server.Url(), "x")).body, "warm");
  const Response response = driver.Fetch(Form(server.Url(), file));
  EXPECT_EQ(response.body, HashOf(*file)) << response.transport_error;
  EXPECT_EQ(server.accepted(), 2);
}

TEST(HttpClientUpload, SendsAGrownFileAsAnnounced) {
  FormReader reader;
  LoopbackServer server([&](LoopbackConnection& connection) {
    connection.Answer(reader.Read(connection) ? 200 : 500, "");
  });
  const auto file = SparseFile(5 * kMegabyte, 3 * kMegabyte);
  EXPECT_EQ(HttpDriver().Fetch(Form(server.Url(), file)).status, 200);
  EXPECT_EQ(reader.file_bytes, 3 * kMegabyte);
}

TEST(HttpClientUpload, BreaksOffWhenTheFileIsShorterThanAnnounced) {
  LoopbackServer server([](LoopbackConnection& connection) { connection.WaitForHangUp(); });
  const Response response =
      HttpDriver().Fetch(Form(server.Url(), SparseFile(3 * kMegabyte, 5 * kMegabyte)));
  EXPECT_EQ(response.transport, Transport::kBroken);
  EXPECT_NE(response.transport_error.find("shorter than announced"), std::string::npos);
}

TEST(HttpClientUpload, ReportsOnceThatABodyWasSentInFull) {
  std::promise<void> may_answer;
  std::shared_future<void> allowed = may_answer.get_future().share();
  LoopbackServer server([allowed](LoopbackConnection& connection) {
    while (connection.Read()) {
      allowed.wait();
      connection.Answer(200, "");
    }
  });
  HttpDriver driver;
  const HttpClient::Id form =
      driver.client().Start(Form(server.Url(), SparseFile(kMegabyte, kMegabyte)));
  const HttpClient::Id big = driver.client().Start(Post(server.Url(), std::string(kMegabyte, 'x')));
  std::vector<HttpClient::Id> uploaded;
  driver.RunUntil([&] {
    for (const HttpClient::Id id : driver.client().TakeUploaded()) uploaded.push_back(id);
    return uploaded.size() >= 2;
  });
  EXPECT_TRUE(driver.finished().empty());
  may_answer.set_value();
  EXPECT_EQ(driver.Wait(form).status, 200);
  EXPECT_EQ(driver.Wait(big).status, 200);
  EXPECT_TRUE(driver.client().TakeUploaded().empty());
  std::sort(uploaded.begin(), uploaded.end());
  EXPECT_EQ(uploaded, (std::vector<HttpClient::Id>{form, big}));
}

TEST(HttpClientUpload, ClosesTheFileWithTheTransfer) {
  LoopbackServer server([](LoopbackConnection& connection) {
    if (FormReader().Read(connection)) connection.Answer(200, "");
  });
  HttpDriver driver;
  auto file = SparseFile(100'000, 100'000);
  const std::weak_ptr<const FileSource> watched = file;
  const int fd = file->fd();
  const HttpClient::Id id = driver.client().Start(Form(server.Url(), std::move(file)));
  EXPECT_FALSE(watched.expired());
  EXPECT_EQ(driver.Wait(id).status, 200);
  EXPECT_TRUE(watched.expired());
  EXPECT_EQ(lseek(fd, 0, SEEK_CUR), -1);
}

}  // namespace
}  // namespace debrief

// request.h: an HTTP request and its response, as plain values. client.h sends them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bgworker/core/http/memory_budget.h"

namespace debrief {

// A file that is sent while it is read. Owns the descriptor.
class FileSource {
 public:
  FileSource(int fd, int64_t bytes);
  ~FileSource();
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;
  int fd() const { return fd_; }
  int64_t bytes() const { return bytes_; }
  // Its first bytes, by which a format is known.
  const std::string& head() const { return head_; }

 private:
  int fd_;
  int64_t bytes_;
  std::string head_;
};

// One part of a multipart/form-data body: text, or a streamed file when `file` is set.
struct FormPart {
  std::string name;
  std::string content_type;
  std::string text;
  std::shared_ptr<const FileSource> file;
};

// One piece of a body that is put together while it is sent: text, or a whole file, either as it is
// or in base64 (with padding).
struct BodyPiece {
  std::string text;
  std::shared_ptr<const FileSource> file;
  bool base64 = false;
};

inline constexpr int kStatusOk = 200;

// Names a transfer of the client; 0 is none.
using TransferId = uint64_t;

// Takes the body of an answer with status 200, which then is not kept in memory. Owns the
// descriptor.
class FileSink {
 public:
  explicit FileSink(int fd) : fd_(fd) {}
  ~FileSink();
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

struct Request {
  enum class Method { kGet, kPost, kPut, kHead, kDelete };
  Method method = Method::kPost;
  std::string url;
  // Names and values hold no control bytes: the client refuses the request otherwise.
  std::vector<std::pair<std::string, std::string>> headers;
  // At most one of the three is not empty, and none is with kGet, kHead and kDelete.
  std::string body;
  std::vector<BodyPiece> pieces;  // streamed; the length is known before
  std::vector<FormPart> form;     // multipart/form-data
  bool digest_sent = false;       // with `pieces`: Response::sent_sha256 is wanted
  std::shared_ptr<FileSink> sink;
  // Comes back in Response::tag; the caller knows by it which of its requests was answered.
  int tag = 0;
  // Lower-case names of the headers that Response::headers reports.
  std::vector<std::string> headers_wanted;
  int64_t response_bytes_max = 1 << 20;
  // The answer's status says all: what is missing behind its head is no failure.
  bool status_suffices = false;
  int64_t timeout_ms = 60'000;  // first byte to last
  int64_t connect_timeout_ms = 10'000;
};

// What came back. Exactly one of: transport error (transport set), or an HTTP status.
struct Response {
  enum class Transport {
    kOk,
    kUnreachable,  // refused, no such host, TLS, connect timeout: no byte of the request was sent
    kTimeout,      // after the request began
    kBroken,       // reset, truncated or malformed transfer
    kTooLarge,     // body or headers exceeded their limit
    kRefused,      // the request itself was not acceptable (bad URL, control bytes)
    kForbidden,    // nothing was sent: the address is not one that requests may go to
  };
  Transport transport = Transport::kOk;
  int tag = 0;
  std::string transport_error;  // libcurl's message when transport is not kOk
  int status = 0;
  std::string body;
  std::optional<int64_t> retry_after_ms;
  std::string version_header;  // Debrief-Version, sanitised, at most 200 bytes
  // Those of Request::headers_wanted that came, by lower-case name: printable ASCII, at most 2,000
  // bytes each. Of a header that comes twice, the last.
  std::map<std::string, std::string, std::less<>> headers;
  std::string sent_sha256;  // lower-case hex, when it was asked for
  int64_t sunk_bytes = 0;   // written to Request::sink
  MemoryShare memory;       // of the body
  struct Phases {
    int64_t dns_us = 0, connect_us = 0, tls_us = 0, first_byte_us = 0, total_us = 0;
  } phases;
};

}  // namespace debrief

// exchange.h: what a provider is: a pure step machine between a claimed row and its result.
//
// A provider does no I/O, holds no state of its own and reads no clock. Start() says what to do
// first, Next() what follows from the answer. The worker runs the requests.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "failure.h"
#include "job.h"

namespace debrief {

// A file that is sent while it is read. Owns the descriptor.
class FileSource {
 public:
  FileSource(int fd, int64_t bytes) : fd_(fd), bytes_(bytes) {}
  ~FileSource();
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;
  int fd() const { return fd_; }
  int64_t bytes() const { return bytes_; }

 private:
  int fd_;
  int64_t bytes_;
};

// One part of a multipart/form-data body: text, or a streamed file when `file` is set.
struct FormPart {
  std::string name;
  std::string content_type;
  std::string text;
  std::shared_ptr<const FileSource> file;
};

struct Request {
  enum class Method { kGet, kPost };
  Method method = Method::kPost;
  std::string url;
  // Names and values hold no control bytes: the client refuses the request otherwise.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;            // sent when `form` is empty
  std::vector<FormPart> form;  // multipart/form-data when not empty
  int64_t response_bytes_max = 1 << 20;
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
  };
  Transport transport = Transport::kOk;
  std::string transport_error;  // libcurl's words when transport is not kOk
  int status = 0;
  std::string body;
  std::optional<int64_t> retry_after_ms;
  std::string version_header;  // Debrief-Version, sanitised, at most 200 bytes
  struct Phases {
    int64_t dns_us = 0, connect_us = 0, tls_us = 0, first_byte_us = 0, total_us = 0;
  } phases;
};

// A metric or feedback item of an analysis, already validated.
struct Metric {
  std::string key;
  std::string value;  // decimal text, as PostgreSQL numeric reads it
  std::string unit;
};
struct FeedbackItem {
  std::string timestamp_seconds, category, message, confidence, impact;  // numbers as decimal text
};

struct AnalysisResult {
  std::string title, summary, full_feedback, version;
  std::string raw_response;  // JSON text, valid for jsonb
  std::vector<Metric> metrics;
  std::vector<FeedbackItem> feedback;
};
struct SsmlResult {
  std::vector<std::string> segments;
  std::string version;
};
struct AudioResult {
  std::string bytes;
  std::string version;
};

using Result = std::variant<AnalysisResult, SsmlResult, AudioResult>;
using Step = std::variant<Request, Result, Failure>;

// What a provider needs to know of its server: the options of CREATE SERVER, checked.
struct ServerConfig {
  std::string name;
  std::string kind;
  std::string base_url;     // without a trailing slash
  std::string key;          // the secret itself, resolved by the worker; empty when none
  std::string instruction;  // the stage's own instruction (analysis)
  int64_t timeout_ms = 60'000;
  int64_t ssml_bytes_max = 5'000;  // of the server that speaks
};

// What one call is about: the row, and for audio which part of it.
struct Call {
  const Job* job = nullptr;
  const SpeechPart* part = nullptr;         // kAudio
  std::shared_ptr<const FileSource> video;  // kAnalysis
};

class Provider {
 public:
  virtual ~Provider() = default;
  virtual Step Start(const ServerConfig& server, const Call& call) const = 0;
  // Called with the answer to the request that the step before asked for.
  virtual Step Next(const ServerConfig& server, const Call& call, Response response) const = 0;
};

// The provider of a kind, or null when the kind is unknown. Lives as long as the process.
const Provider* FindProvider(std::string_view kind);

}  // namespace debrief

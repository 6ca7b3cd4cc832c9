// provider.h: what a provider is: a pure step machine between a claimed row and its result.
//
// A provider does no I/O, holds no state of its own and reads no clock. Start() says what to do
// first, Next() what follows from the answer. The worker runs the requests, keeps what a long
// exchange wants kept in the job's row, and waits.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "bgworker/core/http/memory_budget.h"
#include "bgworker/core/model/failure.h"
#include "bgworker/core/model/job.h"

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

// One piece of a body that is put together while it is sent: text, or a whole file, as it is or in
// base64 (with padding).
struct BodyPiece {
  std::string text;
  std::shared_ptr<const FileSource> file;
  bool base64 = false;
};

// Where the body of an answer with status 200 goes instead of into memory. Owns the descriptor.
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
  // Comes back in Response::tag: which of an exchange's requests an answer is about.
  int tag = 0;
  // Lower-case names of the headers that Response::headers is to tell.
  std::vector<std::string> headers_wanted;
  int64_t response_bytes_max = 1 << 20;
  int64_t timeout_ms = 60'000;  // first byte to last
  int64_t connect_timeout_ms = 10'000;
  // When set, it replaces the exchange's state in the job's row, durably, before this is sent.
  std::optional<std::string> state;
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
  std::string transport_error;  // libcurl's words when transport is not kOk
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
  Usage usage;
  std::string title, summary, full_feedback, version;
  std::string raw_response;  // JSON text, valid for jsonb
  std::vector<Metric> metrics;
  std::vector<FeedbackItem> feedback;
};
struct SsmlResult {
  Usage usage;
  std::vector<std::string> segments;
  std::string version;
};
struct AudioResult {
  Usage usage;
  std::string bytes;  // WAV or MP3
  std::string version;
};

using Result = std::variant<AnalysisResult, SsmlResult, AudioResult>;

// Start() is called again after the delay, with the state below.
struct Wait {
  int64_t delay_ms = 0;
  std::optional<std::string> state;  // as in Request
};

using Step = std::variant<Request, Wait, Result, Failure>;

// What a provider or store needs to know of its server: the options of CREATE SERVER, checked.
struct ServerConfig {
  std::string name;
  std::string kind;
  std::string base_url;     // without a trailing slash
  std::string key;          // the secret itself, resolved by the worker; empty when none
  std::string instruction;  // the stage's own instruction
  int64_t timeout_ms = 60'000;
  int64_t ssml_bytes_max = 5'000;                           // of the server that speaks
  std::map<std::string, std::string, std::less<>> options;  // all of them, as written

  std::string Option(std::string_view option, std::string_view otherwise = {}) const {
    const auto found = options.find(option);
    return std::string(found == options.end() ? otherwise : std::string_view(found->second));
  }
};

// What changes from call to call and is not the row's.
struct CallContext {
  int64_t unix_ms = 0;            // wall clock
  std::string_view access_token;  // instead of the key, where the key is a Google service account
};

// What one call is about: the row, and for audio what to speak.
struct CallInput {
  const Job* job = nullptr;
  const SpeechPart* part = nullptr;         // kAudio
  std::string_view speech;                  // kAudio: the input, in the form of SpeechLimits
  std::shared_ptr<const FileSource> video;  // kAnalysis
  std::string_view state;                   // what the exchange kept; empty at its beginning
  CallContext call_context;
};

// What the server takes for one call of stage audio. The core lowers and splits SSML to it.
struct SpeechLimits {
  enum class Form {
    kSsml,            // a document of which only `elements` are left
    kText,            // words alone
    kTextWithBreaks,  // words and <break time="1.5s"/>, not escaped otherwise
    kTextWithPauses,  // words, and `pause` where a break of 200 ms or more was
  };
  enum class Unit { kBytes, kCharacters };
  Form form = Form::kSsml;
  std::vector<std::string_view> elements;  // kSsml; empty: every one that ssml::Check() knows
  std::string_view pause;                  // kTextWithPauses
  int64_t break_ms_max = 10'000;           // longer breaks are shortened
  Unit unit = Unit::kBytes;
  int64_t input_max = 5'000;
};

// One cheap real request that shows whether address, key, model and quota are right.
class Service {
 public:
  virtual ~Service() = default;
  // The service's address: the option base_url, or what follows from the kind and its options. The
  // worker puts it into ServerConfig::base_url before anything else is called.
  virtual std::string BaseUrl(const ServerConfig& server) const { return server.base_url; }
  // A request, or the failure that needs no request to be seen.
  virtual std::variant<Request, Failure> Probe(const ServerConfig& server,
                                               const CallContext& call_context) const = 0;
  // Nothing when all is well.
  virtual std::optional<Failure> ReadProbe(const ServerConfig& server,
                                           const Response& response) const = 0;
};

class Provider : public Service {
 public:
  // The step that follows from call.state: the first one, or after a wait or a crash the next.
  virtual Step Start(const ServerConfig& server, const CallInput& call) const = 0;
  // Called with the answer to the request that the step before asked for.
  virtual Step Next(const ServerConfig& server, const CallInput& call, Response response) const = 0;
  virtual SpeechLimits Limits(const ServerConfig& server) const = 0;
  // Whether an analysis needs CallInput::video: else the recording is not fetched.
  virtual bool NeedsVideo(const ServerConfig&) const { return true; }
};

// The provider of a kind, or null when the kind is unknown. Lives as long as the process.
const Provider* FindProvider(std::string_view kind);

}  // namespace debrief

// gemini_files.cpp: see gemini_files.h.

#include "bgworker/core/services/google/gemini_files.h"

#include <algorithm>
#include <cstdlib>

#include "bgworker/core/http/url.h"
#include "bgworker/core/services/classify.h"
#include "bgworker/core/services/google/errors.h"
#include "bgworker/core/services/kinds.h"
#include "bgworker/core/services/video_type.h"
#include "bgworker/core/text/ascii.h"
#include "bgworker/core/text/base64.h"
#include "bgworker/core/text/hex.h"
#include "bgworker/core/text/json.h"
#include "bgworker/core/text/sha256.h"

namespace debrief::gemini {
namespace {

constexpr std::string_view kPrefix = "files/";
constexpr std::string_view kFileNamePrefix = "files/debrief-";
constexpr size_t kFileNameDigits = 24;
constexpr size_t kFileNameBytesMax = 6 + 40;
constexpr size_t kSha256HexBytes = 64;
constexpr size_t kSha256Bytes = 32;
constexpr size_t kStateBytesMax = 4'096;
constexpr size_t kDisplayNameBytesMax = 200;

bool IsFileName(std::string_view name) {
  return name.starts_with(kPrefix) && name.size() > kPrefix.size() &&
         name.size() <= kFileNameBytesMax &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-", kPrefix.size()) ==
             std::string_view::npos;
}

// The service sends the base64 of the hex digits; that of the digest itself is understood too.
std::string HexOf(const std::string& encoded) {
  const std::optional<std::string> decoded = base64::Decode(encoded);
  if (!decoded) return {};
  if (decoded->size() == kSha256HexBytes) return ascii::Lower(*decoded);
  if (decoded->size() != kSha256Bytes) return {};
  return hex::Encode(*decoded);
}

}  // namespace

std::string UploadState::ToText() const {
  json::Writer writer;
  writer.StartObject().Key("file").String(file).Key("uploaded").Bool(uploaded);
  writer.Key("since_ms").Int(since_ms).EndObject();
  return writer.Take();
}

UploadState UploadState::FromText(std::string_view text) {
  if (text.empty() || text.size() > kStateBytesMax) return {};
  std::string problem;
  const std::optional<json::Value> document = json::Parse(text, &problem);
  if (!document || !document->IsObject()) return {};
  UploadState state{.file = json::TextOf(document->Find("file"))};
  if (!IsFileName(state.file)) return {};
  const std::optional<json::Value> uploaded = document->Find("uploaded");
  const std::optional<json::Value> since = document->Find("since_ms");
  state.uploaded = uploaded && uploaded->IsTrue();
  if (since && since->IsNumber() && since->Number() >= 0 && since->Number() < 1e15) {
    state.since_ms = static_cast<int64_t>(since->Number());
  }
  return state;
}

std::string NewFileName(const Job& job) {
  const std::string what =
      job.correlation_id + "/" + std::to_string(job.id) + "/" + std::to_string(job.token);
  return std::string(kFileNamePrefix) + Sha256Hex(what).substr(0, kFileNameDigits);
}

std::string Version(const ServerConfig& server) {
  return "/" + server.Option("api_version", "v1beta") + "/";
}

Request StartUpload(const ServerConfig& server, const CallInput& call, const UploadState& state) {
  const std::string bytes = std::to_string(call.video->bytes());
  const std::string type = VideoType(call);
  json::Writer writer;
  writer.StartObject().Key("file").StartObject().Key("name").String(state.file);
  writer.Key("displayName").String(state.file.substr(kPrefix.size(), kDisplayNameBytesMax));
  writer.Key("mimeType").String(type).Key("sizeBytes").String(bytes).EndObject().EndObject();
  Request request =
      google::NewRequest(server, call.call_context, "/upload" + Version(server) + "files");
  request.headers.insert(request.headers.end(), {{"X-Goog-Upload-Protocol", "resumable"},
                                                 {"X-Goog-Upload-Command", "start"},
                                                 {"X-Goog-Upload-Header-Content-Length", bytes},
                                                 {"X-Goog-Upload-Header-Content-Type", type},
                                                 {"Content-Type", "application/json"}});
  request.body = writer.Take();
  request.headers_wanted = {"x-goog-upload-url"};
  return request;
}

std::variant<Request, Failure> SendBytes(const ServerConfig& server, const CallInput& call,
                                         const Response& started) {
  const auto address = started.headers.find("x-goog-upload-url");
  if (address == started.headers.end()) return BadAnswer("no address to upload to");
  // The key is sent too, so only to the server that it is for.
  const std::optional<Url> target = ParseUrl(address->second);
  const std::optional<Url> base = ParseUrl(server.base_url);
  if (!target || !base || target->Origin() != base->Origin()) {
    return BadAnswer("the address to upload to is another server's");
  }
  Request request = google::NewRequest(server, call.call_context, "");
  request.url = address->second;
  request.headers.insert(request.headers.end(), {{"X-Goog-Upload-Offset", "0"},
                                                 {"X-Goog-Upload-Command", "upload, finalize"},
                                                 {"Content-Type", VideoType(call)}});
  request.pieces = {{.text = {}, .file = call.video, .base64 = false}};
  request.digest_sent = true;
  return request;
}

Request LookAt(const ServerConfig& server, const CallContext& call_context, std::string_view file) {
  Request request = google::NewRequest(server, call_context, Version(server) + std::string(file));
  request.method = Request::Method::kGet;
  return request;
}

std::optional<RemoteFile> ReadFile(std::string_view body) {
  std::string problem;
  std::optional<json::Value> file = json::Parse(body, &problem);
  if (file && file->Find("file")) file = file->Find("file");
  if (!file || !file->IsObject()) return std::nullopt;
  RemoteFile remote{.uri = json::TextOf(file->Find("uri")),
                    .sha256 = HexOf(json::TextOf(file->Find("sha256Hash")))};
  const std::string state = json::TextOf(file->Find("state"));
  if (state == "ACTIVE") remote.state = RemoteFile::State::kActive;
  if (state == "FAILED") remote.state = RemoteFile::State::kFailed;
  if (const auto error = file->Find("error")) remote.error = json::TextOf(error->Find("message"));
  const std::string bytes = json::TextOf(file->Find("sizeBytes"));
  if (!bytes.empty()) remote.bytes = std::strtoll(bytes.c_str(), nullptr, 10);
  if (remote.uri.empty()) return std::nullopt;
  return remote;
}

}  // namespace debrief::gemini

namespace debrief {
namespace {

class GeminiFiles final : public Deletable {
 public:
  DeleteStep Delete(const ServerConfig& server, const CallContext& call_context,
                    std::string_view path) const override {
    Request request = gemini::LookAt(server, call_context, path);
    request.method = Request::Method::kDelete;
    return request;
  }

  // A file that is not there, or that was another key's, is gone for us; files die after two days.
  std::optional<Failure> ReadDelete(const ServerConfig& server,
                                    const Response& response) const override {
    std::optional<Failure> failure = google::Classify(response, server.key, true);
    if (failure && failure->failure_class == FailureClass::kStaleInput) failure.reset();
    return failure;
  }
};

}  // namespace

std::unique_ptr<const Deletable> NewGeminiFiles() { return std::make_unique<GeminiFiles>(); }

}  // namespace debrief

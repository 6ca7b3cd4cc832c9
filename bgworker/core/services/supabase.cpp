// supabase.cpp: objects in a bucket of Supabase Storage, through its own REST interface.
//
// Options: base_url, bucket, key, prefix, public_url, cache_control. The service answers HTTP
// 400 for nearly every error: the body says what it is. NextPut() looks with a GET on the
// object's description and not with HEAD, whose answer has no body to tell "not there" from "not
// allowed".

#include <algorithm>

#include "bgworker/core/services/classify.h"
#include "bgworker/core/services/kinds.h"
#include "bgworker/core/text/base64.h"
#include "bgworker/core/text/json.h"
#include "bgworker/core/text/redact.h"
#include "bgworker/core/text/uri.h"

namespace debrief {
namespace {

constexpr int64_t kRecordingBytesMax = int64_t{8} << 30;
constexpr size_t kAnswerBytesMax = 64 * 1024;  // what is longer is no answer of the service
// The names carry the content's hash: what is under one never changes.
constexpr std::string_view kCacheControl = "max-age=31536000";

// Empty when an option is missing: the client sends nothing, and ClassifyAnswer() says why.
std::string UrlOf(const ServerConfig& server, std::string_view route, std::string_view rest = {}) {
  const std::string bucket = server.Option("bucket");
  if (server.base_url.empty() || bucket.empty()) return {};
  std::string url = server.base_url + std::string(route) + UriEncode(bucket, false);
  if (!rest.empty()) url += "/" + UriEncode(rest, true);
  return url;
}

// A new key is no JWT: as Bearer it is refused. An old one is wanted in both places.
void Authorize(const ServerConfig& server, Request* request) {
  if (server.key.empty()) return;
  request->headers.emplace_back("apikey", server.key);
  if (!server.key.starts_with("sb_")) {
    request->headers.emplace_back("Authorization", "Bearer " + server.key);
  }
}

Request NewRequest(const ServerConfig& server, Request::Method method, std::string url) {
  Request request;
  request.method = method;
  request.url = std::move(url);
  request.timeout_ms = server.timeout_ms;
  Authorize(server, &request);
  return request;
}

Request ObjectRequest(const ServerConfig& server, Request::Method method, std::string_view route,
                      std::string_view path) {
  return NewRequest(server, method, UrlOf(server, route, NameOf(server, path)));
}

std::optional<json::Value> ReadJson(const Response& response) {
  std::string problem;
  if (response.body.size() > kAnswerBytesMax) return std::nullopt;
  return json::Parse(response.body, &problem);
}

std::string TextOf(const std::optional<json::Value>& object, std::string_view key) {
  const std::optional<json::Value> value = object ? object->Find(key) : std::nullopt;
  if (!value) return {};
  if (value->IsString()) return std::string(value->String());
  return value->IsNumber() ? value->NumberText() : std::string();
}

struct ErrorBody {
  std::string status, code, message;
};

ErrorBody ReadErrorBody(const Response& response) {
  const std::optional<json::Value> object = ReadJson(response);
  ErrorBody error_body{.status = TextOf(object, "statusCode"),
                       .code = TextOf(object, "code"),
                       .message = TextOf(object, "message")};
  if (error_body.code.empty())
    error_body.code = TextOf(object, "error");  // before codes there was only this
  return error_body;
}

struct Meaning {
  std::string_view error_body, code;
};

constexpr std::string_view kConflict = "object_conflict";
constexpr std::string_view kNoSuchObject = "object_not_found";

constexpr Meaning kCodes[] = {
    {"NoSuchKey", kNoSuchObject},
    {"NoSuchBucket", "bucket_not_found"},
    {"Bucket not found", "bucket_not_found"},
    {"KeyAlreadyExists", kConflict},
    {"Duplicate", kConflict},
    {"AccessDenied", "unauthorized"},
    {"InvalidJWT", "unauthorized"},
    {"InvalidKey", "bad_request"},
    {"EntityTooLarge", "too_large"},
    {"Payload too large", "too_large"},
    {"InvalidMimeType", "unsupported_media"},
    {"invalid_mime_type", "unsupported_media"},
    {"SlowDown", "rate_limited"},
    {"ResourceLocked", "internal"},
    {"DatabaseReadOnly", "unavailable"},
    {"LockTimeout", "internal"},
    {"SchemaMismatch", "unavailable"},
    {"DatabaseTimeout", "unavailable"},
};

// Parts of sentences, where the code is too general or an older service gives none.
constexpr Meaning kSentences[] = {
    {"signature verification failed", "unauthorized"}, {"jwt expired", "unauthorized"},
    {"property 'authorization'", "unauthorized"},  // no key was sent
    {"Bucket not found", "bucket_not_found"},          {"Object not found", kNoSuchObject},
};

// Those that mean something else here than in classify.cpp.
constexpr Meaning kStatuses[] = {
    {"409", kConflict},
    {"423", "internal"},
};

// Our code for what the answer says; empty when only the status is known.
std::string_view CodeOf(const ErrorBody& error_body) {
  for (const Meaning& meaning : kCodes) {
    if (error_body.code == meaning.error_body) return meaning.code;
  }
  for (const Meaning& meaning : kSentences) {
    if (error_body.message.find(meaning.error_body) != std::string::npos) return meaning.code;
  }
  if (error_body.code == "not_found") return kNoSuchObject;
  for (const Meaning& meaning : kStatuses) {
    if (error_body.status == meaning.error_body) return meaning.code;
  }
  return {};
}

Failure Conflict(const Response& response, std::string_view message, std::string_view key) {
  return {.failure_class = FailureClass::kPermanent,
          .code = std::string(kConflict),
          .message = "Another object has the path.",
          .detail = CleanDetail(message, key),
          .http_status = response.status};
}

// Nothing when the status is 200.
std::optional<Failure> ClassifyAnswer(const ServerConfig& server, const Response& response) {
  if (UrlOf(server, "").empty()) {
    return ClassifyCode("not_configured", Response(), "the options base_url and bucket are needed",
                        server.key);
  }
  if (auto failure = ClassifyTransport(response, server.key)) return failure;
  if (response.status == kStatusOk) return std::nullopt;
  ErrorBody error_body = ReadErrorBody(response);
  Response meant;  // of the answer, what classify.h reads of it
  meant.status = StatusInBody(error_body.status).value_or(response.status);
  meant.retry_after_ms = response.retry_after_ms;
  error_body.status = std::to_string(meant.status);
  const std::string_view code = CodeOf(error_body);
  if (error_body.message.empty())
    error_body.message = error_body.code.empty() ? response.body : error_body.code;
  if (code == kConflict) return Conflict(meant, error_body.message, server.key);
  return code.empty() ? ClassifyStatus(meant, error_body.message, server.key)
                      : ClassifyCode(code, meant, error_body.message, server.key);
}

// Whether the object may be there although the answer does not say so.
bool LeavesDoubt(const Response& response) {
  switch (response.transport) {
    case Response::Transport::kTimeout:
    case Response::Transport::kBroken:
    case Response::Transport::kTooLarge:
      return true;
    case Response::Transport::kOk:
      break;
    default:
      return false;
  }
  return response.status == kStatusOk && TextOf(ReadJson(response), "Key").empty();
}

// What the look at the object says about our upload.
PutStep ReadLook(const ServerConfig& server, const NewObject& object, const Response& response) {
  if (auto failure = ClassifyAnswer(server, response)) {
    if (failure->code != kNoSuchObject) return std::move(*failure);
    return ClassifyCode("internal", response, "the upload left no object", server.key);
  }
  const std::optional<json::Value> description = ReadJson(response);
  const std::optional<json::Value> size = description ? description->Find("size") : std::nullopt;
  if (!size || !size->IsNumber()) return BadAnswer("the object's description has no size");
  // What StartPut() sent along when the object was made; none where somebody else made it.
  const std::string sha256 = TextOf(description->Find("metadata"), "sha256");
  if (size->Number() == static_cast<double>(object.bytes.size()) &&
      (sha256.empty() || sha256 == object.sha256)) {
    return Stored{};
  }
  return Conflict(response,
                  "it has other contents: " + size->NumberText() + " bytes, ours " +
                      std::to_string(object.bytes.size()),
                  server.key);
}

class SupabaseStore final : public Store {
 public:
  PutStep StartPut(const ServerConfig& server, const CallContext&,
                   const NewObject& object) const override {
    Request request = ObjectRequest(server, Request::Method::kPost, "/object/", object.path);
    request.headers.emplace_back("Content-Type", object.content_type);
    request.headers.emplace_back("Cache-Control", server.Option("cache_control", kCacheControl));
    request.headers.emplace_back("x-upsert", "false");
    json::Writer metadata;
    metadata.StartObject().Key("sha256").String(object.sha256).EndObject();
    request.headers.emplace_back("x-metadata", base64::Encode(metadata.Take()));
    request.body = object.bytes;
    return request;
  }

  PutStep NextPut(const ServerConfig& server, const CallContext&, const NewObject& object,
                  const Response& response, bool looked) const override {
    if (looked) return ReadLook(server, object, response);
    const std::optional<Failure> failure = ClassifyAnswer(server, response);
    if (LeavesDoubt(response) || (failure && failure->code == kConflict)) {
      return ObjectRequest(server, Request::Method::kGet, "/object/info/", object.path);
    }
    if (failure) return *failure;
    return Stored{};
  }

  GetStep Get(const ServerConfig& server, const CallContext&,
              std::string_view path) const override {
    Request request = ObjectRequest(server, Request::Method::kGet, "/object/authenticated/", path);
    request.response_bytes_max = kRecordingBytesMax;
    return request;
  }

  std::optional<Failure> ReadGet(const ServerConfig& server,
                                 const Response& response) const override {
    return ClassifyAnswer(server, response);
  }

  DeleteStep Delete(const ServerConfig& server, const CallContext&,
                    std::string_view path) const override {
    return ObjectRequest(server, Request::Method::kDelete, "/object/", path);
  }

  std::optional<Failure> ReadDelete(const ServerConfig& server,
                                    const Response& response) const override {
    std::optional<Failure> failure = ClassifyAnswer(server, response);
    if (failure && failure->code == kNoSuchObject) return std::nullopt;
    return failure;
  }

  std::string Url(const ServerConfig& server, std::string_view path) const override {
    const std::string public_url = server.Option("public_url");
    if (public_url.empty()) {
      return "supabase://" + server.Option("bucket") + "/" + NameOf(server, path);
    }
    return public_url + (public_url.ends_with('/') ? "" : "/") + std::string(path);
  }

  ProbeStep Probe(const ServerConfig& server, const CallContext&) const override {
    std::string url = UrlOf(server, "/bucket/");
    if (url.empty()) return *ClassifyAnswer(server, Response());
    return NewRequest(server, Request::Method::kGet, std::move(url));
  }

  // That the bucket is public is no failure, and there is no other answer to tell it with.
  std::optional<Failure> ReadProbe(const ServerConfig& server,
                                   const Response& response) const override {
    if (auto failure = ClassifyAnswer(server, response)) return failure;
    if (TextOf(ReadJson(response), "id").empty()) return BadAnswer("the answer is no bucket");
    return std::nullopt;
  }
};

}  // namespace

std::unique_ptr<const Store> NewSupabaseStore() { return std::make_unique<SupabaseStore>(); }

}  // namespace debrief

// s3.cpp: objects in a bucket of Amazon S3, or of a service that speaks like it.
//
// Options: region, base_url, bucket, key ("ID:SECRET[:SESSION_TOKEN]"), style, prefix,
// public_url, no_overwrite. An upload of which nobody knows how it ended, and one whose path was
// taken, is looked at with HEAD: an object of our size, and of our digest where it has one, is
// ours.

#include <algorithm>

#include "bgworker/core/services/aws/errors.h"
#include "bgworker/core/services/aws/signature.h"
#include "bgworker/core/services/classify.h"
#include "bgworker/core/services/directory.h"
#include "bgworker/core/services/kinds.h"
#include "bgworker/core/text/ascii.h"
#include "bgworker/core/text/base64.h"
#include "bgworker/core/text/md5.h"
#include "bgworker/core/text/redact.h"
#include "bgworker/core/text/uri.h"

namespace debrief {
namespace {

constexpr int kNoContent = 204;
constexpr int kMoved = 301;
constexpr int kMovedForNow = 307;
constexpr int kBadRequest = 400;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
constexpr int kConflict = 409;
constexpr int kPreconditionFailed = 412;
constexpr int64_t kRecordingBytesMax = int64_t{8} << 30;
constexpr size_t kBucketBytesMax = 255;
constexpr char kLengthHeader[] = "content-length";
constexpr char kRegionHeader[] = "x-amz-bucket-region";
constexpr char kDigestHeader[] = "x-amz-meta-sha256";

constexpr aws::Meaning kCodes[] = {
    {"NoSuchKey", "object_not_found"},
    {"InvalidObjectState", "object_not_found"},  // archived: it must be restored first
    {"NoSuchBucket", "bucket_not_found"},
    {"InvalidBucketName", "not_configured"},
    {"NotImplemented", "not_configured"},
    {"EntityTooLarge", "too_large"},
    {"QuotaExceeded", "quota_exhausted"},
    {"XMinioAdminBucketQuotaExceeded", "quota_exhausted"},
    {"SlowDownRead", "rate_limited"},
    {"SlowDownWrite", "rate_limited"},
    {"RequestTimeout", "internal"},
    {"BadDigest", "internal"},
    {"IncompleteBody", "internal"},
    {"XAmzContentSHA256Mismatch", "internal"},
    {"ConditionalRequestConflict", "internal"},
    {"OperationAborted", "internal"},
};

// An address of the operator's has one certificate, for one host; and the one of AWS does not hold
// for a bucket with a dot in its name.
std::string StyleOf(const ServerConfig& server) {
  const bool is_own = !server.Option("base_url").empty();
  const bool has_dot = server.Option("bucket").find('.') != std::string::npos;
  return server.Option("style", is_own || has_dot ? "path" : "virtual");
}

bool IsBucket(std::string_view bucket) {
  return !bucket.empty() && bucket.size() <= kBucketBytesMax && ascii::IsLetterOrDigit(bucket[0]) &&
         std::all_of(bucket.begin(), bucket.end(), [](char c) {
           return ascii::IsLetterOrDigit(c) || c == '-' || c == '.' || c == '_';
         });
}

// Empty when all is well.
std::string_view WhyNotConfigured(const ServerConfig& server) {
  if (!aws::IsRegion(server.Option("region")))
    return "the option region is not set, or no region's name";
  if (server.base_url.find("://") == std::string::npos) return "the option base_url is needed";
  if (!IsBucket(server.Option("bucket")))
    return "the option bucket is not set, or no bucket's name";
  const std::string style = StyleOf(server);
  if (style != "path" && style != "virtual") return "style is neither path nor virtual";
  const std::string no_overwrite = server.Option("no_overwrite", "yes");
  if (no_overwrite != "yes" && no_overwrite != "no") return "no_overwrite is neither yes nor no";
  // libcurl resolves segments of dots: the request would not be the one that was signed.
  const std::string prefix = PrefixOf(server);
  if (!prefix.empty() && !directory_store::IsSafePath(prefix))
    return "the option prefix is no path";
  if (!aws::ParseCredentials(server.key)) {
    return "the key is not of the form ID:SECRET or ID:SECRET:SESSION_TOKEN";
  }
  return {};
}

std::string BucketUrl(const ServerConfig& server) {
  const std::string bucket = server.Option("bucket");
  if (StyleOf(server) == "path") return server.base_url + "/" + bucket;
  const size_t host = server.base_url.find("://") + 3;
  return server.base_url.substr(0, host) + bucket + "." + server.base_url.substr(host);
}

// Not sent by the client, which knows no empty URL, when an option is wrong: ClassifyAnswer() then
// says which.
Request NewRequest(const ServerConfig& server, Request::Method method, std::string_view rest) {
  Request request;
  request.method = method;
  if (WhyNotConfigured(server).empty()) request.url = BucketUrl(server) + std::string(rest);
  request.timeout_ms = server.timeout_ms;
  request.headers_wanted = {kRegionHeader};
  return request;
}

Request Signed(const ServerConfig& server, const CallContext& call_context, Request request) {
  if (request.url.empty()) return request;
  aws::Sign(*aws::ParseCredentials(server.key),
            {.region = server.Option("region"), .service = "s3"}, call_context.unix_ms, &request);
  return request;
}

Request ObjectRequest(const ServerConfig& server, Request::Method method, std::string_view path) {
  return NewRequest(server, method, "/" + UriEncode(NameOf(server, path), true));
}

// Where the bucket is, when that is what the answer is about.
bool TellsOfRegion(const ServerConfig& server, const Response& response, const aws::Error& error,
                   std::string* region) {
  *region = error.region.empty() ? aws::HeaderOf(response, kRegionHeader) : error.region;
  if (!aws::IsRegion(*region)) region->clear();
  if (response.status == kMoved || response.status == kMovedForNow) return true;
  if (error.code == "AuthorizationHeaderMalformed") return true;
  // All that an answer to HEAD can tell.
  return error.code.empty() && response.status == kBadRequest && !region->empty() &&
         *region != server.Option("region");
}

// Nothing when the status is 200.
std::optional<Failure> ClassifyAnswer(const ServerConfig& server, const Response& response) {
  const std::string_view why = WhyNotConfigured(server);
  if (!why.empty()) return ClassifyCode("not_configured", Response(), why, {});
  if (auto failure = ClassifyTransport(response, server.key)) return failure;
  if (response.status == kStatusOk) return std::nullopt;
  aws::Error error = aws::ReadXmlError(response.body);
  std::string region;
  if (!TellsOfRegion(server, response, error, &region)) {
    return aws::ClassifyError(error, kCodes, response, server.key);
  }
  error.message = (region.empty() ? "the bucket is in another region, or the key is malformed; "
                                  : "the bucket is in region " + region + "; ") +
                  error.message;
  const aws::Meaning wrong_region[] = {{error.code, "not_configured"}};
  return aws::ClassifyError(error, wrong_region, response, server.key);
}

// Whether the object may be there although the answer does not say so. What says "stored" is 200
// without a body.
bool LeavesDoubt(const Response& response) {
  using Transport = Response::Transport;
  if (response.transport != Transport::kOk) {
    return response.transport == Transport::kTimeout || response.transport == Transport::kBroken ||
           response.transport == Transport::kTooLarge;
  }
  const bool is_success = response.status >= 200 && response.status < 300;
  return (is_success && (response.status != kStatusOk || !response.body.empty())) ||
         response.status == kConflict || response.status == kPreconditionFailed;
}

// What the look at the object says about our upload.
PutStep ReadLook(const ServerConfig& server, const NewObject& object, const Response& response) {
  if (auto failure = ClassifyAnswer(server, response)) {
    if (response.status == kNotFound) {
      return ClassifyCode("internal", response, "the upload left no object", server.key);
    }
    if (response.status == kForbidden) {
      failure->detail =
          "HTTP status 403 to HEAD: the key may not read the object or list the bucket";
    }
    return std::move(*failure);
  }
  const std::string length = aws::HeaderOf(response, kLengthHeader);
  const bool is_number = !length.empty() && std::all_of(length.begin(), length.end(), [](char c) {
    return c >= '0' && c <= '9';
  });
  if (!is_number) return BadAnswer("the answer to HEAD has no length");
  const std::string digest = aws::HeaderOf(response, kDigestHeader);
  if (length == std::to_string(object.bytes.size()) &&
      (digest.empty() || digest == object.sha256)) {
    return Stored{};
  }
  return Failure{.failure_class = FailureClass::kPermanent,
                 .code = "object_conflict",
                 .message = "Another object has the path.",
                 .detail = CleanDetail("it has other contents: " + length + " bytes, ours " +
                                           std::to_string(object.bytes.size()),
                                       server.key),
                 .http_status = response.status};
}

class S3Store final : public Store {
 public:
  std::string BaseUrl(const ServerConfig& server) const override {
    if (!server.base_url.empty()) return server.base_url;
    const std::string region = server.Option("region");
    if (!aws::IsRegion(region) || region == "auto") return {};
    return "https://s3." + region + ".amazonaws.com";
  }

  PutStep StartPut(const ServerConfig& server, const CallContext& call_context,
                   const NewObject& object) const override {
    Request request = ObjectRequest(server, Request::Method::kPut, object.path);
    request.headers = {{"Content-Type", object.content_type}, {kDigestHeader, object.sha256}};
    // A bucket with object lock takes nothing without one of the service's own checksums, and this
    // is the one that every service knows.
    if (const std::string md5 = Md5(object.bytes); !md5.empty()) {
      request.headers.emplace_back("Content-MD5", base64::Encode(md5));
    }
    if (server.Option("no_overwrite", "yes") == "yes") {
      request.headers.emplace_back("If-None-Match", "*");
    }
    request.body = object.bytes;
    return Signed(server, call_context, std::move(request));
  }

  PutStep NextPut(const ServerConfig& server, const CallContext& call_context,
                  const NewObject& object, const Response& response, bool looked) const override {
    constexpr int kNotImplemented = 501;
    if (looked) return ReadLook(server, object, response);
    std::optional<Failure> failure = ClassifyAnswer(server, response);
    if (LeavesDoubt(response)) {
      Request request = ObjectRequest(server, Request::Method::kHead, object.path);
      request.headers_wanted = {kLengthHeader, kDigestHeader, kRegionHeader};
      return Signed(server, call_context, std::move(request));
    }
    if (!failure) return Stored{};
    if (response.status == kNotImplemented) {
      failure->detail = CleanDetail(
          "a service that does not know If-None-Match needs no_overwrite 'no'; " + failure->detail);
    }
    return std::move(*failure);
  }

  GetStep Get(const ServerConfig& server, const CallContext& call_context,
              std::string_view path) const override {
    Request request = ObjectRequest(server, Request::Method::kGet, path);
    request.response_bytes_max = kRecordingBytesMax;
    return Signed(server, call_context, std::move(request));
  }

  std::optional<Failure> ReadGet(const ServerConfig& server,
                                 const Response& response) const override {
    std::optional<Failure> failure = ClassifyAnswer(server, response);
    // Not every service that speaks like S3 gives a code with it.
    if (failure && failure->code == "endpoint_not_found" && response.status == kNotFound) {
      return ClassifyCode("object_not_found", response, failure->detail, server.key);
    }
    return failure;
  }

  DeleteStep Delete(const ServerConfig& server, const CallContext& call_context,
                    std::string_view path) const override {
    return Signed(server, call_context, ObjectRequest(server, Request::Method::kDelete, path));
  }

  std::optional<Failure> ReadDelete(const ServerConfig& server,
                                    const Response& response) const override {
    std::optional<Failure> failure = ClassifyAnswer(server, response);
    if (failure && (response.status == kNoContent || failure->code == "object_not_found")) {
      return std::nullopt;
    }
    return failure;
  }

  std::string Url(const ServerConfig& server, std::string_view path) const override {
    const std::string public_url = server.Option("public_url");
    if (public_url.empty()) return "s3://" + server.Option("bucket") + "/" + NameOf(server, path);
    return public_url + (public_url.ends_with('/') ? "" : "/") + std::string(path);
  }

  // A list, because a refusal of it has words, which one of HEAD has not.
  ProbeStep Probe(const ServerConfig& server, const CallContext& call_context) const override {
    const std::string_view why = WhyNotConfigured(server);
    if (!why.empty()) return ClassifyCode("not_configured", Response(), why, {});
    const std::string prefix = NameOf(server, "");
    std::string query = "?list-type=2&max-keys=1";
    if (!prefix.empty()) query += "&prefix=" + UriEncode(prefix, false);
    return Signed(server, call_context, NewRequest(server, Request::Method::kGet, "/" + query));
  }

  std::optional<Failure> ReadProbe(const ServerConfig& server,
                                   const Response& response) const override {
    if (auto failure = ClassifyAnswer(server, response)) return failure;
    if (response.body.find("<ListBucketResult") == std::string::npos) {
      return BadAnswer("the answer is no list of a bucket");
    }
    return std::nullopt;
  }
};

}  // namespace

std::unique_ptr<const Store> NewS3Store() { return std::make_unique<S3Store>(); }

}  // namespace debrief

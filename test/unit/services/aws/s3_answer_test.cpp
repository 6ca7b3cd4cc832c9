// s3_answer_test.cpp: what the answers of S3 mean.
#include <gtest/gtest.h>

#include "bgworker/core/services/kinds.h"
#include "test/unit/services/aws/s3_fixture.h"

namespace debrief::s3_fixture {
namespace {

Failure GetFailure(const Response& response) {
  return *FindStore("s3")->ReadGet(Server(), response);
}

Response Described(const std::string& length, const std::string& sha256 = "") {
  Headers told = {{"content-length", length}};
  if (!sha256.empty()) told["x-amz-meta-sha256"] = sha256;
  return Answer(200, "", told);
}

TEST(S3Put, IsDoneWith200) { EXPECT_EQ(CodeOf(Put(Answer(200))), "stored"); }

TEST(S3Put, LooksWhenThePathIsTaken) {
  EXPECT_EQ(CodeOf(Put(Error(412, "PreconditionFailed"))), "look");
  EXPECT_EQ(CodeOf(Put(Error(409, "ConditionalRequestConflict"))), "look");
}

TEST(S3Put, LooksWhenNobodyKnowsHowItEnded) {
  using Transport = Response::Transport;
  for (const Transport transport :
       {Transport::kTimeout, Transport::kBroken, Transport::kTooLarge}) {
    EXPECT_EQ(CodeOf(Put(Broken(transport))), "look");
  }
  // Not what the service says when it stored something.
  EXPECT_EQ(CodeOf(Put(Answer(200, "<html>Welcome to the hotel!"))), "look");
  EXPECT_EQ(CodeOf(Put(Answer(202))), "look");
  EXPECT_EQ(CodeOf(Put(Answer(204))), "look");
}

TEST(S3Put, FailsWhenNothingWasSent) {
  using Transport = Response::Transport;
  EXPECT_EQ(CodeOf(Put(Broken(Transport::kUnreachable))), "unreachable");
  EXPECT_EQ(CodeOf(Put(Broken(Transport::kRefused))), "request_refused");
  EXPECT_EQ(CodeOf(Put(Broken(Transport::kForbidden))), "address_not_allowed");
}

TEST(S3Put, FailsAsTheServiceSays) {
  EXPECT_EQ(CodeOf(Put(Error(403, "AccessDenied"))), "unauthorized");
  EXPECT_EQ(CodeOf(Put(Error(503, "SlowDown"))), "rate_limited");
  EXPECT_EQ(CodeOf(Put(Error(500, "InternalError"))), "internal");
}

TEST(S3Put, NamesTheOptionForAServiceThatKnowsNoConditions) {
  const Failure failure = std::get<Failure>(Put(Error(501, "NotImplemented")));
  EXPECT_EQ(failure.code, "not_configured");
  EXPECT_NE(failure.detail.find("no_overwrite 'no'"), std::string::npos);
  EXPECT_NE(failure.detail.find("NotImplemented: words"), std::string::npos);
}

TEST(S3Look, TakesTheSameSizeForTheSameObject) {
  EXPECT_EQ(CodeOf(Put(Described("5"), true)), "stored");
  EXPECT_EQ(CodeOf(Put(Described("5", "ab12"), true)), "stored");
}

TEST(S3Look, TakesAnotherSizeOrDigestForAnotherObject) {
  for (const Response& response : {Described("4"), Described("50"), Described("5", "ab13")}) {
    const Failure failure = std::get<Failure>(Put(response, true));
    EXPECT_EQ(failure.code, "object_conflict");
    EXPECT_EQ(failure.failure_class, FailureClass::kPermanent);
    EXPECT_EQ(failure.message, "Another object has the path.");
    EXPECT_NE(failure.detail.find("ours 5"), std::string::npos);
  }
}

TEST(S3Look, TriesAgainWhenNothingIsThere) {
  const Failure failure = std::get<Failure>(Put(Answer(404), true));
  EXPECT_EQ(failure.code, "internal");
  EXPECT_EQ(failure.failure_class, FailureClass::kUnproven);
}

TEST(S3Look, NeedsALength) {
  for (const char* length : {"", "x", "-5", "5, 5", "0x5"}) {
    EXPECT_EQ(CodeOf(Put(Described(length), true)), "bad_answer") << length;
  }
  EXPECT_EQ(CodeOf(Put(Answer(200), true)), "bad_answer");
}

TEST(S3Look, GoesByTheStatusBecauseThereIsNoBody) {
  EXPECT_EQ(CodeOf(Put(Answer(503), true)), "unavailable");
  EXPECT_EQ(CodeOf(Put(Answer(429), true)), "rate_limited");
  EXPECT_EQ(CodeOf(Put(Broken(Response::Transport::kTimeout), true)), "timeout");
  const Failure failure = std::get<Failure>(Put(Answer(403), true));
  EXPECT_EQ(failure.code, "unauthorized");
  EXPECT_NE(failure.detail.find("list the bucket"), std::string::npos);
}

TEST(S3, ClassifiesByTheCode) {
  struct Line {
    int status;
    const char* told;
    const char* code;
    FailureClass failure_class;
  };
  constexpr Line kTable[] = {
      {403, "AccessDenied", "unauthorized", FailureClass::kAuth},
      {403, "InvalidAccessKeyId", "unauthorized", FailureClass::kAuth},
      {403, "SignatureDoesNotMatch", "unauthorized", FailureClass::kAuth},
      {400, "ExpiredToken", "unauthorized", FailureClass::kAuth},
      {400, "InvalidToken", "unauthorized", FailureClass::kAuth},
      {404, "NoSuchKey", "object_not_found", FailureClass::kPermanent},
      {403, "InvalidObjectState", "object_not_found", FailureClass::kPermanent},
      {404, "NoSuchBucket", "bucket_not_found", FailureClass::kConfig},
      {400, "InvalidBucketName", "not_configured", FailureClass::kConfig},
      {503, "SlowDown", "rate_limited", FailureClass::kRateLimited},
      {503, "SlowDownWrite", "rate_limited", FailureClass::kRateLimited},
      {403, "QuotaExceeded", "quota_exhausted", FailureClass::kQuota},
      {400, "XMinioAdminBucketQuotaExceeded", "quota_exhausted", FailureClass::kQuota},
      {507, "XMinioStorageFull", "unavailable", FailureClass::kOutage},
      {503, "SlowDownRead", "rate_limited", FailureClass::kRateLimited},
      {429, "Unheard", "rate_limited", FailureClass::kRateLimited},
      {400, "RequestTimeout", "internal", FailureClass::kUnproven},
      {400, "BadDigest", "internal", FailureClass::kUnproven},
      {400, "IncompleteBody", "internal", FailureClass::kUnproven},
      {400, "XAmzContentSHA256Mismatch", "internal", FailureClass::kUnproven},
      {409, "ConditionalRequestConflict", "internal", FailureClass::kUnproven},
      {409, "OperationAborted", "internal", FailureClass::kUnproven},
      {500, "InternalError", "internal", FailureClass::kUnproven},
      {503, "ServiceUnavailable", "unavailable", FailureClass::kOutage},
      {400, "EntityTooLarge", "too_large", FailureClass::kTooLarge},
      {400, "KeyTooLongError", "bad_request", FailureClass::kPermanent},
  };
  for (const Line& line : kTable) {
    const Failure failure = GetFailure(Error(line.status, line.told));
    EXPECT_EQ(failure.code, line.code) << line.told;
    EXPECT_EQ(failure.failure_class, line.failure_class) << line.told;
    EXPECT_EQ(failure.detail, std::string(line.told) + ": words");
    EXPECT_EQ(failure.http_status, line.status);
  }
}

TEST(S3, ClassifiesByTheStatusWithoutACode) {
  const std::map<int, std::string> table = {
      {204, "internal"},     {302, "redirected"},   {400, "bad_request"},
      {401, "unauthorized"}, {403, "unauthorized"}, {404, "object_not_found"},
      {429, "rate_limited"}, {500, "internal"},     {502, "unavailable"},
      {503, "unavailable"},  {504, "unavailable"}};
  for (const auto& [status, code] : table) {
    for (const char* body : {"", "<html>", "<Error><Code>NoSuchKey", "{}", "\xff",
                             "<!DOCTYPE a><Error><Code>NoSuchKey</Code></Error>"}) {
      EXPECT_EQ(GetFailure(Answer(status, body)).code, code) << status << body;
    }
  }
}

TEST(S3, NamesTheRegionOfABucketThatIsElsewhere) {
  const Response malformed =
      Error(400, "AuthorizationHeaderMalformed", "<Region>us-west-2</Region>");
  Response moved = Error(301, "PermanentRedirect");
  moved.headers["x-amz-bucket-region"] = "us-west-2";
  const Response head = Answer(400, "", {{"x-amz-bucket-region", "us-west-2"}});
  const Response moved_head = Answer(301, "", {{"x-amz-bucket-region", "us-west-2"}});
  const Response for_now = Error(307, "TemporaryRedirect", "<Region>us-west-2</Region>");
  for (const Response& response : {malformed, moved, head, moved_head, for_now}) {
    const Failure failure = GetFailure(response);
    EXPECT_EQ(failure.code, "not_configured");
    EXPECT_NE(failure.detail.find("the bucket is in region us-west-2"), std::string::npos)
        << failure.detail;
  }
}

TEST(S3, BlamesTheRegionOnlyWhereItIsAnother) {
  EXPECT_EQ(GetFailure(Answer(400, "", {{"x-amz-bucket-region", "eu-west-1"}})).code,
            "bad_request");
  EXPECT_EQ(GetFailure(Answer(400, "", {{"x-amz-bucket-region", "<b>"}})).code, "bad_request");
  EXPECT_EQ(GetFailure(Answer(301)).code, "not_configured");
  EXPECT_EQ(GetFailure(Answer(307)).code, "not_configured");
}

TEST(S3, WaitsAMinuteForAClockAndNamesIt) {
  const Failure failure = GetFailure(Error(403, "RequestTimeTooSkewed"));
  EXPECT_EQ(failure.code, "unavailable");
  EXPECT_EQ(failure.retry_after_ms, 60'000);
  EXPECT_NE(failure.detail.find("clock"), std::string::npos);
}

TEST(S3, LetsNoSecretIntoDetails) {
  const Failure failure =
      GetFailure(Error(400, "AuthorizationHeaderMalformed", "<Region>a</Region>"));
  EXPECT_EQ(failure.detail.find("T0KEN"), std::string::npos);
  for (const std::string& secret : {std::string("s3cr3ts3cr3ts3cr3t"), std::string("T0KENT0KEN")}) {
    const Failure told = GetFailure(
        Answer(400, "<Error><Code>X</Code><Message>sent: " + secret + "</Message></Error>"));
    EXPECT_EQ(told.detail, "X: sent: [redacted]");
  }
}

TEST(S3Get, IsDoneWith200Only) {
  EXPECT_EQ(CodeOf(FindStore("s3")->ReadGet(Server(), Answer(200))), "");
  EXPECT_EQ(CodeOf(FindStore("s3")->ReadGet(Server(), Answer(206))), "internal");
  EXPECT_EQ(CodeOf(FindStore("s3")->ReadGet(Server(), Broken(Response::Transport::kBroken))),
            "connection_broken");
}

TEST(S3Get, TakesA404WithoutACodeForAMissingObject) {
  const Failure failure = GetFailure(Answer(404, "<html>Not here", {}));
  EXPECT_EQ(failure.code, "object_not_found");
  EXPECT_EQ(failure.failure_class, FailureClass::kPermanent);
  EXPECT_EQ(failure.detail, "<html>Not here");
  EXPECT_EQ(failure.http_status, 404);
  // A list was asked for: it is the address that is wrong.
  EXPECT_EQ(CodeOf(FindStore("s3")->ReadProbe(Server(), Answer(404))), "endpoint_not_found");
}

TEST(S3Delete, TakesWhatIsNotThereForGone) {
  for (const Response& response : {Answer(200), Answer(204), Error(404, "NoSuchKey")}) {
    EXPECT_EQ(CodeOf(FindStore("s3")->ReadDelete(Server(), response)), "");
  }
}

TEST(S3Delete, TakesNothingElseForGone) {
  EXPECT_EQ(CodeOf(FindStore("s3")->ReadDelete(Server(), Error(404, "NoSuchBucket"))),
            "bucket_not_found");
  EXPECT_EQ(CodeOf(FindStore("s3")->ReadDelete(Server(), Answer(404, "<html>"))),
            "endpoint_not_found");
  EXPECT_EQ(CodeOf(FindStore("s3")->ReadDelete(Server(), Error(403, "AccessDenied"))),
            "unauthorized");
  EXPECT_EQ(CodeOf(FindStore("s3")->ReadDelete(Server(), Broken(Response::Transport::kTimeout))),
            "timeout");
}

TEST(S3Probe, NeedsAList) {
  const Store& store = *FindStore("s3");
  EXPECT_EQ(CodeOf(store.ReadProbe(Server(), Answer(200,
                                                    "<?xml version=\"1.0\"?><ListBucketResult "
                                                    "xmlns=\"x\"></ListBucketResult>"))),
            "");
  for (const char* body : {"", "<html>", "{}"}) {
    EXPECT_EQ(CodeOf(store.ReadProbe(Server(), Answer(200, body))), "bad_answer") << body;
  }
  EXPECT_EQ(CodeOf(store.ReadProbe(Server(), Error(404, "NoSuchBucket"))), "bucket_not_found");
}

}  // namespace
}  // namespace debrief::s3_fixture

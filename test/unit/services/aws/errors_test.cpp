// errors_test.cpp: what the errors of AWS say, and what is no error of theirs.
#include "bgworker/core/services/aws/errors.h"

#include <gtest/gtest.h>

#include <map>

namespace debrief::aws {
namespace {

constexpr char kKey[] = "AKIDEXAMPLE:s3cr3t/s3cr3t:T0KEN";

std::string Xml(const std::string& code, const std::string& message = "words") {
  return R"(<?xml version="1.0" encoding="UTF-8"?>)"
         "\n<Error><Code>" +
         code + "</Code><Message>" + message + "</Message><RequestId>4442</RequestId></Error>";
}

Response Answer(int status, std::string body = "", std::string type = "") {
  Response response;
  response.status = status;
  response.body = std::move(body);
  if (!type.empty()) response.headers["x-amzn-errortype"] = std::move(type);
  return response;
}

Failure Classified(const std::string& code, int status, const std::string& message = "words") {
  return ClassifyError({.code = code, .message = message}, {}, Answer(status), kKey);
}

TEST(AwsXmlError, GivesCodeMessageAndRegion) {
  const Error error = ReadXmlError(
      "<Error xmlns='http://s3.amazonaws.com/doc/2006-03-01/'>\n"
      "  <Code>AuthorizationHeaderMalformed</Code>\n"
      "  <Message>the region &apos;us-east-1&apos; is <![CDATA[<wrong>]]></Message>\n"
      "  <Region>eu-west-1</Region><Other><Nested>x</Nested></Other>\n"
      "</Error>");
  EXPECT_EQ(error.code, "AuthorizationHeaderMalformed");
  EXPECT_EQ(error.message, "the region 'us-east-1' is <wrong>");
  EXPECT_EQ(error.region, "eu-west-1");
}

TEST(AwsXmlError, IsNothingElse) {
  for (const std::string& body : {
           std::string(),
           std::string("words"),
           std::string("<Error>"),
           std::string("<Error/>"),
           std::string("<Error></Error>"),
           std::string("<Error><Code></Code></Error>"),
           std::string("<Error><Message>no code</Message></Error>"),
           std::string("<html><Code>NoSuchKey</Code></html>"),
           std::string("<R><Error><Code>NoSuchKey</Code></Error></R>"),
           Xml("NoSuchKey") + "<x/>",
           Xml("No such key"),
           Xml("NoSuchKey</Code><Code>SlowDown"),
           Xml("NoSuch<b/>Key"),
           Xml("NoSuchKey", "\xff"),
           Xml("NoSuchKey", "&nbsp;"),
           Xml("NoSuchKey").substr(0, 80),
           Xml(std::string(129, 'x')),
           Xml("NoSuchKey", std::string(5'000, 'x')),
           Xml("NoSuchKey") + std::string(70'000, ' '),
       }) {
    const Error error = ReadXmlError(body);
    EXPECT_EQ(error.code, "") << body.substr(0, 100);
    EXPECT_EQ(error.message, "") << body.substr(0, 100);
  }
}

TEST(AwsXmlError, HasNoDoctype) {
  EXPECT_EQ(ReadXmlError("<!DOCTYPE Error><Error><Code>NoSuchKey</Code></Error>").code, "");
  EXPECT_EQ(ReadXmlError("<!DOCTYPE Error [<!ENTITY a 'NoSuchKey'>]>"
                         "<Error><Code>&a;</Code></Error>")
                .code,
            "");
}

TEST(AwsXmlError, IsNotDeep) {
  std::string inner = "x";
  for (int depth = 0; depth < 6; depth++) inner = "<d>" + inner + "</d>";
  const auto with = [](const std::string& more) {
    return "<Error><Code>NoSuchKey</Code>" + more + "</Error>";
  };
  EXPECT_EQ(ReadXmlError(with(inner)).code, "NoSuchKey");
  for (int depth = 0; depth < 3'000; depth++) inner = "<d>" + inner + "</d>";
  EXPECT_EQ(ReadXmlError(with("<d><d>" + inner + "</d></d>")).code, "");
}

TEST(AwsXmlError, TellsNoRegionThatIsNone) {
  for (const std::string& region : {std::string("a/b"), std::string("a b"), std::string("&lt;")}) {
    const Error error =
        ReadXmlError("<Error><Code>Moved</Code><Region>" + region + "</Region></Error>");
    EXPECT_EQ(error.code, "Moved");
    EXPECT_EQ(error.region, "");
  }
}

TEST(AwsJsonError, TakesTheNameFromTheHeaderOrTheBody) {
  for (const char* name :
       {"ThrottlingException", "ThrottlingException:http://internal.amazon.com/coral/#x",
        "com.amazonaws.polly#ThrottlingException", "a.b#ThrottlingException:http://x"}) {
    EXPECT_EQ(ReadJsonError(Answer(400, "", name)).code, "ThrottlingException") << name;
    EXPECT_EQ(ReadJsonError(Answer(400, R"({"__type":")" + std::string(name) + "\"}")).code,
              "ThrottlingException");
  }
  const Error error = ReadJsonError(Answer(400, R"({"__type":"B","message":"words"})", "A"));
  EXPECT_EQ(error.code, "A");
  EXPECT_EQ(error.message, "words");
  EXPECT_EQ(ReadJsonError(Answer(400, R"({"Message":"words"})")).message, "words");
}

TEST(AwsJsonError, IsNothingElse) {
  for (const std::string& body :
       {std::string(), std::string("[]"), std::string("\"x\""), std::string("<html>"),
        std::string(R"({"__type":7,"message":[]})"), std::string(R"({"__type":"a b"})"),
        std::string(R"({"__type":")") + std::string(200, 'x') + "\"}",
        std::string(R"({"__type":"A","x":")") + std::string(70'000, 'x') + "\"}",
        std::string(100, '[')}) {
    const Error error = ReadJsonError(Answer(400, body));
    EXPECT_EQ(error.code, "") << body.substr(0, 60);
    EXPECT_EQ(error.message, "") << body.substr(0, 60);
  }
}

TEST(AwsError, KnowsTheCodesThatAllServicesShare) {
  for (const char* code :
       {"AccessDenied", "AccessDeniedException", "ExpiredToken", "ExpiredTokenException",
        "IncompleteSignature", "IncompleteSignatureException", "InvalidAccessKeyId",
        "InvalidClientTokenId", "InvalidSignatureException", "InvalidToken",
        "MissingAuthenticationToken", "MissingAuthenticationTokenException",
        "SignatureDoesNotMatch", "SubscriptionRequiredException", "TokenRefreshRequired",
        "UnrecognizedClientException"}) {
    EXPECT_EQ(Classified(code, 400).code, "unauthorized") << code;
    EXPECT_EQ(Classified(code, 400).failure_class, FailureClass::kAuth) << code;
  }
  for (const char* code : {"RequestLimitExceeded", "RequestThrottled", "RequestThrottledException",
                           "SlowDown", "Throttling", "ThrottledException", "ThrottlingException",
                           "TooManyRequests", "TooManyRequestsException"}) {
    EXPECT_EQ(Classified(code, 400).code, "rate_limited") << code;
    EXPECT_EQ(Classified(code, 503).code, "rate_limited") << code;
  }
}

TEST(AwsError, GoesByTheStatusWithoutACodeItKnows) {
  const std::map<int, std::string> table = {
      {302, "redirected"},      {400, "bad_request"},  {401, "unauthorized"},
      {402, "quota_exhausted"}, {403, "unauthorized"}, {404, "endpoint_not_found"},
      {408, "timeout"},         {413, "too_large"},    {415, "unsupported_media"},
      {429, "rate_limited"},    {500, "internal"},     {503, "unavailable"},
      {504, "unavailable"},
  };
  for (const auto& [status, code] : table) {
    EXPECT_EQ(Classified("", status).code, code) << status;
    EXPECT_EQ(Classified("Unheard", status).code, code) << status;
  }
}

TEST(AwsError, TakesTheServicesOwnCodesFirst) {
  const Meaning own[] = {{"SlowDown", "internal"}};
  EXPECT_EQ(ClassifyError({.code = "SlowDown"}, own, Answer(503), kKey).code, "internal");
}

TEST(AwsError, WaitsAMinuteForAClockAndNamesIt) {
  for (const auto& [code, message] : std::map<std::string, std::string>{
           {"RequestTimeTooSkewed", "The difference is too large."},
           {"RequestExpired", "Request has expired."},
           {"InvalidSignatureException", "Signature expired: 2026 is now earlier than 2027"}}) {
    const Failure failure = Classified(code, 403, message);
    EXPECT_EQ(failure.code, "unavailable") << code;
    EXPECT_EQ(failure.failure_class, FailureClass::kOutage);
    EXPECT_EQ(failure.retry_after_ms, 60'000);
    EXPECT_NE(failure.detail.find("clock"), std::string::npos);
    EXPECT_NE(failure.detail.find(message), std::string::npos);
  }
  EXPECT_EQ(Classified("InvalidSignatureException", 403,
                       "Signature not yet current: 2027 is still later than 2026")
                .code,
            "unavailable");
}

TEST(AwsError, TellsTheOperatorCodeAndMessage) {
  EXPECT_EQ(Classified("NoSuchKey", 404, "Not there.").detail, "NoSuchKey: Not there.");
  EXPECT_EQ(Classified("NoSuchKey", 404, "").detail, "NoSuchKey");
  EXPECT_EQ(Classified("", 404, "").detail, "HTTP status 404");
  EXPECT_EQ(ClassifyError({}, {}, Answer(502, "<html>bad\ngateway"), kKey).detail,
            "<html>bad gateway");
}

TEST(AwsError, TellsNoPartOfTheKey) {
  const std::string words = "s3cr3t/s3cr3t, T0KEN and AKIDEXAMPLE:s3cr3t/s3cr3t:T0KEN";
  for (const Failure& failure :
       {Classified("X", 400, words), Classified("RequestTimeTooSkewed", 403, words),
        ClassifyError({}, {}, Answer(500, words), kKey)}) {
    EXPECT_EQ(failure.detail.find("s3cr3t"), std::string::npos) << failure.detail;
    EXPECT_EQ(failure.detail.find("T0KEN"), std::string::npos) << failure.detail;
  }
}

TEST(AwsError, TakesOutASecretThatIsAPartOfItsReplacement) {
  EXPECT_EQ(ClassifyError({.code = "X", .message = "ada"}, {}, Answer(400), "ID:d").detail,
            "X: a[redacted]a");
}

TEST(AwsRegion, IsAName) {
  for (const char* region : {"us-east-1", "auto", "us_east", "EU"}) EXPECT_TRUE(IsRegion(region));
  EXPECT_FALSE(IsRegion(std::string(65, 'a')));
  for (const char* region : {"", "a/b", "a.b", "a b", "a@b", "a\n", "\xc3\xa9"}) {
    EXPECT_FALSE(IsRegion(region)) << region;
  }
}

}  // namespace
}  // namespace debrief::aws

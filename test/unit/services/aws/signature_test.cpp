// signature_test.cpp: signatures that others made: AWS's own test suite, the examples of its
// S3 documentation, and botocore's.
#include "bgworker/core/services/aws/signature.h"

#include <gtest/gtest.h>

#include "bgworker/core/http/url.h"
#include "bgworker/core/text/uri.h"

namespace debrief::aws {
namespace {

using Method = Request::Method;

// Of the suite and of botocore.
Credentials SuiteKey(std::string session_token = "") {
  return {.id = "AKIDEXAMPLE",
          .secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
          .session_token = std::move(session_token)};
}

// Of the documentation of S3.
Credentials S3Key() {
  return {.id = "AKIAIOSFODNN7EXAMPLE",
          .secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
          .session_token = {}};
}

Scope SuiteScope() { return {.region = "us-east-1", .service = "service"}; }

constexpr int64_t kMay24Ms = 1'369'353'600'000;  // 2013
constexpr int64_t kBotocoreMs = 1'790'000'000'000;
constexpr char kEmptySha256[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::string HeaderOf(const Request& request, const std::string& name) {
  std::string value;
  int count = 0;
  for (const auto& [key, text] : request.headers) {
    if (key != name) continue;
    value = text;
    count++;
  }
  EXPECT_LE(count, 1) << name;
  return value;
}

Request Asked(Method method, std::string url) {
  Request request;
  request.method = method;
  request.url = std::move(url);
  return request;
}

// The suite signs no digest of the body.
std::string SuiteAuthorization(Request request) {
  request.headers.emplace_back("X-Amz-Date", "20150830T123600Z");
  return Authorization(SuiteKey(), SuiteScope(), request);
}

std::string SuiteSays(const std::string& headers, const std::string& signature) {
  return "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
         "SignedHeaders=" +
         headers + ", Signature=" + signature;
}

std::string S3Signature(Request request) {
  Sign(S3Key(), {.region = "us-east-1", .service = "s3"}, kMay24Ms, &request);
  EXPECT_EQ(HeaderOf(request, "x-amz-date"), "20130524T000000Z");
  const std::string authorization = HeaderOf(request, "Authorization");
  return authorization.substr(authorization.find("SignedHeaders="));
}

TEST(AwsSuite, GetVanilla) {
  EXPECT_EQ(SuiteAuthorization(Asked(Method::kGet, "https://example.amazonaws.com/")),
            SuiteSays("host;x-amz-date",
                      "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"));
}

TEST(AwsSuite, PostVanilla) {
  EXPECT_EQ(SuiteAuthorization(Asked(Method::kPost, "https://example.amazonaws.com/")),
            SuiteSays("host;x-amz-date",
                      "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"));
}

TEST(AwsSuite, GetVanillaQueryOrderKeyCase) {
  EXPECT_EQ(SuiteAuthorization(
                Asked(Method::kGet, "https://example.amazonaws.com/?Param2=value2&Param1=value1")),
            SuiteSays("host;x-amz-date",
                      "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"));
}

TEST(AwsSuite, GetUtf8) {
  EXPECT_EQ(SuiteAuthorization(Asked(Method::kGet, "https://example.amazonaws.com/\u1234")),
            SuiteSays("host;x-amz-date",
                      "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"));
}

TEST(AwsSuite, GetUnreserved) {
  EXPECT_EQ(SuiteAuthorization(Asked(Method::kGet,
                                     "https://example.amazonaws.com/-._~0123456789"
                                     "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")),
            SuiteSays("host;x-amz-date",
                      "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"));
}

TEST(AwsSuite, GetHeaderValueTrim) {
  Request request = Asked(Method::kGet, "https://example.amazonaws.com/");
  request.headers = {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}};
  EXPECT_EQ(SuiteAuthorization(request),
            SuiteSays("host;my-header1;my-header2;x-amz-date",
                      "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"));
}

TEST(AwsSuite, GetHeaderKeyDuplicate) {
  Request request = Asked(Method::kGet, "https://example.amazonaws.com/");
  request.headers = {{"My-Header1", "value2"}, {"My-Header1", "value2"}, {"My-Header1", "value1"}};
  EXPECT_EQ(SuiteAuthorization(request),
            SuiteSays("host;my-header1;x-amz-date",
                      "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"));
}

TEST(AwsSuite, PostXWwwFormUrlencoded) {
  Request request = Asked(Method::kPost, "https://example.amazonaws.com/");
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = "Param1=value1";
  EXPECT_EQ(SuiteAuthorization(request),
            SuiteSays("content-type;host;x-amz-date",
                      "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"));
}

TEST(AwsS3Example, GetObject) {
  Request request = Asked(Method::kGet, "https://examplebucket.s3.amazonaws.com/test.txt");
  request.headers = {{"Range", "bytes=0-9"}};
  EXPECT_EQ(S3Signature(request),
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(AwsS3Example, PutObject) {
  const std::string name = UriEncode("/test$file.text", true);
  Request request = Asked(Method::kPut, "https://examplebucket.s3.amazonaws.com" + name);
  request.headers = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                     {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
  request.body = "Welcome to Amazon S3.";
  EXPECT_EQ(S3Signature(request),
            "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, "
            "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(AwsS3Example, GetBucketLifecycle) {
  EXPECT_EQ(S3Signature(Asked(Method::kGet, "https://examplebucket.s3.amazonaws.com/?lifecycle")),
            "SignedHeaders=host;x-amz-content-sha256;x-amz-date, "
            "Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST(AwsS3Example, ListObjects) {
  const std::string signature =
      "SignedHeaders=host;x-amz-content-sha256;x-amz-date, "
      "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7";
  // Without a path it is the root's; and the order of the query is nobody's business.
  for (const char* url : {"https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J",
                          "https://examplebucket.s3.amazonaws.com?prefix=J&max-keys=2"}) {
    EXPECT_EQ(S3Signature(Asked(Method::kGet, url)), signature) << url;
  }
}

TEST(AwsSignature, AgreesWithBotocoreOnEncodedNamesAndHeadersWithACommonBeginning) {
  const std::string name = UriEncode("/a=b/a+b/\u00e9()* x", true);
  Request request = Asked(Method::kPut, "https://b.s3.eu-west-1.amazonaws.com" + name);
  request.headers = {
      {"Content-Type", "audio/mpeg"}, {"x-amz-meta-test-two", "2"}, {"x-amz-meta-test", "1"}};
  request.body = "sound";
  Sign(SuiteKey(), {.region = "eu-west-1", .service = "s3"}, kBotocoreMs, &request);
  EXPECT_EQ(HeaderOf(request, "Authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260921/eu-west-1/s3/aws4_request, "
            "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-meta-test;"
            "x-amz-meta-test-two, "
            "Signature=b668786fe4d43f6986de704ce5519bcf640e18dcf93b0c4ef6849c2612281b29");
}

TEST(AwsSignature, AgreesWithBotocoreOnASessionToken) {
  Request request = Asked(Method::kPost, "https://polly.eu-west-1.amazonaws.com/v1/speech");
  request.headers = {{"Content-Type", "application/json"},
                     {"x-amz-date", "20260921T141320Z"},
                     {"x-amz-security-token", "TOKEN+/="}};
  request.body = R"({"Text":"x"})";
  EXPECT_EQ(Authorization(SuiteKey(), {.region = "eu-west-1", .service = "polly"}, request),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260921/eu-west-1/polly/aws4_request, "
            "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, "
            "Signature=c15a60b4e100e2e05052260618c3f99cad32edab07d7b2732bd1e2d41293c019");
}

TEST(AwsSignature, AgreesWithBotocoreOnAPathEncodedTwiceAPortAndTheOrderOfAQuery) {
  Request request =
      Asked(Method::kGet, "http://127.0.0.1:8080/v1/a%20b/%C3%A9?b=2&a-b=1&a=2&a=1&c");
  request.headers = {{"x-amz-date", "20260921T141320Z"}};
  EXPECT_EQ(Authorization(SuiteKey(), {.region = "eu-west-1", .service = "polly"}, request),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260921/eu-west-1/polly/aws4_request, "
            "SignedHeaders=host;x-amz-date, "
            "Signature=d45a085cc913883040d78695ccbd24683b69d215e4fcf7d816ecde4eb967a37f");
}

TEST(AwsSignature, AddsWhatItPromises) {
  Request request = Asked(Method::kGet, "https://example.amazonaws.com/");
  Sign(SuiteKey("TOKEN"), SuiteScope(), 1'440'938'160'999, &request);
  ASSERT_EQ(request.headers.size(), 4U);
  EXPECT_EQ(HeaderOf(request, "x-amz-date"), "20150830T123600Z");
  EXPECT_EQ(HeaderOf(request, "x-amz-content-sha256"), kEmptySha256);
  EXPECT_EQ(HeaderOf(request, "x-amz-security-token"), "TOKEN");
  EXPECT_NE(HeaderOf(request, "Authorization")
                .find("SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,"),
            std::string::npos);
}

TEST(AwsSignature, SignsTheHostAsItIsSent) {
  const auto signature = [](const char* url) { return S3Signature(Asked(Method::kGet, url)); };
  EXPECT_EQ(signature("https://h.example.com:443/a"), signature("https://h.example.com/a"));
  EXPECT_EQ(signature("HTTP://h.example.com:80/a"), signature("https://h.example.com/a"));
  EXPECT_NE(signature("http://h.example.com:443/a"), signature("http://h.example.com/a"));
  EXPECT_NE(signature("https://h.example.com:8443/a"), signature("https://h.example.com/a"));
}

TEST(AwsSignature, CoversMethodPathBodyAndHeaders) {
  Request request = Asked(Method::kPut, "https://h.example.com/a");
  const std::string signature = S3Signature(request);
  for (const Method method : {Method::kGet, Method::kHead, Method::kDelete, Method::kPost}) {
    EXPECT_NE(S3Signature(Asked(method, request.url)), signature);
  }
  EXPECT_NE(S3Signature(Asked(Method::kPut, "https://h.example.com/b")), signature);
  request.body = "x";
  EXPECT_NE(S3Signature(request), signature);
}

TEST(AwsCredentials, AreAnIdASecretAndPerhapsAToken) {
  const std::optional<Credentials> two = ParseCredentials("ID:s/e+c");
  ASSERT_TRUE(two);
  EXPECT_EQ(two->id, "ID");
  EXPECT_EQ(two->secret, "s/e+c");
  EXPECT_EQ(two->session_token, "");
  const std::optional<Credentials> three = ParseCredentials("ID:secret:to:ken");
  ASSERT_TRUE(three);
  EXPECT_EQ(three->secret, "secret");
  EXPECT_EQ(three->session_token, "to:ken");
}

TEST(AwsCredentials, AreNothingElse) {
  for (const char* key : {"", "ID", "ID:", ":secret", ":", "::", "ID::token", "ID:secret:"}) {
    EXPECT_FALSE(ParseCredentials(key)) << key;
  }
}

}  // namespace
}  // namespace debrief::aws

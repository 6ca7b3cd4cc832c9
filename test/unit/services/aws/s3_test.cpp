// s3_test.cpp: the requests to S3. Answers are in s3_answer_test.cpp.
#include "bgworker/core/services/kinds.h"

#include <gtest/gtest.h>

#include "bgworker/core/text/sha256.h"
#include "test/unit/services/aws/s3_fixture.h"

namespace debrief::s3_fixture {
namespace {

Request Started(const ServerConfig& server) {
  return std::get<Request>(FindStore("s3")->StartPut(server, kMoment, Object()));
}

std::string UrlOf(const ServerConfig& server, const std::string& path = "a.mp3") {
  return std::get<Request>(FindStore("s3")->Get(server, kMoment, path)).url;
}

TEST(S3, MakesItsAddressOfTheRegionUnlessABaseUrlIsGiven) {
  ServerConfig server = Server();
  server.base_url.clear();
  EXPECT_EQ(FindStore("s3")->BaseUrl(server), "https://s3.eu-west-1.amazonaws.com");
  server = OwnServer("https://minio.example.com:9000");
  EXPECT_EQ(FindStore("s3")->BaseUrl(server), "https://minio.example.com:9000");
}

TEST(S3, HasNoAddressForARegionThatIsNoneOfAws) {
  for (const char* region : {"", "auto", "evil.example.com/", "a b", "a@b"}) {
    ServerConfig server = Server({{"region", region}});
    server.base_url.clear();
    EXPECT_EQ(FindStore("s3")->BaseUrl(server), "") << region;
  }
}

TEST(S3, PutsASignedObjectThatReplacesNothing) {
  const Request request = Started(Server());
  EXPECT_EQ(request.method, Request::Method::kPut);
  EXPECT_EQ(request.url, "https://sounds.s3.eu-west-1.amazonaws.com/u%201/a%2Bb.mp3");
  EXPECT_EQ(request.body, "sound");
  Headers headers = HeadersOf(request);
  EXPECT_EQ(headers.size(), request.headers.size());
  EXPECT_EQ(headers["Content-Type"], "audio/mpeg");
  EXPECT_EQ(headers["x-amz-meta-sha256"], "ab12");
  EXPECT_EQ(headers["If-None-Match"], "*");
  EXPECT_EQ(headers["x-amz-content-sha256"], Sha256Hex("sound"));
  EXPECT_EQ(headers["x-amz-date"], "20260921T141320Z");
  EXPECT_EQ(headers["x-amz-security-token"], "T0KENT0KEN");
  EXPECT_TRUE(headers["Authorization"].starts_with(
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260921/eu-west-1/s3/aws4_request, "
      "SignedHeaders=content-md5;content-type;host;if-none-match;x-amz-content-sha256;x-amz-date;"
      "x-amz-meta-sha256;x-amz-security-token, Signature="));
  EXPECT_EQ(headers["Content-MD5"], "C4Jj00HeAfdB5N6t+xj56w==") << "for buckets with object lock";
  EXPECT_EQ(headers.size(), 8U);
  EXPECT_EQ(request.timeout_ms, 4'321);
}

TEST(S3, SaysNothingOfReplacingToAServiceThatKnowsNoSuchHeader) {
  EXPECT_EQ(HeadersOf(Started(Server({{"no_overwrite", "no"}}))).count("If-None-Match"), 0U);
}

TEST(S3, PutsTheBucketIntoThePathOfAnAddressOfOurOwn) {
  EXPECT_EQ(UrlOf(OwnServer("https://minio.example.com:9000")),
            "https://minio.example.com:9000/sounds/a.mp3");
  EXPECT_EQ(UrlOf(OwnServer("https://ref.supabase.co/storage/v1/s3")),
            "https://ref.supabase.co/storage/v1/s3/sounds/a.mp3");
  EXPECT_EQ(UrlOf(OwnServer("https://storage.example.com", {{"region", "auto"}})),
            "https://storage.example.com/sounds/a.mp3");
}

TEST(S3, TakesAnEmptyBaseUrlForNone) {
  EXPECT_EQ(UrlOf(Server({{"base_url", ""}})), UrlOf(Server()));
}

TEST(S3, PutsTheBucketWhereTheOptionSays) {
  EXPECT_EQ(UrlOf(Server({{"style", "path"}})), "https://s3.eu-west-1.amazonaws.com/sounds/a.mp3");
  EXPECT_EQ(UrlOf(OwnServer("https://h.example.com:9000/x", {{"style", "virtual"}})),
            "https://sounds.h.example.com:9000/x/a.mp3");
}

TEST(S3, PutsABucketWithADotIntoThePathBecauseTheCertificateDoesNotHoldForIt) {
  EXPECT_EQ(UrlOf(Server({{"bucket", "my.sounds"}})),
            "https://s3.eu-west-1.amazonaws.com/my.sounds/a.mp3");
}

TEST(S3, PutsThePrefixBeforeEveryPath) {
  for (const char* prefix : {"debrief/x", "/debrief/x/", "debrief/x//"}) {
    const ServerConfig server = Server({{"prefix", prefix}});
    EXPECT_EQ(UrlOf(server), "https://sounds.s3.eu-west-1.amazonaws.com/debrief/x/a.mp3");
    EXPECT_EQ(FindStore("s3")->Url(server, "a.mp3"), "s3://sounds/debrief/x/a.mp3");
  }
  EXPECT_EQ(UrlOf(Server({{"prefix", "/"}})), UrlOf(Server()));
}

TEST(S3, EncodesEveryByteOfAPathButSlashes) {
  EXPECT_EQ(UrlOf(Server(), "a=b/(c)*\u00e9?#%&"),
            "https://sounds.s3.eu-west-1.amazonaws.com/a%3Db/%28c%29%2A%C3%A9%3F%23%25%26");
}

TEST(S3, GetsUpToEightGigabytes) {
  const Request request = std::get<Request>(FindStore("s3")->Get(Server(), kMoment, "a.mp4"));
  EXPECT_EQ(request.method, Request::Method::kGet);
  EXPECT_EQ(request.response_bytes_max, int64_t{8} << 30);
  EXPECT_TRUE(HeadersOf(request)["Authorization"].starts_with("AWS4-HMAC-SHA256 "));
}

TEST(S3, DeletesByName) {
  const Request request = std::get<Request>(FindStore("s3")->Delete(Server(), kMoment, "a b.mp3"));
  EXPECT_EQ(request.method, Request::Method::kDelete);
  EXPECT_EQ(request.url, "https://sounds.s3.eu-west-1.amazonaws.com/a%20b.mp3");
  EXPECT_TRUE(HeadersOf(request)["Authorization"].starts_with("AWS4-HMAC-SHA256 "));
}

TEST(S3, LooksWithHeadForSizeAndDigest) {
  const PutStep step = Put(Answer(412));
  const Request& request = std::get<Request>(step);
  EXPECT_EQ(request.method, Request::Method::kHead);
  EXPECT_EQ(request.url, Started(Server()).url);
  EXPECT_EQ(request.body, "");
  EXPECT_EQ(request.headers_wanted, (std::vector<std::string>{"content-length", "x-amz-meta-sha256",
                                                              "x-amz-bucket-region"}));
  EXPECT_TRUE(HeadersOf(request)["Authorization"].starts_with("AWS4-HMAC-SHA256 "));
}

TEST(S3, ProbesWithAListOfOneObject) {
  const Store& store = *FindStore("s3");
  const Request request = std::get<Request>(store.Probe(Server(), kMoment));
  EXPECT_EQ(request.method, Request::Method::kGet);
  EXPECT_EQ(request.url, "https://sounds.s3.eu-west-1.amazonaws.com/?list-type=2&max-keys=1");
  EXPECT_EQ(std::get<Request>(store.Probe(Server({{"prefix", "a b/c"}}), kMoment)).url,
            "https://sounds.s3.eu-west-1.amazonaws.com/"
            "?list-type=2&max-keys=1&prefix=a%20b%2Fc%2F");
  EXPECT_TRUE(HeadersOf(request)["Authorization"].starts_with("AWS4-HMAC-SHA256 "));
}

TEST(S3, GivesTheAddressForApplications) {
  EXPECT_EQ(FindStore("s3")->Url(Server(), "u/a.mp3"), "s3://sounds/u/a.mp3");
  for (const char* url : {"https://cdn.example.com", "https://cdn.example.com/"}) {
    EXPECT_EQ(FindStore("s3")->Url(Server({{"public_url", url}}), "u/a.mp3"),
              "https://cdn.example.com/u/a.mp3");
  }
}

TEST(S3, IsNotConfiguredForOptionsThatCannotWork) {
  const Store& store = *FindStore("s3");
  for (const Options& options :
       {Options{{"region", ""}}, Options{{"region", "a/b"}}, Options{{"bucket", ""}},
        Options{{"bucket", "a/b"}}, Options{{"bucket", ".."}}, Options{{"bucket", "a?b"}},
        Options{{"bucket", std::string(256, 'a')}}, Options{{"style", "other"}},
        Options{{"no_overwrite", "maybe"}}, Options{{"prefix", "a/../b"}},
        Options{{"prefix", "."}}}) {
    const ServerConfig server = Server(options);
    const auto& [name, value] = *options.begin();
    EXPECT_EQ(Started(server).url, "") << name << value;
    EXPECT_EQ(std::get<Request>(store.Get(server, kMoment, "a")).url, "");
    EXPECT_EQ(std::get<Request>(store.Delete(server, kMoment, "a")).url, "");
    EXPECT_EQ(std::get<Failure>(store.Probe(server, kMoment)).code, "not_configured");
    const Response refused = Broken(Response::Transport::kRefused);
    EXPECT_EQ(CodeOf(Put(refused, false, server)), "not_configured");
    EXPECT_EQ(CodeOf(store.ReadGet(server, refused)), "not_configured");
    EXPECT_EQ(CodeOf(store.ReadDelete(server, refused)), "not_configured");
  }
}

TEST(S3, IsNotConfiguredWithoutAnAddressOrAKeyOfItsForm) {
  ServerConfig server = Server();
  server.base_url.clear();
  EXPECT_EQ(std::get<Failure>(FindStore("s3")->Probe(server, kMoment)).code, "not_configured");
  for (const char* key : {"", "onlyonepart", "AKIDEXAMPLE:", ":s3cr3t"}) {
    server = Server();
    server.key = key;
    EXPECT_EQ(Started(server).url, "");
    EXPECT_EQ(Started(server).headers.size(), 4U);  // not signed
    EXPECT_EQ(std::get<Failure>(FindStore("s3")->Probe(server, kMoment)).code, "not_configured")
        << key;
  }
}

TEST(S3, LetsNoSecretIntoAnyUrl) {
  const Store& store = *FindStore("s3");
  for (const Request& request :
       {Started(Server()), std::get<Request>(store.Get(Server(), kMoment, "a")),
        std::get<Request>(store.Delete(Server(), kMoment, "a")),
        std::get<Request>(store.Probe(Server(), kMoment))}) {
    EXPECT_EQ(request.url.find("s3cr3t"), std::string::npos);
    EXPECT_EQ(request.url.find("T0KEN"), std::string::npos);
    EXPECT_EQ(request.url.find("AKID"), std::string::npos);
    EXPECT_EQ(HeadersOf(request)["Authorization"].find("s3cr3t"), std::string::npos);
  }
}

}  // namespace
}  // namespace debrief::s3_fixture

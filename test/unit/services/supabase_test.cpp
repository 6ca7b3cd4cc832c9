// supabase_test.cpp: the requests to Supabase Storage, byte by byte, and how an upload ends.
// What its errors mean is in supabase_answer_test.cpp.
#include <gtest/gtest.h>

#include "bgworker/core/services/kinds.h"
#include "test/unit/services/supabase_fixture.h"

namespace debrief::supabase_fixture {
namespace {

constexpr char kReceipt[] = R"({"Id":"5b4f","Key":"sounds/u/a.mp3"})";

ServerConfig With(std::string_view option, std::string_view value) {
  ServerConfig server = Server();
  server.options[std::string(option)] = value;
  return server;
}

NewObject Object() {
  return {.path = "u/a.mp3", .content_type = "audio/mpeg", .sha256 = "ab12", .bytes = "sound"};
}

Request PutOf(const ServerConfig& server) {
  return std::get<Request>(FindStore("supabase")->StartPut(server, {}, Object()));
}

PutStep Put(const Response& response) {
  return FindStore("supabase")->NextPut(Server(), {}, Object(), response, false);
}

PutStep Looked(const Response& response) {
  return FindStore("supabase")->NextPut(Server(), {}, Object(), response, true);
}

bool IsStored(const PutStep& step) { return std::holds_alternative<Stored>(step); }

bool AsksForALook(const PutStep& step) {
  const Request* request = std::get_if<Request>(&step);
  return request != nullptr && request->method == Request::Method::kGet &&
         request->url == "https://ref.supabase.co/storage/v1/object/info/sounds/u/a.mp3" &&
         HeadersOf(*request).contains("apikey") && request->body.empty();
}

std::string PutCode(const PutStep& step) {
  const Failure* failure = std::get_if<Failure>(&step);
  return failure == nullptr ? "" : failure->code;
}

TEST(Supabase, PostsTheBytesAndNeverOverwrites) {
  const Request request = PutOf(Server());
  EXPECT_EQ(request.method, Request::Method::kPost);
  EXPECT_EQ(request.url, "https://ref.supabase.co/storage/v1/object/sounds/u/a.mp3");
  EXPECT_EQ(request.body, "sound");
  EXPECT_EQ(request.timeout_ms, 4'321);
  EXPECT_EQ(HeadersOf(request), (Headers{{"apikey", kJwt},
                                         {"Authorization", std::string("Bearer ") + kJwt},
                                         {"Content-Type", "audio/mpeg"},
                                         {"Cache-Control", "max-age=31536000"},
                                         {"x-upsert", "false"},
                                         {"x-metadata", "eyJzaGEyNTYiOiJhYjEyIn0="}}));
}

TEST(Supabase, SendsTheCacheControlOfTheOption) {
  EXPECT_EQ(HeadersOf(PutOf(With("cache_control", "no-store"))).at("Cache-Control"), "no-store");
}

TEST(Supabase, SendsEachFormOfKeyWhereItIsTaken) {
  ServerConfig server = Server();
  const auto sent = [&](const std::string& key) {
    server.key = key;
    Headers headers = HeadersOf(std::get<Request>(FindStore("supabase")->Get(server, {}, "a")));
    return headers["apikey"] + "|" + headers["Authorization"];
  };
  EXPECT_EQ(sent("eyJa.b.c"), "eyJa.b.c|Bearer eyJa.b.c");
  EXPECT_EQ(sent("sb_secret_x"), "sb_secret_x|");
  EXPECT_EQ(sent("other"), "other|Bearer other");
  EXPECT_EQ(sent(""), "|");
}

TEST(Supabase, EncodesEachSegmentAndTheBucket) {
  const Request request = std::get<Request>(
      FindStore("supabase")->Get(With("bucket", "my/sounds"), {}, "a b/ü?x=1#y/%2e"));
  EXPECT_EQ(request.url,
            "https://ref.supabase.co/storage/v1/object/authenticated/my%2Fsounds/"
            "a%20b/%C3%BC%3Fx%3D1%23y/%252e");
}

TEST(Supabase, PutsThePrefixBeforeEveryPath) {
  const Store& store = *FindStore("supabase");
  for (const char* prefix : {"app/one", "/app/one/", "app/one//"}) {
    const ServerConfig server = With("prefix", prefix);
    const std::string base = "https://ref.supabase.co/storage/v1/object/";
    EXPECT_EQ(std::get<Request>(store.StartPut(server, {}, Object())).url,
              base + "sounds/app/one/u/a.mp3");
    EXPECT_EQ(std::get<Request>(store.Get(server, {}, "v")).url,
              base + "authenticated/sounds/app/one/v");
    EXPECT_EQ(std::get<Request>(store.Delete(server, {}, "v")).url, base + "sounds/app/one/v");
    const PutStep look = store.NextPut(server, {}, Object(), Error("409", "Duplicate", ""), false);
    EXPECT_EQ(std::get<Request>(look).url, base + "info/sounds/app/one/u/a.mp3");
  }
  EXPECT_EQ(std::get<Request>(store.Delete(With("prefix", "///"), {}, "v")).url,
            std::get<Request>(store.Delete(Server(), {}, "v")).url);
}

TEST(Supabase, GetsAndDeletesWithoutABody) {
  const Request get = std::get<Request>(FindStore("supabase")->Get(Server(), {}, "v.mp4"));
  EXPECT_EQ(get.method, Request::Method::kGet);
  EXPECT_GE(get.response_bytes_max, int64_t{1} << 32);  // recordings are long
  const Request erase = std::get<Request>(FindStore("supabase")->Delete(Server(), {}, "v.mp4"));
  EXPECT_EQ(erase.method, Request::Method::kDelete);
  for (const Request& request : {get, erase}) {
    EXPECT_EQ(request.body, "");
    EXPECT_FALSE(HeadersOf(request).contains("Content-Type"));
    EXPECT_EQ(HeadersOf(request).at("apikey"), kJwt);
  }
}

TEST(Supabase, SendsNothingWithoutBucketOrAddress) {
  const Store& store = *FindStore("supabase");
  ServerConfig nowhere = Server();
  nowhere.base_url.clear();
  for (const ServerConfig& server : {With("bucket", ""), nowhere}) {
    EXPECT_EQ(std::get<Request>(store.StartPut(server, {}, Object())).url, "");
    const Response refused = Broken(Response::Transport::kRefused);
    EXPECT_EQ(PutCode(store.NextPut(server, {}, Object(), refused, false)), "not_configured");
    EXPECT_EQ(CodeOf(store.ReadGet(server, refused)), "not_configured");
    EXPECT_EQ(CodeOf(store.ReadDelete(server, refused)), "not_configured");
    EXPECT_EQ(std::get<Failure>(store.Probe(server, {})).code, "not_configured");
  }
}

TEST(Supabase, HasStoredWhatItGivesAReceiptFor) {
  EXPECT_TRUE(IsStored(Put(Answer(200, kReceipt))));
}

TEST(Supabase, LooksWhenTheOutcomeIsNotKnown) {
  for (const auto transport : {Response::Transport::kTimeout, Response::Transport::kBroken,
                               Response::Transport::kTooLarge}) {
    EXPECT_TRUE(AsksForALook(Put(Broken(transport))));
  }
  for (const char* body :
       {"", "<html>", "{}", R"({"Key":7)", R"({"Key":{}})", "[]", "{\"Key\":\"\"}"}) {
    EXPECT_TRUE(AsksForALook(Put(Answer(200, body)))) << body;
  }
}

TEST(Supabase, LooksWhenTheObjectExists) {
  EXPECT_TRUE(AsksForALook(Put(Error("400", "Duplicate", ""))));
  EXPECT_TRUE(AsksForALook(Put(Error("400", "x", "KeyAlreadyExists"))));
  EXPECT_TRUE(AsksForALook(Put(Error("409", "", ""))));
  EXPECT_TRUE(AsksForALook(Put(Answer(400, R"({"statusCode":409})"))));
  EXPECT_TRUE(AsksForALook(Put(Answer(409, "<html>"))));
}

TEST(Supabase, DoesNotLookWhenNothingWasSent) {
  EXPECT_EQ(PutCode(Put(Broken(Response::Transport::kUnreachable))), "unreachable");
  EXPECT_EQ(PutCode(Put(Broken(Response::Transport::kRefused))), "request_refused");
  EXPECT_EQ(PutCode(Put(Broken(Response::Transport::kForbidden))), "address_not_allowed");
}

TEST(Supabase, TakesAnObjectOfTheSameSizeForOurs) {
  EXPECT_TRUE(IsStored(Looked(Answer(200, R"({"size":5,"metadata":{"sha256":"ab12"}})"))));
  for (const char* metadata : {"null", "{}", "{\"sha256\":null}", "\"x\"", "[]"}) {
    EXPECT_TRUE(
        IsStored(Looked(Answer(200, std::string(R"({"size":5,"metadata":)") + metadata + "}"))));
  }
  EXPECT_TRUE(IsStored(Looked(Answer(200, R"({"size":5})"))));
}

TEST(Supabase, TakesAnObjectOfAnotherSizeOrHashForAConflict) {
  for (const char* body : {R"({"size":4})", R"({"size":5.5})", R"({"size":-5})",
                           R"({"size":1e300})", R"({"size":5,"metadata":{"sha256":"ff"}})"}) {
    const Failure failure = std::get<Failure>(Looked(Answer(200, body)));
    EXPECT_EQ(failure.code, "object_conflict") << body;
    EXPECT_EQ(failure.failure_class, FailureClass::kPermanent);
    EXPECT_EQ(failure.message, "Another object has the path.");
  }
}

TEST(Supabase, TriesAgainWhenTheUploadLeftNothing) {
  const Failure failure = std::get<Failure>(Looked(Error("404", "not_found", "NoSuchKey")));
  EXPECT_EQ(failure.failure_class, FailureClass::kUnproven);
  EXPECT_EQ(failure.detail, "the upload left no object");
}

TEST(Supabase, BelievesNoLookThatTellsNoSize) {
  const std::string deep = std::string(200, '[') + std::string(200, ']');
  for (const std::string& body :
       {std::string(), std::string("<html>"), std::string(R"({"size":"5"})"), std::string("[5]"),
        std::string(R"({"size":null})"), std::string(R"({"size":5)"), "{\"size\":" + deep + "}",
        R"({"size":5,"x":")" + std::string(100'000, 'x') + "\"}"}) {
    EXPECT_EQ(PutCode(Looked(Answer(200, body))), "bad_answer") << body.substr(0, 40);
  }
}

TEST(Supabase, FailsWhenTheLookFails) {
  EXPECT_EQ(PutCode(Looked(Broken(Response::Transport::kTimeout))), "timeout");
  EXPECT_EQ(PutCode(Looked(Error("403", "Unauthorized", "AccessDenied"))), "unauthorized");
  EXPECT_EQ(PutCode(Looked(Error("409", "Duplicate", ""))), "object_conflict");
}

TEST(Supabase, GivesTheAddressOfAnObject) {
  const Store& store = *FindStore("supabase");
  EXPECT_EQ(store.Url(Server(), "u/a.mp3"), "supabase://sounds/u/a.mp3");
  EXPECT_EQ(store.Url(With("prefix", "app/"), "u/a.mp3"), "supabase://sounds/app/u/a.mp3");
  for (const char* url : {"https://cdn.example.com/s", "https://cdn.example.com/s/"}) {
    EXPECT_EQ(store.Url(With("public_url", url), "u/a.mp3"), "https://cdn.example.com/s/u/a.mp3");
  }
}

TEST(Supabase, ProbesItsBucket) {
  const Store& store = *FindStore("supabase");
  const Request request = std::get<Request>(store.Probe(Server(), {}));
  EXPECT_EQ(request.method, Request::Method::kGet);
  EXPECT_EQ(request.url, "https://ref.supabase.co/storage/v1/bucket/sounds");
  EXPECT_EQ(HeadersOf(request).at("apikey"), kJwt);
  for (const char* is_public : {"true", "false"}) {
    const std::string bucket = std::string(R"({"id":"sounds","public":)") + is_public + "}";
    EXPECT_FALSE(store.ReadProbe(Server(), Answer(200, bucket)));
  }
  EXPECT_EQ(CodeOf(store.ReadProbe(Server(), Answer(200, "<html>"))), "bad_answer");
  EXPECT_EQ(CodeOf(store.ReadProbe(Server(), Error("404", "Bucket not found", "NoSuchBucket"))),
            "bucket_not_found");
}

TEST(Supabase, LetsTheKeyNeitherIntoUrlsNorIntoDetails) {
  EXPECT_EQ(PutOf(Server()).url.find(kJwt), std::string::npos);
  const Failure failure =
      *FindStore("supabase")
           ->ReadGet(Server(), Error("400", "x", "InvalidJWT", std::string("bad one: ") + kJwt));
  EXPECT_EQ(failure.detail, "bad one: [redacted]");
  const PutStep conflict = Looked(Error("409", "Duplicate", "", std::string("bad one: ") + kJwt));
  EXPECT_EQ(std::get<Failure>(conflict).detail, "bad one: [redacted]");
  const Failure plain =
      *FindStore("supabase")->ReadGet(Server(), Answer(502, std::string("x ") + kJwt));
  EXPECT_EQ(plain.detail, "x [redacted]");
}

}  // namespace
}  // namespace debrief::supabase_fixture

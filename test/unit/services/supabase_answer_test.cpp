// supabase_answer_test.cpp: what the errors of Supabase Storage mean, which is in their bodies and
// not in their status.
#include <gtest/gtest.h>

#include "bgworker/core/services/kinds.h"
#include "test/unit/services/supabase_fixture.h"

namespace debrief::supabase_fixture {
namespace {

std::string GetCode(const Response& response) {
  return CodeOf(FindStore("supabase")->ReadGet(Server(), response));
}

TEST(Supabase, LaysAnEmptyRecordingAtItsRowAndNotAtTheStore) {
  Response response = Answer(200, "");
  const auto failure = FindStore("supabase")->ReadRecording(Server(), response);
  EXPECT_EQ(CodeOf(failure), "object_not_found");
  EXPECT_EQ(failure->failure_class, FailureClass::kPermanent);
  EXPECT_EQ(
      CodeOf(FindStore("supabase")->ReadRecording(Server(), Error("400", "x", "NoSuchBucket"))),
      "bucket_not_found");
  response.sunk_bytes = 1;
  EXPECT_EQ(CodeOf(FindStore("supabase")->ReadRecording(Server(), response)), "");
}

TEST(Supabase, ClassifiesByTheCodeOfTheBody) {
  const std::map<std::string, std::string> table = {
      {"NoSuchKey", "object_not_found"},  {"NoSuchBucket", "bucket_not_found"},
      {"AccessDenied", "unauthorized"},   {"InvalidJWT", "unauthorized"},
      {"InvalidKey", "bad_request"},      {"EntityTooLarge", "too_large"},
      {"SlowDown", "rate_limited"},       {"InvalidMimeType", "unsupported_media"},
      {"ResourceLocked", "internal"},     {"DatabaseReadOnly", "unavailable"},
      {"LockTimeout", "internal"},        {"SchemaMismatch", "unavailable"},
      {"DatabaseTimeout", "unavailable"}, {"KeyAlreadyExists", "object_conflict"}};
  for (const auto& [code, ours] : table) {
    // The status says something else: the code is what counts.
    EXPECT_EQ(GetCode(Error("400", "x", code)), ours) << code;
    EXPECT_EQ(GetCode(Error("500", "x", code)), ours) << code;
    EXPECT_EQ(GetCode(Error("500", code, "")), ours) << code;  // an older service
  }
}

TEST(Supabase, ClassifiesByTheStatusOfTheBodyWhereTheCodeIsUnknown) {
  const std::map<std::string, std::string> table = {
      {"400", "bad_request"},  {"401", "unauthorized"},       {"402", "quota_exhausted"},
      {"403", "unauthorized"}, {"404", "endpoint_not_found"}, {"409", "object_conflict"},
      {"413", "too_large"},    {"415", "unsupported_media"},  {"423", "internal"},
      {"429", "rate_limited"}, {"500", "internal"},           {"503", "unavailable"},
      {"504", "unavailable"},  {"544", "unavailable"}};
  for (const auto& [status, ours] : table) {
    EXPECT_EQ(GetCode(Error(status, "x", "Unknown")), ours) << status;
    EXPECT_EQ(GetCode(Answer(400, "{\"statusCode\":" + status + "}")), ours) << status;
    EXPECT_EQ(GetCode(Answer(std::stoi(status), "<html>")), ours) << status;  // a gateway
  }
}

TEST(Supabase, BelievesNoStatusThatIsNoErrors) {
  for (const char* status :
       {"200", "301", "", "4", "40x", "4e2", "99999999999999", "-404", "null"}) {
    EXPECT_EQ(GetCode(Error(status, "", "")), "bad_request") << status;
  }
}

TEST(Supabase, ReadsTheSentencesThatHaveNoCodeOfTheirOwn) {
  EXPECT_EQ(GetCode(Error("400", "x", "", "signature verification failed")), "unauthorized");
  EXPECT_EQ(GetCode(Error("400", "x", "", "\"jwt expired\"")), "unauthorized");
  EXPECT_EQ(GetCode(Error("400", "Error", "InvalidRequest",
                          "headers must have required property 'authorization'")),
            "unauthorized");
  EXPECT_EQ(GetCode(Error("404", "not_found", "", "Bucket not found")), "bucket_not_found");
  EXPECT_EQ(GetCode(Error("404", "Bucket not found", "", "x")), "bucket_not_found");
  EXPECT_EQ(GetCode(Error("404", "not_found", "", "The resource was not found")),
            "object_not_found");
  // The name of an object is the user's: it decides nothing where there is a code.
  EXPECT_EQ(GetCode(Error("400", "InvalidKey", "InvalidKey", "Invalid key: jwt expired")),
            "bad_request");
}

TEST(Supabase, HoldsOutAgainstHostileAnswers) {
  const std::string deep = std::string(100'000, '[');
  const std::string huge = R"({"code":"NoSuchKey","x":")" + std::string(1 << 20, 'x') + "\"}";
  for (const std::string& body :
       {deep, huge, std::string(R"({"statusCode":{},"code":[],"error":true,"message":7})"),
        std::string(R"({"code":"NoSuchKey")"), std::string("[{\"code\":\"NoSuchKey\"}]"),
        std::string("\"NoSuchKey\""), std::string("\xff\xfe\0", 3)}) {
    EXPECT_EQ(GetCode(Answer(400, body)), "bad_request") << body.substr(0, 40);
  }
}

TEST(Supabase, KeepsTheDelayOfABusyService) {
  Response response = Error("429", "too_many_requests", "SlowDown");
  response.retry_after_ms = 2'000;
  EXPECT_EQ(FindStore("supabase")->ReadGet(Server(), response)->retry_after_ms, 2'000);
}

TEST(Supabase, GetsWhatHasStatus200) { EXPECT_EQ(GetCode(Answer(200)), ""); }

TEST(Supabase, TakesWhatIsNotThereForDeleted) {
  const Store& store = *FindStore("supabase");
  EXPECT_FALSE(store.ReadDelete(Server(), Answer(200, R"({"message":"Successfully deleted"})")));
  EXPECT_FALSE(store.ReadDelete(Server(), Error("404", "not_found", "NoSuchKey")));
  EXPECT_FALSE(store.ReadDelete(Server(), Error("404", "not_found", "")));
}

TEST(Supabase, TakesAWrongAddressOrBucketForNoDeletion) {
  const Store& store = *FindStore("supabase");
  EXPECT_EQ(CodeOf(store.ReadDelete(Server(), Error("404", "Bucket not found", "NoSuchBucket"))),
            "bucket_not_found");
  EXPECT_EQ(CodeOf(store.ReadDelete(
                Server(), Error("404", "Not Found", "NotFound", "Route DELETE:/x not found"))),
            "endpoint_not_found");
  EXPECT_EQ(CodeOf(store.ReadDelete(Server(), Answer(404, "<html>Not found</html>"))),
            "endpoint_not_found");
  EXPECT_EQ(CodeOf(store.ReadDelete(Server(), Broken(Response::Transport::kTimeout))), "timeout");
}

}  // namespace
}  // namespace debrief::supabase_fixture

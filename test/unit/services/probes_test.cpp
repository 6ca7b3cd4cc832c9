// probes_test.cpp: a server's test is passed by what only a service of its kind answers.
#include <gtest/gtest.h>

#include "bgworker/core/services/kinds.h"

namespace debrief {
namespace {

ServerConfig ServerOf(const std::string& kind) {
  return {.name = "s", .kind = kind, .base_url = "http://a.example", .options = {{"model", "m"}}};
}

std::string CodeOf(const std::string& kind, int status, std::string body) {
  const Response response{.status = status, .body = std::move(body)};
  const auto failure = FindService(kind)->ReadProbe(ServerOf(kind), response);
  return failure ? failure->code : "";
}

TEST(Probes, KindHttpGivesTheHealthAnswer) {
  EXPECT_EQ(CodeOf("http", 200, R"({"status":"ok"})"), "");
  EXPECT_EQ(CodeOf("http", 200, R"({"status":"ok","models":2})"), "");
  for (const char* body : {"", "<html>hello</html>", "{}", "[]", R"({"status":"starting"})",
                           R"({"status":true})", "\"ok\""}) {
    EXPECT_EQ(CodeOf("http", 200, body), "wrong_service") << body;
  }
  EXPECT_EQ(CodeOf("http", 404, "<html>no such page</html>"), "wrong_service");
  EXPECT_EQ(CodeOf("http", 405, ""), "wrong_service");
}

TEST(Probes, SaysWhatAnsweredAndWhatThatMeans) {
  const auto failure = FindService("http")->ReadProbe(ServerOf("http"), {.status = 404});
  EXPECT_EQ(failure->message, "Something answers, but it is not a pg_debrief provider (HTTP 404).");
  EXPECT_EQ(failure->failure_class, FailureClass::kConfig);
  EXPECT_EQ(CodeOf("http", 401, ""), "unauthorized");
  EXPECT_EQ(CodeOf("http", 503, ""), "unavailable");
  EXPECT_EQ(CodeOf("http", 301, ""), "redirected");
}

// A web server that answers everything with a page, or nothing but 404, is no service of any kind.
TEST(Probes, NoKindTakesAPageForItself) {
  for (const char* kind : {"http", "gemini", "google_tts", "openai", "azure_speech", "elevenlabs",
                           "polly", "supabase", "s3"}) {
    EXPECT_NE(CodeOf(kind, 200, "<html>hello</html>"), "") << kind;
    EXPECT_NE(CodeOf(kind, 200, "{}"), "") << kind;
    EXPECT_NE(CodeOf(kind, 404, "<html>no such page</html>"), "") << kind;
    EXPECT_NE(CodeOf(kind, 405, ""), "") << kind;
  }
}

TEST(Probes, KindsWithoutAServiceSayHowTheyWork) {
  for (const char* kind : {"template", "database", "fake"}) {
    const ProbeStep step = FindService(kind)->Probe(ServerOf(kind), {});
    EXPECT_TRUE(std::get<Works>(step).how.starts_with("needs no service: ")) << kind;
  }
}

}  // namespace
}  // namespace debrief

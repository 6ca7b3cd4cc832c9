// classify_test.cpp: every line of the tables of docs/http-protocol.md that tells failures apart.
#include "bgworker/core/services/classify.h"

#include <gtest/gtest.h>

#include "bgworker/core/ssml/ssml.h"

namespace debrief {
namespace {

using Transport = Response::Transport;

Response Answer(int status, std::string body = "", std::optional<int64_t> retry_after_ms = {}) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  response.retry_after_ms = retry_after_ms;
  return response;
}

std::string ErrorBody(const std::string& code, const std::string& message = "told so") {
  return R"({"error": {"code": ")" + code + R"(", "message": ")" + message + R"("}})";
}

Failure Broken(Transport transport) {
  Response response;
  response.transport = transport;
  response.transport_error = "libcurl's words";
  return Classify(response).value_or(Failure{.code = "none"});
}

Failure FailureOf(const Response& response) {
  return Classify(response).value_or(Failure{.code = "none"});
}

struct Expectation {
  int status;
  const char* code;
  FailureClass failure_class;
};

TEST(Classify, FindsNoFailureInA200) { EXPECT_FALSE(Classify(Answer(200, "anything"))); }

TEST(Classify, TellsTransportFailuresApart) {
  const std::pair<Transport, Expectation> expectations[] = {
      {Transport::kUnreachable, {0, "unreachable", FailureClass::kUnreachable}},
      {Transport::kTimeout, {0, "timeout", FailureClass::kTransient}},
      {Transport::kBroken, {0, "connection_broken", FailureClass::kTransient}},
      {Transport::kTooLarge, {0, "answer_too_large", FailureClass::kTransient}},
      {Transport::kRefused, {0, "request_refused", FailureClass::kConfig}}};
  for (const auto& [transport, expected] : expectations) {
    const Failure failure = Broken(transport);
    EXPECT_EQ(failure.code, expected.code);
    EXPECT_EQ(failure.failure_class, expected.failure_class) << expected.code;
    EXPECT_EQ(failure.detail, "libcurl's words");
    EXPECT_EQ(failure.http_status, 0);
  }
}

TEST(Classify, FindsATransportFailureEvenBesideA200) {
  Response cut = Answer(200, "half");
  cut.transport = Transport::kBroken;
  EXPECT_EQ(FailureOf(cut).code, "connection_broken");
}

TEST(Classify, TellsStatusesApart) {
  const Expectation expectations[] = {{429, "rate_limited", FailureClass::kRateLimited},
                                      {401, "unauthorized", FailureClass::kAuth},
                                      {403, "unauthorized", FailureClass::kAuth},
                                      {413, "too_large", FailureClass::kTooLarge},
                                      {415, "unsupported_media", FailureClass::kPermanent},
                                      {422, "unsupported_media", FailureClass::kPermanent},
                                      {400, "bad_request", FailureClass::kPermanent},
                                      {404, "bad_request", FailureClass::kPermanent},
                                      {451, "bad_request", FailureClass::kPermanent},
                                      {499, "bad_request", FailureClass::kPermanent},
                                      {300, "redirected", FailureClass::kPermanent},
                                      {301, "redirected", FailureClass::kPermanent},
                                      {302, "redirected", FailureClass::kPermanent},
                                      {399, "redirected", FailureClass::kPermanent},
                                      {408, "timeout", FailureClass::kTransient},
                                      {425, "timeout", FailureClass::kTransient},
                                      {500, "internal", FailureClass::kTransient},
                                      {502, "internal", FailureClass::kTransient},
                                      {503, "internal", FailureClass::kTransient},
                                      {504, "timeout", FailureClass::kTransient},
                                      {599, "internal", FailureClass::kTransient},
                                      {201, "internal", FailureClass::kTransient},
                                      {204, "internal", FailureClass::kTransient},
                                      {100, "internal", FailureClass::kTransient},
                                      {0, "internal", FailureClass::kTransient},
                                      {600, "internal", FailureClass::kTransient}};
  for (const Expectation& expected : expectations) {
    const Failure failure = FailureOf(Answer(expected.status));
    EXPECT_EQ(failure.code, expected.code) << expected.status;
    EXPECT_EQ(failure.failure_class, expected.failure_class) << expected.status;
    EXPECT_EQ(failure.http_status, expected.status);
    EXPECT_EQ(failure.detail, "HTTP status " + std::to_string(expected.status));
  }
}

TEST(Classify, LetsTheCodeOfTheBodyBeatTheStatus) {
  const std::pair<const char*, Expectation> expectations[] = {
      {"busy", {400, "rate_limited", FailureClass::kRateLimited}},
      {"rate_limited", {500, "rate_limited", FailureClass::kRateLimited}},
      {"overloaded", {500, "rate_limited", FailureClass::kRateLimited}},
      {"unauthorized", {400, "unauthorized", FailureClass::kAuth}},
      {"too_large", {400, "too_large", FailureClass::kTooLarge}},
      {"blocked", {500, "blocked", FailureClass::kBlocked}},
      {"unsupported_media", {500, "unsupported_media", FailureClass::kPermanent}},
      {"bad_request", {429, "bad_request", FailureClass::kPermanent}},
      {"internal", {400, "internal", FailureClass::kTransient}},
      {"timeout", {302, "timeout", FailureClass::kTransient}}};
  for (const auto& [told, expected] : expectations) {
    const Failure failure = FailureOf(Answer(expected.status, ErrorBody(told)));
    EXPECT_EQ(failure.code, expected.code) << told;
    EXPECT_EQ(failure.failure_class, expected.failure_class) << told;
    EXPECT_EQ(failure.detail, "told so");
    EXPECT_EQ(failure.http_status, expected.status);
  }
}

TEST(Classify, GoesByTheStatusWhenTheBodysCodeIsUnknown) {
  // "bad_answer" and "redirected" are ours to say, not a provider's.
  for (const char* code : {"out_of_cheese", "", "INTERNAL", "bad_answer", "redirected"}) {
    const Failure failure = FailureOf(Answer(413, ErrorBody(code)));
    EXPECT_EQ(failure.code, "too_large") << code;
    EXPECT_EQ(failure.detail, "told so");
  }
}

TEST(Classify, GoesByTheStatusWhenTheBodyIsNoErrorOfTheProtocol) {
  for (const char* body :
       {"<html>Bad gateway</html>", "", "{}", "[]", "null", R"({"error": "busy"})",
        R"({"error": ["busy"]})", R"({"error": {"code": 7, "message": 8}})", R"({"code": "busy"})",
        R"({"error": {"code": "busy")"}) {
    const Failure failure = FailureOf(Answer(502, body));
    EXPECT_EQ(failure.code, "internal") << body;
    EXPECT_EQ(failure.detail, "HTTP status 502") << body;
  }
}

TEST(Classify, DoesNotReadAnErrorBodyOverItsLimit) {
  const std::string fits = ErrorBody("busy", std::string(64 * 1024 - 42, 'x'));
  ASSERT_EQ(fits.size(), 64 * 1024);
  EXPECT_EQ(FailureOf(Answer(500, fits)).code, "rate_limited");
  EXPECT_EQ(FailureOf(Answer(500, fits + " ")).code, "internal");
}

TEST(Classify, TakesA503ForBusyOnlyWithRetryAfter) {
  EXPECT_EQ(FailureOf(Answer(503, "", 5'000)).code, "rate_limited");
  EXPECT_EQ(FailureOf(Answer(503)).code, "internal");
  EXPECT_EQ(FailureOf(Answer(500, "", 5'000)).code, "internal");
}

TEST(Classify, PassesRetryAfterOn) {
  EXPECT_EQ(FailureOf(Answer(429, "", 5'000)).retry_after_ms, 5'000);
  EXPECT_EQ(FailureOf(Answer(500, "", 5'000)).retry_after_ms, 5'000);
  EXPECT_EQ(FailureOf(Answer(429)).retry_after_ms, std::nullopt);
}

TEST(Classify, TellsTheOwnerNothingInTheProvidersWords) {
  const Failure first = FailureOf(Answer(400, ErrorBody("blocked", "first")));
  const Failure second = FailureOf(Answer(403, ErrorBody("blocked", "second")));
  EXPECT_EQ(first.message, second.message);
  EXPECT_NE(first.detail, second.detail);
  EXPECT_FALSE(first.message.empty());
}

TEST(Classify, KeepsTheKeyThatWasSentOutOfTheDetail) {
  Response response = Answer(401, ErrorBody("unauthorized", "Incorrect: s3same, yes s3same!"));
  EXPECT_EQ(Classify(response, "s3same")->detail, "Incorrect: [redacted], yes [redacted]!");
  response.transport = Transport::kBroken;
  response.transport_error = "while sending s3same";
  EXPECT_EQ(Classify(response, "s3same")->detail, "while sending [redacted]");
}

TEST(BadAnswer, IsTransientAndKeepsTheReason) {
  const Failure failure = BadAnswer("title is missing");
  EXPECT_EQ(failure.failure_class, FailureClass::kTransient);
  EXPECT_EQ(failure.code, "bad_answer");
  EXPECT_EQ(failure.detail, "title is missing");
  EXPECT_EQ(failure.http_status, 200);
}

TEST(CleanDetail, KeepsOrdinaryWords) {
  const std::string words = "Größe: 3 % zu groß (\"x.mp4\", https://a.example/b?c=d&e=f) 日本語 😀";
  EXPECT_EQ(CleanDetail(words), words);
}

TEST(CleanDetail, MakesOneLineOfControlCharacters) {
  EXPECT_EQ(CleanDetail(std::string_view("a\nb\tc\0d\x1b[31me\x7f", 14)), "a b c d [31me ");
  EXPECT_EQ(CleanDetail("a\u0085b\u009bc\u2028d\u2029e"), "a b c d e");
}

TEST(CleanDetail, MakesValidUtf8) {
  EXPECT_EQ(CleanDetail("a\xff\xfe"
                        "b"),
            "a??b");
  EXPECT_EQ(CleanDetail("gr\xc3\xb6\xc3"), "gr\u00f6?");
  EXPECT_EQ(CleanDetail("\xed\xb0\x80."), "???.");
  EXPECT_EQ(CleanDetail("\xc0\xaf."), "??.");
}

TEST(CleanDetail, CutsAt500BytesBetweenCharacters) {
  EXPECT_EQ(CleanDetail(std::string(500, 'x')), std::string(500, 'x'));
  EXPECT_EQ(CleanDetail(std::string(501, 'x')), std::string(500, 'x'));
  EXPECT_EQ(CleanDetail(std::string(499, 'x') + "ö"), std::string(499, 'x'));
  EXPECT_EQ(CleanDetail(std::string(498, 'x') + "ö"), std::string(498, 'x') + "ö");
  EXPECT_EQ(CleanDetail(std::string(498, 'x') + "😀"), std::string(498, 'x'));
}

TEST(CleanDetail, ReadsNoMoreThan64Kilobytes) {
  const std::string cut = CleanDetail(std::string(65'535, 'x') + "ö");
  EXPECT_EQ(cut, std::string(500, 'x'));
  EXPECT_TRUE(ssml::IsValidUtf8(cut));
}

TEST(CleanDetail, RedactsTheWordAfterBearer) {
  EXPECT_EQ(CleanDetail("Bearer abc"), "Bearer [redacted]");
  EXPECT_EQ(CleanDetail("sent 'bearer  a:b.c/d=', got 401"), "sent 'bearer  [redacted]', got 401");
  EXPECT_EQ(CleanDetail("BEARER\tabc"), "BEARER [redacted]");
}

TEST(CleanDetail, RedactsTheValueOfAKey) {
  EXPECT_EQ(CleanDetail("/v1?key=abc&alt=json"), "/v1?key=[redacted]&alt=json");
  EXPECT_EQ(CleanDetail("api_key = abc, x=1"), "api_key = [redacted], x=1");
  EXPECT_EQ(CleanDetail("X-Goog-API-Key=\"a b\""), "X-Goog-API-Key=\"[redacted] b\"");
  EXPECT_EQ(CleanDetail("access_token=a%2Fb;"), "access_token=[redacted];");
  EXPECT_EQ(CleanDetail("?sig=abc&Signature=d:e"), "?sig=[redacted]&Signature=[redacted]");
  EXPECT_EQ(CleanDetail("password='hunter2'"), "password='[redacted]'");
}

TEST(CleanDetail, RedactsLongTokensAfterAKeyWasMentioned) {
  const std::string token(32, 'a');
  const std::string shorter(31, 'a');
  EXPECT_EQ(CleanDetail("Incorrect API key provided: " + token + "."),
            "Incorrect API key provided: [redacted]");
  EXPECT_EQ(CleanDetail("Authorization: Basic " + token + "=="),
            "Authorization: Basic [redacted]==");
  EXPECT_EQ(CleanDetail(R"({"token": ")" + token + R"("})"), R"({"token": "[redacted]"})");
  EXPECT_EQ(CleanDetail("no key " + shorter), "no key " + shorter);
  EXPECT_EQ(CleanDetail("no such file " + token), "no such file " + token);
}

TEST(CleanDetail, RedactsTheKeyItIsGivenWhereverItStands) {
  EXPECT_EQ(CleanDetail("xs3samey s3same", "s3same"), "x[redacted]y [redacted]");
  EXPECT_EQ(CleanDetail("nothing here", "s3same"), "nothing here");
}

TEST(CleanDetail, RedactsBeforeItCuts) {
  const std::string text = std::string(495, 'x') + " s3same and more";
  EXPECT_EQ(CleanDetail(text, "s3same").find("s3s"), std::string::npos);
}

}  // namespace
}  // namespace debrief

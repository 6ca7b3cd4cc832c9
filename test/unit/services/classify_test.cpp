// classify_test.cpp: every line of the tables of docs/http-protocol.md that tells failures apart.
#include "bgworker/core/services/classify.h"

#include <gtest/gtest.h>

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
      {Transport::kUnreachable, {0, "unreachable", FailureClass::kOutage}},
      {Transport::kTimeout, {0, "timeout", FailureClass::kUnproven}},
      {Transport::kBroken, {0, "connection_broken", FailureClass::kOutage}},
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
                                      {402, "quota_exhausted", FailureClass::kQuota},
                                      {404, "endpoint_not_found", FailureClass::kConfig},
                                      {405, "endpoint_not_found", FailureClass::kConfig},
                                      {410, "endpoint_not_found", FailureClass::kConfig},
                                      {451, "bad_request", FailureClass::kPermanent},
                                      {499, "bad_request", FailureClass::kPermanent},
                                      {300, "redirected", FailureClass::kConfig},
                                      {301, "redirected", FailureClass::kConfig},
                                      {302, "redirected", FailureClass::kConfig},
                                      {399, "redirected", FailureClass::kConfig},
                                      {408, "timeout", FailureClass::kUnproven},
                                      {425, "timeout", FailureClass::kUnproven},
                                      {500, "internal", FailureClass::kUnproven},
                                      {502, "unavailable", FailureClass::kOutage},
                                      {503, "unavailable", FailureClass::kOutage},
                                      {504, "unavailable", FailureClass::kOutage},
                                      {522, "unavailable", FailureClass::kOutage},
                                      {507, "unavailable", FailureClass::kOutage},
                                      {529, "unavailable", FailureClass::kOutage},
                                      {540, "unavailable", FailureClass::kOutage},
                                      {544, "unavailable", FailureClass::kOutage},
                                      {599, "internal", FailureClass::kUnproven},
                                      {201, "internal", FailureClass::kUnproven},
                                      {204, "internal", FailureClass::kUnproven},
                                      {100, "internal", FailureClass::kUnproven},
                                      {0, "internal", FailureClass::kUnproven},
                                      {600, "internal", FailureClass::kUnproven}};
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
      {"internal", {400, "internal", FailureClass::kUnproven}},
      {"timeout", {302, "timeout", FailureClass::kUnproven}}};
  for (const auto& [told, expected] : expectations) {
    const Failure failure = FailureOf(Answer(expected.status, ErrorBody(told)));
    EXPECT_EQ(failure.code, expected.code) << told;
    EXPECT_EQ(failure.failure_class, expected.failure_class) << told;
    EXPECT_EQ(failure.detail, "told so");
    EXPECT_EQ(failure.http_status, expected.status);
  }
}

TEST(Classify, SaysWhatTheOwnerCanFixWhenTheBodyGivesAReason) {
  const auto message = [](const char* code, const char* reason) {
    return FailureOf(
               Answer(422, std::string(R"({"error": {"message": "For operators.", "code": ")") +
                               code + R"(", "reason": ")" + reason + R"("}})"))
        .message;
  };
  EXPECT_EQ(message("unsupported_media", "no_video"),
            "The file holds no video stream. Upload a recording with a picture.");
  EXPECT_EQ(message("unsupported_media", "cut_short"),
            "The recording is cut short. Upload it again.");
  EXPECT_EQ(message("unsupported_media", "empty"), "The file is empty. Upload it again.");
  EXPECT_NE(message("unsupported_media", "undecodable").find("Save it as MP4"), std::string::npos);
  // Words of the provider's own do not reach the owner.
  EXPECT_EQ(message("unsupported_media", "our disk sda1").find("sda1"), std::string::npos);
  EXPECT_EQ(message("bad_request", "no_video"), "The provider refuses the request.");
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
    EXPECT_EQ(failure.code, "unavailable") << body;
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
  EXPECT_EQ(FailureOf(Answer(503)).code, "unavailable");
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

}  // namespace
}  // namespace debrief

// classify_test.cpp: the table of errors in docs/http-protocol.md, line by line.
#include "classify.h"

#include <gtest/gtest.h>

#include "ssml.h"

namespace debrief {
namespace {

Response Status(int status, std::string body = "",
                std::optional<int64_t> retry_after_ms = std::nullopt) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  response.retry_after_ms = retry_after_ms;
  return response;
}

std::string ErrorBody(const std::string& code) {
  return R"({"error": {"code": ")" + code + R"(", "message": "told so"}})";
}

void ExpectFailure(const Response& response, FailureClass failure_class, const std::string& code) {
  const std::optional<Failure> failure = Classify(response);
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->failure_class, failure_class) << code;
  EXPECT_EQ(failure->code, code);
  EXPECT_FALSE(failure->message.empty());
}

TEST(Classify, SuccessIsNoFailure) { EXPECT_FALSE(Classify(Status(200, "anything")).has_value()); }

TEST(Classify, StatusesMeanWhatTheTableSays) {
  ExpectFailure(Status(429), FailureClass::kRateLimited, "rate_limited");
  ExpectFailure(Status(503, "", 1'000), FailureClass::kRateLimited, "rate_limited");
  ExpectFailure(Status(503), FailureClass::kTransient, "internal");
  ExpectFailure(Status(401), FailureClass::kAuth, "unauthorized");
  ExpectFailure(Status(403), FailureClass::kAuth, "unauthorized");
  ExpectFailure(Status(413), FailureClass::kTooLarge, "too_large");
  ExpectFailure(Status(400), FailureClass::kPermanent, "bad_request");
  ExpectFailure(Status(404), FailureClass::kPermanent, "bad_request");
  ExpectFailure(Status(422), FailureClass::kPermanent, "unsupported_media");
  ExpectFailure(Status(302), FailureClass::kPermanent, "redirected");
  ExpectFailure(Status(408), FailureClass::kTransient, "timeout");
  ExpectFailure(Status(425), FailureClass::kTransient, "timeout");
  ExpectFailure(Status(500), FailureClass::kTransient, "internal");
  ExpectFailure(Status(502, "<html>Bad gateway</html>"), FailureClass::kTransient, "internal");
  ExpectFailure(Status(204), FailureClass::kTransient, "internal");
}

TEST(Classify, TheBodysCodeBeatsTheStatus) {
  ExpectFailure(Status(500, ErrorBody("busy")), FailureClass::kRateLimited, "rate_limited");
  ExpectFailure(Status(500, ErrorBody("overloaded")), FailureClass::kRateLimited, "rate_limited");
  ExpectFailure(Status(500, ErrorBody("unauthorized")), FailureClass::kAuth, "unauthorized");
  ExpectFailure(Status(500, ErrorBody("too_large")), FailureClass::kTooLarge, "too_large");
  ExpectFailure(Status(500, ErrorBody("blocked")), FailureClass::kBlocked, "blocked");
  ExpectFailure(Status(500, ErrorBody("unsupported_media")), FailureClass::kPermanent,
                "unsupported_media");
  ExpectFailure(Status(500, ErrorBody("bad_request")), FailureClass::kPermanent, "bad_request");
  ExpectFailure(Status(400, ErrorBody("internal")), FailureClass::kTransient, "internal");
  ExpectFailure(Status(400, ErrorBody("timeout")), FailureClass::kTransient, "timeout");
}

TEST(Classify, AnUnknownCodeFallsBackToTheStatus) {
  ExpectFailure(Status(400, ErrorBody("redirected")), FailureClass::kPermanent, "bad_request");
  ExpectFailure(Status(500, ErrorBody("'; drop table")), FailureClass::kTransient, "internal");
}

TEST(Classify, TransportFailuresTellTheServersFaultFromTheRows) {
  using Transport = Response::Transport;
  auto broken = [](Transport transport) {
    Response response;
    response.transport = transport;
    response.transport_error = "why";
    return response;
  };
  ExpectFailure(broken(Transport::kUnreachable), FailureClass::kUnreachable, "unreachable");
  ExpectFailure(broken(Transport::kTimeout), FailureClass::kTransient, "timeout");
  ExpectFailure(broken(Transport::kBroken), FailureClass::kTransient, "connection_broken");
  ExpectFailure(broken(Transport::kTooLarge), FailureClass::kTransient, "answer_too_large");
  ExpectFailure(broken(Transport::kRefused), FailureClass::kConfig, "request_refused");
}

TEST(Classify, KeepsRetryAfterAndStatus) {
  const std::optional<Failure> failure = Classify(Status(429, "", 7'000));
  EXPECT_EQ(failure->retry_after_ms, 7'000);
  EXPECT_EQ(failure->http_status, 429);
}

TEST(Classify, HostileBodiesAreOnlyWords) {
  for (const std::string& body :
       {std::string(100'000, '['), std::string("{\"error\": 7}"),
        std::string("{\"error\": {\"code\": []}}"), std::string("\xff\xfe\x00\x01", 4),
        std::string("[]"), std::string("null")}) {
    ExpectFailure(Status(500, body), FailureClass::kTransient, "internal");
  }
}

TEST(Classify, DetailIsOneShortLineOfValidUtf8) {
  const std::string detail = CleanDetail("a\nb\tc\x01" + std::string(600, 'x') + " ");
  EXPECT_EQ(detail.substr(0, 6), "a b c ");
  std::string umlauts;
  for (int i = 0; i < 400; i++) umlauts += "ä ";
  const std::string cut = CleanDetail(umlauts);
  EXPECT_LE(cut.size(), 500U);
  EXPECT_TRUE(ssml::IsValidUtf8(cut));
  EXPECT_TRUE(ssml::IsValidUtf8(CleanDetail("bad \xff bytes")));
}

TEST(Classify, DetailHidesWhatMayBeAKey) {
  EXPECT_EQ(CleanDetail("bad key sk-0123456789abcdef0123456789abcdef here"),
            "bad key [redacted] here");
  EXPECT_EQ(CleanDetail("Authorization: Bearer abc"), "Authorization: Bearer [redacted]");
  EXPECT_EQ(CleanDetail("an ordinary sentence."), "an ordinary sentence.");
}

}  // namespace
}  // namespace debrief

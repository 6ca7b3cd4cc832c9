// outcome_test.cpp: how the end of a transfer and its Retry-After header are read.
#include "bgworker/core/http/outcome.h"

#include <gtest/gtest.h>

#include "bgworker/core/http/retry_after.h"
#include "test/unit/http/http_driver.h"
#include "test/unit/http/loopback_server.h"

namespace debrief {
namespace {

using Transport = Response::Transport;

constexpr char kDate[] = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr int64_t kDateSeconds = 784'111'777;
constexpr int64_t kDayMs = 86'400'000;

TEST(RetryAfter, ReadsSeconds) {
  EXPECT_EQ(RetryAfterMs("7", nullptr, 0), 7000);
  EXPECT_EQ(RetryAfterMs("0", nullptr, 0), 0);
  EXPECT_EQ(RetryAfterMs("120 ", nullptr, 0), 120'000);
}

TEST(RetryAfter, ReadsAFractionOfASecondAsAWholeOne) {
  EXPECT_EQ(RetryAfterMs("0.25", nullptr, 0), 1000);
  EXPECT_EQ(RetryAfterMs("7.0", nullptr, 0), 7000);
  EXPECT_EQ(RetryAfterMs("7.66", nullptr, 0), 8000);
  EXPECT_EQ(RetryAfterMs("86400.5", nullptr, 0), kDayMs);
}

TEST(RetryAfter, WaitsNoLongerThanADay) {
  EXPECT_EQ(RetryAfterMs("86401", nullptr, 0), kDayMs);
  EXPECT_EQ(RetryAfterMs("99999999999999999999999999999999999999", nullptr, 0), kDayMs);
  EXPECT_EQ(RetryAfterMs(kDate, nullptr, 0), kDayMs);
}

TEST(RetryAfter, ReadsEveryFormOfDate) {
  EXPECT_EQ(RetryAfterMs(kDate, nullptr, kDateSeconds - 5), 5000);
  EXPECT_EQ(RetryAfterMs("Sunday, 06-Nov-94 08:49:37 GMT", nullptr, kDateSeconds - 5), 5000);
  EXPECT_EQ(RetryAfterMs("Sun Nov  6 08:49:37 1994", nullptr, kDateSeconds - 5), 5000);
}

TEST(RetryAfter, CountsADateFromTheServersClock) {
  EXPECT_EQ(RetryAfterMs(kDate, "Sun, 06 Nov 1994 08:49:07 GMT", kDateSeconds + 999), 30'000);
  EXPECT_EQ(RetryAfterMs(kDate, "broken clock", kDateSeconds - 9), 9000);
}

TEST(RetryAfter, TakesADateOfThePastForNow) {
  EXPECT_EQ(RetryAfterMs(kDate, nullptr, kDateSeconds + 1), 0);
}

TEST(RetryAfter, IgnoresWhatIsNeither) {
  for (const char* value : {"", " ", "-5", "1.", ".5", "1.5.2", "12 monkeys", "soon", "+3", "0x10",
                            "Sun", "1994-11-06 08:49:37", "Sun, 99 Nov 1994 08:49:37 GMT"}) {
    EXPECT_EQ(RetryAfterMs(value, nullptr, 0), std::nullopt) << value;
  }
  EXPECT_EQ(RetryAfterMs(std::string(5000, '9').c_str(), nullptr, 0), std::nullopt);
}

TEST(RetryAfter, ComesWithTheAnswer) {
  LoopbackServer server([](LoopbackConnection& connection) {
    connection.Read();
    connection.Answer(429, "slow down", "Retry-After: 17\r\n");
    connection.Read();
    connection.Answer(
        503, "",
        std::string("retry-after: ") + kDate + "\r\nDate: Sun, 06 Nov 1994 08:49:27 GMT\r\n");
    connection.Read();
    connection.Answer(503, "", "Retry-After: later\r\n");
  });
  HttpDriver driver;
  const Response seconds = driver.Fetch(Get(server.Url()));
  EXPECT_EQ(seconds.status, 429);
  EXPECT_EQ(seconds.body, "slow down");
  EXPECT_EQ(seconds.retry_after_ms, 17'000);
  EXPECT_EQ(driver.Fetch(Get(server.Url())).retry_after_ms, 10'000);
  EXPECT_EQ(driver.Fetch(Get(server.Url())).retry_after_ms, std::nullopt);
}

TEST(HttpOutcome, IsUnreachableOnlyWhenNothingWasSent) {
  for (const CURLcode code :
       {CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_SSL_CONNECT_ERROR,
        CURLE_PEER_FAILED_VERIFICATION, CURLE_OPERATION_TIMEDOUT, CURLE_SEND_ERROR}) {
    EXPECT_EQ(Classify({.code = code}), Transport::kUnreachable) << code;
    EXPECT_NE(Classify({.code = code, .request_began = true}), Transport::kUnreachable) << code;
  }
}

TEST(HttpOutcome, TriesAgainOnlyForAWarmConnectionThatDiedInSilence) {
  const TransferFacts dead{.code = CURLE_SEND_ERROR};
  EXPECT_TRUE(WorthFreshConnection(dead));
  TransferFacts other = dead;
  other.opened_connection = true;
  EXPECT_FALSE(WorthFreshConnection(other));
  other = dead;
  other.answer_began = true;
  EXPECT_FALSE(WorthFreshConnection(other));
  other = dead;
  other.code = CURLE_OPERATION_TIMEDOUT;
  EXPECT_FALSE(WorthFreshConnection(other));
  other = dead;
  other.stopped_by = StoppedBy::kShortFile;
  EXPECT_FALSE(WorthFreshConnection(other));
}

TEST(HttpOutcome, DescribesInPrintableAsciiOfLimitedLength) {
  const TransferFacts facts{.code = CURLE_WEIRD_SERVER_REPLY, .request_began = true};
  const std::string words = Describe(facts, "bad: \x01\xff\n" + std::string(1000, 'x'));
  EXPECT_TRUE(words.starts_with("bad: ???xxx")) << words;
  EXPECT_LT(words.size(), 300u);
}

TEST(HttpOutcome, SaysWhenThereWasNoMemoryForAnAnswer) {
  const TransferFacts facts{
      .code = CURLE_WRITE_ERROR, .stopped_by = StoppedBy::kMemory, .request_began = true};
  EXPECT_EQ(Describe(facts, "libcurl's words"), "no memory for the answer");
  EXPECT_EQ(Classify({.code = CURLE_OK, .request_began = true}), Transport::kOk);
}

}  // namespace
}  // namespace debrief

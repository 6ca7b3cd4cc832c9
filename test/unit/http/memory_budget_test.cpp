// memory_budget_test.cpp: what bodies take is counted, and transfers wait when it is used up.
#include "bgworker/core/http/memory_budget.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>

#include "test/unit/http/http_driver.h"
#include "test/unit/http/loopback_server.h"

namespace debrief {
namespace {

TEST(MemoryBudget, AShareCountsForAsLongAsItLives) {
  MemoryBudget budget;
  budget.SetLimit(100);
  {
    MemoryShare share(&budget);
    share.Set(70);
    EXPECT_EQ(budget.used(), 70);
    EXPECT_EQ(budget.left(), 30);
    share.Set(130);
    EXPECT_EQ(budget.left(), 0);
  }
  EXPECT_EQ(budget.used(), 0);
}

TEST(MemoryBudget, AMovedShareIsCountedOnceAndACopyNotAtAll) {
  MemoryBudget budget;
  MemoryShare share(&budget);
  share.Set(70);
  MemoryShare moved = std::move(share);
  const MemoryShare copy = moved;
  EXPECT_EQ(budget.used(), 70);
  EXPECT_EQ(moved.bytes(), 70);
  EXPECT_EQ(copy.bytes(), 0);
  moved = MemoryShare(&budget);
  EXPECT_EQ(budget.used(), 0);
}

TEST(MemoryBudget, AShareOfNoBudgetCountsNothing) {
  MemoryShare share;
  share.Set(70);
  EXPECT_EQ(share.bytes(), 0);
}

class LargeAnswers : public testing::Test {
 protected:
  static constexpr int64_t kBody = 1 << 20;
  static constexpr int64_t kLimit = 3 << 20;
  static constexpr size_t kCalls = 20;

  // Fetches them all at once; answers the most that was counted meanwhile.
  int64_t MostUsed(const LoopbackServer& server) {
    MemoryBudget budget;
    budget.SetLimit(kLimit);
    HttpDriver driver;
    driver.client().SetMemory(&budget);
    for (size_t i = 0; i < kCalls; i++) {
      Request request = Post(server.Url(), "x");
      request.response_bytes_max = 2 * kBody;
      driver.client().Start(std::move(request));
    }
    int64_t most = 0;
    size_t whole = 0;
    driver.RunUntil([&] {
      most = std::max(most, budget.used());
      // Taken, and so freed: what the worker does with a row that is settled.
      for (const auto& [id, response] : std::exchange(driver.finished(), {})) {
        whole += response.body.size() == static_cast<size_t>(kBody);
      }
      return driver.client().in_flight() == 0;
    });
    EXPECT_EQ(whole, kCalls);
    EXPECT_EQ(budget.used(), 0);
    return most;
  }
};

TEST_F(LargeAnswers, WaitForOneAnotherWhenTheirLengthIsAnnounced) {
  LoopbackServer server(AlwaysAnswer(std::string(kBody, 'x')));
  const int64_t most = MostUsed(server);
  EXPECT_GT(most, 0);
  EXPECT_LE(most, kLimit + kBody);  // the one that never waits may be beyond
}

TEST_F(LargeAnswers, WaitForOneAnotherWhenTheyComeInChunks) {
  LoopbackServer server([](LoopbackConnection& connection) {
    while (connection.Read()) {
      std::string answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
      for (int64_t sent = 0; sent < kBody; sent += 65'536) {
        answer += "10000\r\n" + std::string(65'536, 'x') + "\r\n";
      }
      connection.Send(answer + "0\r\n\r\n");
    }
  });
  EXPECT_LE(MostUsed(server), kLimit + 2 * kBody);  // a string that grows doubles
}

TEST_F(LargeAnswers, FinishEvenWhenNothingIsEverFreed) {
  LoopbackServer server(AlwaysAnswer(std::string(kBody, 'x')));
  MemoryBudget budget;
  budget.SetLimit(kLimit);
  HttpDriver driver;
  driver.client().SetMemory(&budget);
  std::set<HttpClient::Id> calls;
  for (size_t i = 0; i < kCalls; i++) {
    Request request = Post(server.Url(), "x");
    request.response_bytes_max = 2 * kBody;
    calls.insert(driver.client().Start(std::move(request)));
  }
  driver.RunUntil([&] { return driver.finished().size() == calls.size(); });
  for (const HttpClient::Id id : calls) {
    EXPECT_EQ(driver.finished()[id].body.size(), static_cast<size_t>(kBody));
  }
}

TEST_F(LargeAnswers, WaitForMemoryThatOthersWillFree) {
  LoopbackServer server(AlwaysAnswer(std::string(kBody, 'x')));
  MemoryBudget budget;
  budget.SetLimit(kLimit);
  MemoryShare others(&budget);
  others.Set(kLimit);
  HttpDriver driver;
  driver.client().SetMemory(&budget);
  driver.client().SetMayExceed(false);
  Request request = Post(server.Url(), "x");
  request.response_bytes_max = 2 * kBody;
  const auto call = driver.client().Start(std::move(request));
  int turns = 0;
  driver.RunUntil([&] { return ++turns > 20; });
  EXPECT_EQ(driver.client().in_flight(), 1u);
  EXPECT_EQ(budget.used(), kLimit);
  others.Set(0);
  EXPECT_EQ(driver.Wait(call).body.size(), static_cast<size_t>(kBody));
}

TEST_F(LargeAnswers, OneThatIsAbortedWhileItWaitsLeavesRoom) {
  LoopbackServer server(AlwaysAnswer(std::string(kBody, 'x')));
  MemoryBudget budget;
  budget.SetLimit(1);
  HttpDriver driver;
  driver.client().SetMemory(&budget);
  Request request = Post(server.Url(), "x");
  request.response_bytes_max = 2 * kBody;
  const auto first = driver.client().Start(request);
  const auto second = driver.client().Start(request);
  driver.RunUntil([&] { return budget.used() > 0; });
  driver.client().Abort(first);
  driver.client().Abort(second);
  driver.finished().clear();
  EXPECT_EQ(budget.used(), 0);
  EXPECT_EQ(driver.Fetch(request).body.size(), static_cast<size_t>(kBody));
}

}  // namespace
}  // namespace debrief

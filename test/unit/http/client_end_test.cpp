// What an end does to the transfers of a client.

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "bgworker/core/http/client.h"
#include "test/unit/http/http_driver.h"
#include "test/unit/http/loopback_server.h"

namespace debrief {
namespace {

TEST(HttpClient, EndsWithTransfersInFlight) {
  LoopbackServer server([](LoopbackConnection& connection) { connection.WaitForHangUp(); });
  HttpDriver driver;
  driver.client().Start(Post(server.Url(), "x"));
  driver.client().Start(Get("http://nonexistent.invalid/"));
  driver.RunUntil([&] { return server.accepted() == 1; });
}

TEST(HttpClient, StopsWhatIsNotSentAndNothingElse) {
  std::atomic<int> received{0};
  std::promise<void> answered;
  LoopbackServer server([&, may_answer = answered.get_future().share()](auto& connection) {
    if (!connection.Read()) return;
    received++;
    may_answer.wait();
    connection.Answer(200, "ok");
  });
  HttpDriver driver;
  const HttpClient::Id sent = driver.client().Start(Post(server.Url(), "sent"));
  driver.RunUntil([&] { return received == 1; });
  const HttpClient::Id unsent = driver.client().Start(Post(server.Url(), "unsent"));
  driver.client().AbortUnsent();
  EXPECT_EQ(driver.client().in_flight(), 1u);
  answered.set_value();
  EXPECT_EQ(driver.Wait(sent).body, "ok");
  EXPECT_FALSE(driver.finished().contains(unsent));
  EXPECT_EQ(received, 1);
}

}  // namespace
}  // namespace debrief

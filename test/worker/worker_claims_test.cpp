// Claims that PostgreSQL refuses: whose row it is, and who goes on all the same.

#include <gtest/gtest.h>

#include "bgworker/worker/worker.h"
#include "test/worker/worker_turn_fixture.h"

namespace debrief::sim {
namespace {

using WorkerClaimsTest = WorkerTurnTest;

TEST_F(WorkerClaimsTest, ARowThatCannotBeReadFailsAloneAndStopsNobody) {
  world_.At(0, [&] {
    for (int i = 0; i < 20; i++) world_.AddFeedback("u" + std::to_string(i % 3));
    world_.unreadable = {7};
    world_.AddRecording();
  });
  world_.RunUntil(kMinute);
  EXPECT_EQ(row(7).of[1].status, Status::kFailed) << world_.Describe();
  EXPECT_EQ(row(7).of[1].error_code, "row_not_readable");
  EXPECT_EQ(world_.Count(Stage::kSsml, Status::kFailed), 1);
  EXPECT_EQ(world_.Count(Stage::kAnalysis, Status::kCompleted), 1);
  EXPECT_EQ(world_.Count(Stage::kAudio, Status::kCompleted), 20) << "and one of the recording's";
}

TEST_F(WorkerClaimsTest, RowsThatComeAfterItAreTakenAtOnce) {
  world_.At(0, [&] {
    world_.AddFeedback("mallory");
    world_.unreadable = {1};
  });
  world_.At(20 * kSecond, [&] { world_.AddFeedback("ann"); });
  world_.At(20 * kSecond, [&] { world_.AddRecording(); });
  world_.RunUntil(20 * kSecond + kSecond);
  EXPECT_EQ(world_.Count(Stage::kAnalysis, Status::kCompleted), 1) << "another stage never waits";
  world_.RunUntil(2 * kMinute);
  EXPECT_EQ(audio(2).status, Status::kCompleted) << world_.Describe();
  EXPECT_EQ(row(1).of[1].status, Status::kFailed);
}

TEST_F(WorkerClaimsTest, MemoryThatIsShortForEveryRowChargesNobody) {
  world_.At(0, [&] {
    for (int i = 0; i < 6; i++) world_.AddFeedback("u" + std::to_string(i % 3));
    world_.unreadable = {1, 2, 3, 4, 5, 6};
  });
  world_.At(5 * kMinute, [&] {
    EXPECT_EQ(world_.Count(Stage::kSsml, Status::kQueued), 6) << world_.Describe();
    world_.unreadable.clear();
  });
  world_.RunUntil(7 * kMinute);
  EXPECT_EQ(world_.Count(Stage::kAudio, Status::kCompleted), 6) << world_.Describe();
  for (const auto& [id, row] : world_.rows) EXPECT_EQ(row.of[1].attempts, 1) << row.text();
}

TEST_F(WorkerClaimsTest, WhereEachRowIsRefusedTheHistorySaysSoOfTheFirst) {
  world_.At(0, [&] {
    for (int i = 0; i < 6; i++) world_.AddFeedback("u" + std::to_string(i % 3));
    world_.untouchable = {1, 2, 3, 4, 5, 6};
  });
  world_.At(5 * kSecond, [&] {
    EXPECT_GT(world_.deferred_rows[1], 0) << world_.Describe();
    EXPECT_EQ(world_.deferred_rows.size(), 1U) << "the others are due after it";
  });
  world_.At(10 * kMinute, [&] {
    EXPECT_EQ(world_.Count(Stage::kSsml, Status::kQueued), 6) << world_.Describe();
    EXPECT_LT(world_.deferred_rows[1], 40) << "as often as it is tried";
    world_.untouchable.clear();
  });
  world_.RunUntil(11 * kMinute);
  EXPECT_EQ(world_.Count(Stage::kAudio, Status::kCompleted), 6) << world_.Describe();
}

TEST_F(WorkerClaimsTest, ARowThatCannotEvenBeFailedIsLeftAloneAndStopsNobody) {
  int64_t refused = 0, transactions = 0;
  world_.At(0, [&] {
    for (int i = 0; i < 20; i++) world_.AddFeedback("u" + std::to_string(i % 3));
    world_.untouchable = {7};
  });
  world_.At(5 * kMinute, [&] {
    EXPECT_EQ(world_.Count(Stage::kAudio, Status::kCompleted), 19) << world_.Describe();
    EXPECT_EQ(row(7).of[1].status, Status::kQueued);
    EXPECT_GT(world_.deferred_rows[7], 0) << "which the attempt history says";
    refused = world_.refused_claims;
    transactions = world_.transactions;
    for (int i = 0; i < 20; i++) world_.AddFeedback("ann");
  });
  world_.At(5 * kMinute + kSecond, [&] {
    EXPECT_EQ(world_.Count(Stage::kAudio, Status::kCompleted), 39) << "what comes is claimed";
    EXPECT_LT(world_.transactions - transactions, 20) << "at once, and together";
  });
  world_.At(65 * kMinute, [&] {
    EXPECT_LE(world_.refused_claims - refused, 8) << "it is tried every ten minutes";
    EXPECT_GE(world_.refused_claims - refused, 5);
    EXPECT_EQ(row(7).of[1].attempts, 0);
    world_.untouchable.clear();
  });
  world_.RunUntil(76 * kMinute);
  EXPECT_EQ(audio(7).status, Status::kCompleted) << "once nothing refuses it, it is processed";
}

TEST_F(WorkerClaimsTest, ARowThatRunsAloneAndIsRefusedHoldsUpNoOtherThatDoes) {
  world_.At(0, [&] {
    for (int i = 0; i < 8; i++) world_.AddFeedback("u" + std::to_string(i % 3));
    for (const int64_t id : {1, 2, 3, 4}) {
      world_.rows[id].of[1].error_code = "worker_lost";
      world_.rows[id].of[1].attempts = 2;
    }
    world_.untouchable = {1};
    world_.unreadable = {2};
  });
  world_.RunUntil(20 * kMinute);
  EXPECT_EQ(row(1).of[1].status, Status::kQueued);
  EXPECT_EQ(row(2).of[1].status, Status::kFailed) << world_.Describe();
  EXPECT_EQ(row(2).of[1].error_code, "row_not_readable");
  EXPECT_EQ(world_.Count(Stage::kAudio, Status::kCompleted), 6) << world_.Describe();
}

TEST_F(WorkerClaimsTest, ANewConfigurationHasARowThatIsLeftAloneTriedAtOnce) {
  world_.At(0, [&] {
    world_.AddFeedback("mallory");
    world_.untouchable = {1};
  });
  world_.At(20 * kMinute, [&] {
    EXPECT_GT(world_.deferred_rows[1], 0) << world_.Describe();
    world_.untouchable.clear();
    world_.Wake(kWakeConfig);
  });
  world_.RunUntil(20 * kMinute + kSecond);
  EXPECT_EQ(audio(1).status, Status::kCompleted) << world_.Describe();
}

TEST_F(WorkerClaimsTest, ARowWhoseLeaseCannotBeRenewedStopsNobody) {
  world_.parts = 2;
  AudioAnswers([](int number) {
    const int64_t takes_us = number < 6 ? 55 * kSecond : kSecond / 100;
    return After(takes_us, World::Good(Stage::kAudio, ""));
  });
  world_.At(0, [&] {
    for (int i = 0; i < 3; i++) world_.AddFeedback("ann");
  });
  world_.At(30 * kSecond, [&] { world_.untouchable = {2}; });
  world_.At(59 * kSecond, [&] { world_.AddFeedback("ann"); });
  world_.At(80 * kSecond, [&] {
    EXPECT_EQ(audio(4).status, Status::kCompleted) << world_.Describe();
    world_.untouchable.clear();  // before its lease ends
  });
  world_.RunUntil(5 * kMinute);
  EXPECT_EQ(world_.Count(Stage::kAudio, Status::kCompleted), 4) << world_.Describe();
}

TEST_F(WorkerClaimsTest, HousekeepingThatIsRefusedStopsNoClaim) {
  world_.refuses_housekeeping = true;
  world_.At(kMinute, [&] {
    EXPECT_LT(world_.transactions, 500) << "nor is it tried in a loop";
    world_.AddFeedback("ann");
  });
  world_.RunUntil(kMinute + kSecond);
  EXPECT_EQ(audio(1).status, Status::kCompleted) << world_.Describe();
}

}  // namespace
}  // namespace debrief::sim

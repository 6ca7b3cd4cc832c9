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

}  // namespace
}  // namespace debrief::sim

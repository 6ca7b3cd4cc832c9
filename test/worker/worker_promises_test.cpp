// What the worker keeps when something refuses it: each of these fails when the mechanism behind it
// is taken out (test/mutants).

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <utility>

#include "bgworker/worker/worker.h"
#include "extension/settings.h"
#include "test/worker/world.h"

namespace debrief::sim {
namespace {

// A folder of its own, gone with the test.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / "pg_debrief_world.XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no folder: " + path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }
  int64_t CountFiles() const {
    int64_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path_)) {
      files += entry.is_regular_file();
    }
    return files;
  }

 private:
  std::string path_;
};

class WorkerPromisesTest : public testing::Test {
 protected:
  // Calls of audio take a second; the others are quick.
  WorkerPromisesTest() {
    world_.answer = [](const Sent& call) {
      const std::string text = "m" + std::to_string(call.row) + "v" + std::to_string(call.version);
      return Answer{.after_us = call.stage == Stage::kAudio ? kSecond : 10'000,
                    .response = World::Good(call.stage, text)};
    };
  }
  void AddEight() {
    for (int i = 0; i < 8; i++) world_.AddFeedback();
  }
  const Row::OfStage& audio(int64_t id) { return world_.rows.at(id).of[2]; }

  World world_{1};
};

// A transaction that was prepared, or rows that came by replication.
TEST_F(WorkerPromisesTest, ARowThatWakesNobodyIsFoundByTheSafetyPoll) {
  world_.At(40 * kSecond, [&] {
    world_.AddFeedback();
    world_.wakes = 0;
  });
  world_.RunUntil(45 * kSecond + settings::safety_poll_ms * 1000);
  EXPECT_TRUE(world_.AllFinal()) << world_.Describe();
}

TEST_F(WorkerPromisesTest, ARowThatCannotBeStoredFailsAlone) {
  world_.At(0, [&] {
    AddEight();
    world_.unstorable.insert(4);
  });
  world_.RunUntil(kMinute);
  EXPECT_EQ(world_.Count(Stage::kAudio, Status::kCompleted), 7) << world_.Describe();
  EXPECT_EQ(audio(4).status, Status::kFailed);
  EXPECT_EQ(audio(4).error_code, "result_not_storable");
  EXPECT_EQ(world_.CallsOf(Stage::kAudio), 8);
}

// A worker outside the server lives on when what it writes crashes the server.
TEST_F(WorkerPromisesTest, ARowThatEndsTheSessionFailsAloneWhenItsAttemptsAreUsed) {
  world_.At(0, [&] {
    AddEight();
    world_.deadly.insert(4);
  });
  world_.RunUntil(5 * kMinute);
  EXPECT_EQ(world_.Count(Stage::kAudio, Status::kCompleted), 7) << world_.Describe();
  EXPECT_EQ(audio(4).status, Status::kFailed);
  EXPECT_EQ(audio(4).error_code, "worker_lost");
  EXPECT_EQ(world_.CallsOf(Stage::kAudio), 7 + 3);
  EXPECT_EQ(world_.sessions_lost, 2 * 3) << "among others, and then alone";
}

TEST_F(WorkerPromisesTest, ARowThatEndsTheSessionBeforeItsUploadFailsAloneToo) {
  world_.UseBucket();
  world_.store_answer = [](const Sent&) {
    return Answer{.after_us = 10'000, .response = {.status = 200}};
  };
  world_.At(0, [&] {
    AddEight();
    world_.deadly.insert(4);
  });
  world_.RunUntil(10 * kMinute);
  EXPECT_EQ(world_.Count(Stage::kAudio, Status::kCompleted), 7) << world_.Describe();
  EXPECT_EQ(audio(4).status, Status::kFailed);
  EXPECT_EQ(audio(4).error_code, "worker_lost");
  EXPECT_EQ(world_.sessions_lost, 2 * 3);
}

TEST_F(WorkerPromisesTest, ASessionThatEndsOnceCostsNoRowAnything) {
  world_.At(0, [&] {
    AddEight();
    world_.deadly = {2, 4};
  });
  world_.in_transaction = [&](bool) {
    if (world_.sessions_lost > 0) world_.deadly.clear();
  };
  world_.RunUntil(kMinute);
  EXPECT_EQ(world_.Count(Stage::kAudio, Status::kCompleted), 8) << world_.Describe();
  EXPECT_EQ(world_.CallsOf(Stage::kAudio), 8);
  EXPECT_EQ(world_.sessions_lost, 1);
}

TEST_F(WorkerPromisesTest, AClaimWhoseAnswerIsLostIsGivenBackAtOnceUncharged) {
  world_.At(0, [&] {
    world_.claims_to_lose = 2;
    AddEight();
  });
  world_.RunUntil(20 * kSecond);
  EXPECT_EQ(world_.claims_to_lose, 0);
  EXPECT_TRUE(world_.AllFinal()) << world_.Describe();
  EXPECT_EQ(world_.CallsOf(Stage::kAudio), 8);
  for (const auto& [id, row] : world_.rows) {
    EXPECT_EQ(row.of[1].attempts, 1) << id;
    EXPECT_EQ(row.of[2].attempts, 1) << id;
  }
}

TEST_F(WorkerPromisesTest, RowsThatComeLaterLeaveABusyServerAloneToo) {
  const auto good = world_.answer;
  world_.answer = [&](const Sent& call) {
    if (world_.CallsOf(Stage::kAudio) > 0 || call.stage != Stage::kAudio) return good(call);
    return Answer{.after_us = 10'000, .response = World::Refusal(429, 7'000)};
  };
  world_.At(0, [&] { world_.AddFeedback(); });
  world_.At(2 * kSecond, [&] { world_.AddFeedback(); });
  world_.At(6 * kSecond, [&] { EXPECT_EQ(world_.CallsOf(Stage::kAudio), 1); });
  world_.RunUntil(kMinute);
  EXPECT_EQ(world_.CallsOf(Stage::kAudio), 3);
  EXPECT_TRUE(world_.AllFinal()) << world_.Describe();
}

TEST_F(WorkerPromisesTest, WhatServersWereUsedForIsWrittenDownWhenPostgreSQLTakesItAgain) {
  world_.At(0, [&] { AddEight(); });
  world_.in_transaction = [&](bool) {
    const bool is_settled = world_.AllFinal() && !world_.rows.empty();
    world_.sqlstate = is_settled && world_.now_us < 10 * kSecond ? PackSqlState("53100") : 0;
  };
  world_.At(9 * kSecond, [&] { EXPECT_EQ(world_.recorded_calls, 8) << "of stage ssml"; });
  world_.RunUntil(kMinute);
  EXPECT_EQ(world_.recorded_calls, 2 * 8);
}

TEST_F(WorkerPromisesTest, WhatACancelledRowHasUsedCounts) {
  world_.parts = 3;
  world_.At(0, [&] { world_.AddFeedback(); });
  world_.At(2 * kSecond + kSecond / 2, [&] { world_.Cancel(1); });
  world_.RunUntil(10 * kSecond);
  EXPECT_EQ(world_.CallsOf(Stage::kAudio), 3);
  EXPECT_EQ(world_.recorded_calls, 1 + 2) << "with the SSML; the third was not answered";
}

TEST_F(WorkerPromisesTest, AHistoryThatTakesNothingKeepsNoCancelledCallGoing) {
  const int history = std::exchange(settings::attempt_history, settings::kHistoryFailures);
  world_.refuses_history = true;
  world_.answer = [&](const Sent& call) {
    const std::string text = "m" + std::to_string(call.row) + "v" + std::to_string(call.version);
    return Answer{.after_us = call.row == 4 && call.stage == Stage::kAudio ? kMinute : kSecond,
                  .response = World::Good(call.stage, text)};
  };
  world_.At(0, [&] { AddEight(); });
  world_.At(5 * kSecond, [&] {
    world_.Cancel(4);
    world_.AddFeedback();
  });
  world_.At(20 * kSecond, [&] { EXPECT_TRUE(world_.in_flight.empty()); });
  world_.RunUntil(30 * kSecond);
  EXPECT_EQ(world_.Count(Stage::kAudio, Status::kCompleted), 8) << world_.Describe();
  settings::attempt_history = history;
}

TEST_F(WorkerPromisesTest, ABusyStoreDoesNotUseUpTheTriesOfAnUpload) {
  world_.UseBucket();
  world_.store_answer = [times = 0](const Sent&) mutable {
    times++;
    if (times <= 8) return Answer{.after_us = 10'000, .response = World::Refusal(429)};
    if (times == 9) return Answer{.after_us = 10'000, .response = World::Refusal(500)};
    return Answer{.after_us = 10'000, .response = {.status = 200}};
  };
  world_.At(0, [&] { world_.AddFeedback(); });
  world_.RunUntil(10 * kMinute);
  EXPECT_EQ(audio(1).status, Status::kCompleted) << world_.Describe();
  EXPECT_EQ(world_.CallsOf(Stage::kAudio), 1) << "the sound is paid for once";
}

TEST_F(WorkerPromisesTest, AnObjectIsNotedDownBeforeItIsWritten) {
  const Folder folder;
  world_.stages[2].store = "sounds";
  world_.stages[2].store_kind = "directory";
  world_.stages[2].store_options = R"({"path": ")" + folder.path() + R"("})";
  world_.At(0, [&] { world_.AddFeedback(); });
  world_.At(kSecond / 2, [&] { world_.sqlstate = PackSqlState("53100"); });
  world_.At(10 * kSecond, [&] {
    EXPECT_EQ(folder.CountFiles(), 0);
    EXPECT_TRUE(world_.noted.empty());
    world_.sqlstate = 0;
  });
  world_.RunUntil(kMinute);
  EXPECT_EQ(audio(1).status, Status::kCompleted) << world_.Describe();
  EXPECT_EQ(world_.noted.size(), 1u);
  EXPECT_EQ(folder.CountFiles(), 1);
}

}  // namespace
}  // namespace debrief::sim

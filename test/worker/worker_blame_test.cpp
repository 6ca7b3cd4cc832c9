// Who pays for what: rows for answers about them, servers and the database for the rest.

#include <gtest/gtest.h>

#include "bgworker/worker/worker.h"
#include "extension/settings.h"
#include "test/worker/worker_turn_fixture.h"

namespace debrief::sim {
namespace {

class WorkerBlameTest : public WorkerTurnTest {
 protected:
  void AddRows(int rows, const std::string& user = "u") {
    world_.At(0, [this, rows, user] {
      for (int i = 0; i < rows; i++) world_.AddFeedback(user);
    });
  }
  bool IsAnyParked() {
    return std::any_of(world_.servers.begin(), world_.servers.end(),
                       [](const auto& server) { return server.second.failures > 0; });
  }
  int64_t AudioCallsBefore(int64_t us) {
    const std::vector<Sent> calls = AudioCalls();
    return std::count_if(calls.begin(), calls.end(),
                         [us](const Sent& call) { return call.started_us < us; });
  }
};

struct Outage {
  const char* what;
  Answer answer;
};
void PrintTo(const Outage& outage, std::ostream* out) { *out << outage.what; }

class AnOutageOfHalfAMinute : public WorkerBlameTest, public testing::WithParamInterface<Outage> {};

TEST_P(AnOutageOfHalfAMinute, FailsNoRowAndIsOnlyProbed) {
  AddRows(20);
  const int64_t well_us = 30 * kSecond;
  AudioAnswers([&](int) { return world_.now_us < well_us ? GetParam().answer : GoodAudio(); });
  world_.RunUntil(10 * kMinute);
  EXPECT_EQ(world_.Count(Stage::kAudio, Status::kCompleted), 20) << world_.Describe();
  // All that was in flight when it began, and a probe each time it was tried: 1 s, 2, 4, 8, 16.
  EXPECT_LE(AudioCallsBefore(well_us), 16 + 8);
  for (const auto& [id, row] : world_.rows) EXPECT_EQ(row.of[2].attempts, 1) << row.text();
  EXPECT_FALSE(IsAnyParked());
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, AnOutageOfHalfAMinute,
    testing::Values(
        Outage{"503", {10'000, World::Refusal(503)}}, Outage{"502", {10'000, World::Refusal(502)}},
        Outage{"529", {10'000, World::Refusal(529)}}, Outage{"500", {10'000, World::Refusal(500)}},
        Outage{"404", {10'000, World::Refusal(404)}}, Outage{"401", {10'000, World::Refusal(401)}},
        Outage{"hang", {5 * kSecond, World::Broken(Response::Transport::kTimeout)}},
        Outage{"reset", {10'000, World::Broken(Response::Transport::kBroken)}}),
    [](const testing::TestParamInfo<Outage>& outage) { return std::string(outage.param.what); });

class AnOutageOfTheStore : public WorkerBlameTest, public testing::WithParamInterface<Outage> {};

// Each sound that it cannot keep is paid for again: so none is made while it is not there, and one
// each time it is probed where it is there and refuses.
TEST_P(AnOutageOfTheStore, FailsNoRowAndIsOnlyProbed) {
  AddRows(20);
  const int64_t well_us = 2 * kMinute;
  world_.UseBucket();
  world_.store_answer = [&](const Sent&) {
    return world_.now_us < well_us ? GetParam().answer : After(10'000, {.status = 200});
  };
  world_.RunUntil(10 * kMinute);
  EXPECT_EQ(world_.Count(Stage::kAudio, Status::kCompleted), 20) << world_.Describe();
  // All that was in flight when it began; then its own answers tell.
  const bool refuses = GetParam().answer.response.status == 401;
  EXPECT_LE(AudioCallsBefore(well_us), 16 + (refuses ? 8 : 0));
  EXPECT_EQ(world_.objects.size(), 20u);
  EXPECT_FALSE(IsAnyParked());
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, AnOutageOfTheStore,
    testing::Values(Outage{"503", {10'000, World::Refusal(503)}},
                    Outage{"502", {10'000, World::Refusal(502)}},
                    Outage{"500", {10'000, World::Refusal(500)}},
                    Outage{"429", {10'000, World::Refusal(429)}},
                    Outage{"401", {10'000, World::Refusal(401)}},
                    Outage{"hang", {5 * kSecond, World::Broken(Response::Transport::kTimeout)}},
                    Outage{"reset", {10'000, World::Broken(Response::Transport::kBroken)}},
                    Outage{"refused", {10'000, World::Broken(Response::Transport::kUnreachable)}}),
    [](const testing::TestParamInfo<Outage>& outage) { return std::string(outage.param.what); });

TEST_F(WorkerBlameTest, APoisonRowFailsAloneAndParksNobody) {
  AddRows(50);
  world_.answer = [&](const Sent& call) {
    if (call.stage == Stage::kAudio && call.row == 25) return After(1'000, World::Refusal(500));
    return After(10'000, World::Good(call.stage, TextOf(call)));
  };
  world_.RunUntil(10 * kMinute);
  EXPECT_EQ(world_.Count(Stage::kAudio, Status::kCompleted), 49) << world_.Describe();
  EXPECT_EQ(audio(25).status, Status::kFailed);
  EXPECT_EQ(audio(25).error_code, "internal");
  EXPECT_EQ(world_.CallsOf(Stage::kAudio), 49 + 3);
  EXPECT_FALSE(IsAnyParked());
}

TEST_F(WorkerBlameTest, ARowThatFailsWithNobodyBesideItFailsInMinutes) {
  AddRows(1);
  AudioAnswers([&](int) { return After(10'000, World::Refusal(500)); });
  world_.RunUntil(2 * kMinute - kSecond);
  EXPECT_EQ(audio(1).status, Status::kQueued);
  world_.RunUntil(10 * kMinute);
  EXPECT_EQ(audio(1).status, Status::kFailed);
  EXPECT_EQ(AudioCalls().size(), 4u) << "once more at once, and then each minute";
  EXPECT_FALSE(IsAnyParked()) << "nobody else is kept waiting";
}

TEST_F(WorkerBlameTest, ARowThatFailsOnceWithNobodyBesideItWaitsForSeconds) {
  AddRows(1);
  AudioAnswers([&](int n) { return n == 0 ? After(10'000, World::Refusal(500)) : GoodAudio(); });
  world_.RunUntil(5 * kSecond);
  EXPECT_EQ(audio(1).status, Status::kCompleted);
}

TEST_F(WorkerBlameTest, ProbesTakeTurnsAmongTheRows) {
  AddRows(5);
  AudioAnswers([&](int) { return After(10'000, World::Refusal(503)); });
  world_.RunUntil(4 * kMinute);
  std::map<int64_t, int> of_row;
  for (const Sent& call : AudioCalls()) of_row[call.row]++;
  EXPECT_EQ(of_row.size(), 5u);
  for (const auto& [row, calls] : of_row) EXPECT_GE(calls, 2) << row;
}

TEST_F(WorkerBlameTest, AnswersAreKeptWhileTheDatabaseRefusesThemAll) {
  world_.At(0, [&] {
    for (int i = 0; i < 40; i++) world_.AddFeedback("u" + std::to_string(i % 4));
    world_.refuses_sounds = true;
  });
  world_.At(20 * kSecond, [&] {
    EXPECT_TRUE(world_.parked_stages.contains(Stage::kAudio));
    EXPECT_LE(world_.CallsOf(Stage::kAudio), 16) << "those in flight, and no more";
    EXPECT_EQ(world_.Count(Stage::kAudio, Status::kFailed), 0);
    EXPECT_EQ(world_.Count(Stage::kSsml, Status::kCompleted), 40) << "another stage goes on";
  });
  world_.At(kMinute, [&] { world_.refuses_sounds = false; });
  world_.RunUntil(10 * kMinute);
  EXPECT_EQ(world_.Count(Stage::kAudio, Status::kCompleted), 40) << world_.Describe();
  EXPECT_EQ(world_.CallsOf(Stage::kAudio), 40) << "nothing was paid for twice";
  EXPECT_TRUE(world_.parked_stages.empty());
}

TEST_F(WorkerBlameTest, AStageThatHasNothingLeftToShowItWorksIsTriedAgain) {
  world_.At(0, [&] {
    for (int i = 0; i < 4; i++) world_.AddFeedback("u" + std::to_string(i));
    world_.refuses_sounds = true;
  });
  world_.At(20 * kSecond, [&] {
    for (int64_t id = 1; id <= 4; id++) world_.Delete(id);
    world_.Wake(kWakeRevoked);
    world_.refuses_sounds = false;
  });
  world_.At(3 * kMinute, [&] { world_.AddFeedback("u"); });
  world_.RunUntil(5 * kMinute);
  EXPECT_TRUE(world_.AllFinal()) << world_.Describe();
  EXPECT_TRUE(world_.parked_stages.empty());
}

TEST_F(WorkerBlameTest, AFullNotifyQueueIsNoRowsFault) {
  AddRows(1);
  world_.At(0, [&] { world_.sqlstate = 0; });
  AudioAnswers([&](int) { return After(kSecond, World::Good(Stage::kAudio, "")); });
  world_.At(kSecond / 2, [&] {
    world_.sqlstate = PackSqlState("54000");
    world_.fails_at_commit = true;
  });
  // Longer than a lone row is tried before it is charged.
  world_.At(3 * kMinute, [&] { world_.sqlstate = 0; });
  world_.RunUntil(4 * kMinute);
  EXPECT_EQ(world_.Count(Stage::kAudio, Status::kCompleted), 1) << world_.Describe();
  EXPECT_EQ(AudioCalls().size(), 1u);
}

}  // namespace
}  // namespace debrief::sim

// What the worker does when: every time in these tests is virtual, and exact.

#include <gtest/gtest.h>

#include "bgworker/worker/worker.h"
#include "extension/settings.h"
#include "test/worker/worker_turn_fixture.h"

namespace debrief::sim {
namespace {

TEST_F(WorkerTurnTest, ARecordingBecomesSpokenFeedback) {
  world_.At(0, [&] { world_.AddRecording(); });
  world_.RunUntil(kSecond);
  EXPECT_EQ(world_.Count(Stage::kAnalysis, Status::kCompleted), 1);
  EXPECT_EQ(world_.Count(Stage::kAudio, Status::kCompleted), 1);
  EXPECT_EQ(world_.calls.size(), 3u) << world_.Describe();
}

TEST_F(WorkerTurnTest, ARowThatIsInsertedIsCalledForAtOnce) {
  world_.At(10 * kSecond, [&] { world_.AddFeedback(); });
  world_.RunUntil(11 * kSecond);
  ASSERT_FALSE(world_.calls.empty());
  EXPECT_LT(world_.calls[0].started_us, 10 * kSecond + 1000);
}

TEST_F(WorkerTurnTest, AnIdleWorkerDoesNothingButItsSafetyPoll) {
  world_.At(0, [&] { world_.AddFeedback(); });
  world_.RunUntil(kMinute);
  const int64_t before = world_.transactions;
  world_.RunUntil(2 * kMinute);  // another worker: it starts, loads, polls
  const int64_t once = world_.transactions - before;
  world_.RunUntil(12 * kMinute);
  const int64_t polls = 10 * kMinute / (settings::safety_poll_ms * 1000);
  EXPECT_LE(world_.transactions - before - once, once + polls);
}

TEST_F(WorkerTurnTest, AFailedAttemptIsTriedAgainWithinItsBackoff) {
  int64_t id = 0;
  world_.At(0, [&] { id = world_.AddFeedback(); });
  AudioAnswers([&](int number) {
    return number < 2 ? After(10'000, World::Good(Stage::kSsml, "no sound")) : GoodAudio();
  });
  world_.RunUntil(kMinute);
  const std::vector<Sent> calls = AudioCalls();
  ASSERT_EQ(calls.size(), 3u) << world_.Describe();
  EXPECT_LE(calls[1].started_us - calls[0].ends_us, kSecond + 10'000);
  EXPECT_LE(calls[2].started_us - calls[1].ends_us, 2 * kSecond + 10'000);
  EXPECT_EQ(audio(id).status, Status::kCompleted);
}

TEST_F(WorkerTurnTest, AttemptsAreUsedUp) {
  int64_t id = 0;
  world_.At(0, [&] { id = world_.AddFeedback(); });
  AudioAnswers([&](int) { return After(10'000, World::Refusal(500)); });
  world_.RunUntil(10 * kMinute);
  EXPECT_EQ(AudioCalls().size(), 4u) << "one of them within seconds";
  EXPECT_EQ(audio(id).status, Status::kFailed);
}

TEST_F(WorkerTurnTest, ABusyServerIsLeftAloneForAsLongAsItSays) {
  int64_t id = 0;
  world_.At(0, [&] { id = world_.AddFeedback(); });
  AudioAnswers([&](int number) {
    return number == 0 ? After(10'000, World::Refusal(429, 7'000)) : GoodAudio();
  });
  world_.RunUntil(kMinute);
  const std::vector<Sent> calls = AudioCalls();
  ASSERT_EQ(calls.size(), 2u) << world_.Describe();
  EXPECT_GE(calls[1].started_us - calls[0].ends_us, 7 * kSecond);
  EXPECT_LT(calls[1].started_us - calls[0].ends_us, 7 * kSecond + 50'000);
  EXPECT_EQ(audio(id).attempts, 1);
}

TEST_F(WorkerTurnTest, AServerThatIsDownIsProbedByOneCallAtATime) {
  world_.At(0, [&] {
    for (int i = 0; i < 200; i++) world_.AddFeedback();
  });
  const int64_t up_us = 5 * kMinute;
  AudioAnswers([&](int) {
    return world_.now_us < up_us ? After(10'000, World::Broken(Response::Transport::kUnreachable))
                                 : GoodAudio();
  });
  world_.RunUntil(7 * kMinute);
  int64_t probes = 0, first_down_us = AudioCalls()[0].ends_us;
  for (const Sent& call : AudioCalls()) {
    probes += call.started_us > first_down_us + 1000 && call.started_us < up_us;
  }
  // 1 s, 2, 4, ... to 60 s, each a fifth more or less: about 10 in five minutes.
  EXPECT_GE(probes, 6);
  EXPECT_LE(probes, 14);
  EXPECT_EQ(world_.Count(Stage::kAudio, Status::kCompleted), 200) << world_.Describe();
  for (const auto& [id, row] : world_.rows) EXPECT_EQ(row.of[2].attempts, 1);
}

TEST_F(WorkerTurnTest, ABacklogAfterAnOutageDrainsAtTheRateOfItsServer) {
  world_.stages[2].options = R"({"base_url": "http://127.0.0.1:1", "calls_per_minute": "60"})";
  for (int second = 0; second < 600; second++) {
    world_.At(second * kSecond, [&] {
      world_.allowance["speaker"] = std::min(5.0, world_.allowance["speaker"] + 1);
    });
  }
  world_.At(0, [&] {
    for (int i = 0; i < 300; i++) world_.AddFeedback();
  });
  AudioAnswers([&](int) {
    return world_.now_us < kMinute ? After(10'000, World::Broken(Response::Transport::kUnreachable))
                                   : GoodAudio();
  });
  world_.RunUntil(10 * kMinute);
  std::map<int64_t, int> in_second;
  for (const Sent& call : AudioCalls()) in_second[call.started_us / kSecond]++;
  for (const auto& [second, calls] : in_second) EXPECT_LE(calls, 6) << "second " << second;
  EXPECT_EQ(world_.Count(Stage::kAudio, Status::kCompleted), 300) << world_.Describe();
}

TEST_F(WorkerTurnTest, SsmlThatComesFasterThanABatchGoesOnToAudioAtOnce) {
  for (StageConfigRow& stage : world_.stages) stage.max_in_flight = "1000";
  world_.At(0, [&] {
    for (int i = 0; i < 300; i++) world_.AddFeedback();
  });
  world_.answer = [&](const Sent& call) {  // all SSML comes in one moment
    const int64_t wait_us = call.stage == Stage::kSsml ? kSecond - world_.now_us : 10'000;
    return After(wait_us, World::Good(call.stage, TextOf(call)));
  };
  world_.RunUntil(kMinute);
  EXPECT_EQ(world_.Count(Stage::kAudio, Status::kCompleted), 300) << world_.Describe();
  EXPECT_EQ(world_.went_on, 300);
}

// That each turn looks at its calls is checked at its end.
TEST_F(WorkerTurnTest, SsmlThatNeedsNoCallHoldsUpNoCall) {
  world_.stages[1].kind = "template";
  for (StageConfigRow& stage : world_.stages) stage.max_in_flight = "1000";
  world_.At(0, [&] {
    for (int i = 0; i < 1000; i++) world_.AddFeedback();
  });
  world_.RunUntil(kMinute);
  EXPECT_EQ(world_.Count(Stage::kAudio, Status::kCompleted), 1000) << world_.Describe();
}

TEST_F(WorkerTurnTest, ALeaseIsRenewedWhileARowTakesManyCalls) {
  world_.parts = 10;
  int64_t id = 0;
  world_.At(0, [&] { id = world_.AddFeedback(); });
  AudioAnswers([&](int) { return After(50 * kSecond, World::Good(Stage::kAudio, "")); });
  world_.RunUntil(10 * kMinute);  // that no lease runs out is checked at every step
  EXPECT_EQ(AudioCalls().size(), 10u);
  EXPECT_EQ(audio(id).status, Status::kCompleted);
}

TEST_F(WorkerTurnTest, AnAnswerIsKeptWhileTheDatabaseRefusesToStoreIt) {
  int64_t id = 0;
  world_.At(0, [&] { id = world_.AddFeedback(); });
  AudioAnswers([&](int) { return After(5 * kSecond, World::Good(Stage::kAudio, "")); });
  world_.At(kSecond, [&] { world_.sqlstate = PackSqlState("53100"); });
  // Longer than a lone row is tried before it is charged.
  world_.At(3 * kMinute, [&] { world_.sqlstate = 0; });
  world_.RunUntil(4 * kMinute);
  EXPECT_EQ(AudioCalls().size(), 1u) << "it was paid for twice\n" << world_.Describe();
  EXPECT_EQ(audio(id).status, Status::kCompleted);
}

TEST_F(WorkerTurnTest, AnAnswerIsKeptWhileASessionHoldsTheRow) {
  int64_t locked = 0, other = 0;
  world_.At(0, [&] {
    locked = world_.AddFeedback();
    other = world_.AddFeedback();
  });
  AudioAnswers([&](int) { return After(kSecond, World::Good(Stage::kAudio, "")); });
  world_.At(kSecond / 2, [&] { world_.rows[locked].locked_until_us = 3600 * kSecond; });
  world_.At(10 * kSecond, [&] { EXPECT_EQ(audio(other).status, Status::kCompleted); });
  world_.At(3599 * kSecond, [&] { EXPECT_EQ(audio(locked).status, Status::kProcessing); });
  world_.RunUntil(3603 * kSecond);
  EXPECT_EQ(audio(locked).status, Status::kCompleted);
  EXPECT_EQ(AudioCalls().size(), 2u);
}

TEST_F(WorkerTurnTest, AnEditAbortsTheCallAndTheNewWordsAreSpoken) {
  int64_t id = 0;
  world_.At(0, [&] { id = world_.AddFeedback(); });
  TakesUs(10 * kSecond);
  world_.At(15 * kSecond, [&] { world_.Edit(id); });
  world_.At(15 * kSecond + 5000, [&] {
    for (const auto& [call, sent] : world_.in_flight) EXPECT_EQ(world_.calls[sent.call].version, 2);
  });
  world_.RunUntil(kMinute);
  EXPECT_EQ(audio(id).status, Status::kCompleted);
  EXPECT_EQ(audio(id).result_version, 2);
  EXPECT_EQ(world_.calls.size(), 4u);
}

TEST_F(WorkerTurnTest, ADrainedStageBeginsNothingAndFinishesWhatItBegan) {
  world_.At(0, [&] {
    for (int i = 0; i < 100; i++) world_.AddFeedback();
  });
  TakesUs(kSecond);
  world_.At(2'500'000, [&] {
    for (StageConfigRow& stage : world_.stages) stage.paused = "t";
    world_.Wake(kWakeConfig);
  });
  world_.RunUntil(kMinute);
  const size_t calls = world_.calls.size();
  EXPECT_LT(calls, 200u);
  EXPECT_TRUE(world_.in_flight.empty());
  EXPECT_EQ(world_.Count(Stage::kSsml, Status::kProcessing), 0) << world_.Describe();
  EXPECT_EQ(world_.Count(Stage::kAudio, Status::kProcessing), 0);
  for (const Sent& call : world_.calls) EXPECT_LE(call.started_us, 2'510'000);
}

TEST_F(WorkerTurnTest, AVersionOfTheSqlThatItDoesNotKnowEndsItUncharged) {
  int64_t id = 0;
  world_.At(0, [&] { id = world_.AddFeedback(); });
  AudioAnswers([&](int) { return After(30 * kSecond, World::Good(Stage::kAudio, "")); });
  world_.At(kSecond, [&] {
    world_.versions.sql = world_.versions.tables = "9.9";
    world_.Wake(kWakeConfig);
  });
  EXPECT_TRUE(world_.RunUntil(2 * kSecond));
  EXPECT_EQ(audio(id).status, Status::kQueued);
  EXPECT_EQ(audio(id).attempts, 0);
}

TEST_F(WorkerTurnTest, AKilledWorkersClaimsAreTakenUpByTheNext) {
  int64_t id = 0;
  world_.At(0, [&] { id = world_.AddFeedback(); });
  AudioAnswers([&](int) { return After(30 * kSecond, World::Good(Stage::kAudio, "")); });
  world_.At(10 * kSecond, [&] { world_.Kill(); });
  world_.RunUntil(20 * kSecond);
  EXPECT_EQ(audio(id).status, Status::kProcessing);
  world_.RunUntil(2 * kMinute);
  EXPECT_EQ(audio(id).status, Status::kCompleted);
  EXPECT_EQ(audio(id).attempts, 2);
}

TEST_F(WorkerTurnTest, ARowThatKillsItsWorkerTakesNoOtherAlong) {
  int64_t poison = 0;
  world_.At(0, [&] {
    for (int i = 0; i < 50; i++) world_.AddFeedback();
    poison = world_.AddFeedback();
    for (int i = 0; i < 50; i++) world_.AddFeedback();
  });
  world_.stages[2].max_in_flight = "64";
  world_.answer = [&](const Sent& call) {
    if (call.stage == Stage::kAudio && call.row == poison) {
      world_.At(world_.now_us + kSecond / 2, [&] { world_.Kill(); });
    }
    return After(kSecond, World::Good(call.stage, TextOf(call)));
  };
  int processes = 0;
  while (world_.now_us < 10 * kMinute) {
    processes++;
    world_.RunUntil(10 * kMinute);
  }
  EXPECT_EQ(audio(poison).status, Status::kFailed);
  EXPECT_EQ(audio(poison).error_code, "worker_lost");
  EXPECT_EQ(processes, 4);
  EXPECT_EQ(world_.Count(Stage::kAudio, Status::kCompleted), 100) << world_.Describe();
}

TEST_F(WorkerTurnTest, ASlotThatOtherWorkersUseIsWaitedForAndFound) {
  world_.reserved_by_others[2] = 16;
  world_.At(0, [&] { world_.AddFeedback(); });
  world_.At(30 * kSecond, [&] { world_.reserved_by_others[2] = 15; });
  world_.RunUntil(31 * kSecond);
  EXPECT_EQ(world_.Count(Stage::kAudio, Status::kCompleted), 1);
}

TEST_F(WorkerTurnTest, ATransactionThatCommitsLateIsFoundBehindTheMark) {
  world_.At(0, [&] { world_.AddFeedback(); });
  world_.At(20 * kSecond, [&] { world_.AddFeedback("u", 15 * kSecond); });
  world_.RunUntil(26 * kSecond);
  EXPECT_TRUE(world_.AllFinal()) << world_.Describe();
}

class FractionOfAMillisecond : public WorkerTurnTest, public testing::WithParamInterface<int> {};

TEST_P(FractionOfAMillisecond, DoesNotHideARowThatComesDue) {
  world_.At(GetParam(), [&] { world_.AddFeedback(); });
  AudioAnswers([&](int number) {
    return number == 0 ? After(10'000, World::Refusal(429, 7'000)) : GoodAudio();
  });
  world_.RunUntil(8 * kSecond);
  EXPECT_EQ(AudioCalls().size(), 2u) << world_.Describe();
}

INSTANTIATE_TEST_SUITE_P(Microseconds, FractionOfAMillisecond, testing::Range(0, 1000, 100));

}  // namespace
}  // namespace debrief::sim

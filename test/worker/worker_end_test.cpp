// worker_end_test.cpp: SIGTERM loses no paid answer, and charges nobody.
#include "test/worker/worker_turn_fixture.h"

namespace debrief::sim {
namespace {

class WorkerEndTest : public WorkerTurnTest {};

TEST_F(WorkerEndTest, AnOrderlyEndGivesClaimsBackUncharged) {
  int64_t id = 0;
  world_.At(0, [&] { id = world_.AddFeedback(); });
  AudioAnswers([&](int) { return After(30 * kSecond, World::Good(Stage::kAudio, "")); });
  world_.At(10 * kSecond, [&] { world_.Terminate(); });
  EXPECT_TRUE(world_.RunUntil(20 * kSecond));
  EXPECT_EQ(audio(id).status, Status::kQueued);
  EXPECT_EQ(audio(id).attempts, 0);
  world_.RunUntil(2 * kMinute);
  EXPECT_EQ(audio(id).status, Status::kCompleted);
}

TEST_F(WorkerEndTest, AnEndKeepsTheSoundsOfARowThatIsNotDone) {
  world_.parts = 3;
  int64_t id = 0;
  world_.At(0, [&] { id = world_.AddFeedback(); });
  AudioAnswers([&](int number) {
    return After(number == 2 ? 30 * kSecond : 10'000, World::Good(Stage::kAudio, ""));
  });
  world_.At(10 * kSecond, [&] { world_.Terminate(); });
  EXPECT_TRUE(world_.RunUntil(20 * kSecond));
  EXPECT_EQ(audio(id).attempts, 0);
  world_.RunUntil(kMinute);
  EXPECT_EQ(audio(id).status, Status::kCompleted) << world_.Describe();
  EXPECT_EQ(AudioCalls().size(), 4u) << "the one that the end cut off is made again";
  EXPECT_EQ(world_.recorded_calls, 1 + 3) << "of both workers, with the SSML";
}

TEST_F(WorkerEndTest, AnEndWhileItSettlesKeepsWhatIsPaidFor) {
  int64_t id = 0;
  world_.At(0, [&] { id = world_.AddFeedback(); });
  AudioAnswers([&](int) { return GoodAudio(); });
  world_.in_transaction = [&](bool before) {
    if (before && !AudioCalls().empty() && world_.in_flight.empty()) world_.Terminate();
  };
  EXPECT_TRUE(world_.RunUntil(20 * kSecond));
  EXPECT_EQ(audio(id).status, Status::kCompleted);
}

TEST_F(WorkerEndTest, AnEndWhileItClaimsGivesTheOthersBackUncharged) {
  int64_t id = 0;
  world_.At(0, [&] { id = world_.AddFeedback(); });
  AudioAnswers([&](int) { return After(30 * kSecond, World::Good(Stage::kAudio, "")); });
  world_.At(10 * kSecond, [&] {
    world_.AddFeedback();
    world_.in_transaction = [&](bool before) {
      if (before) world_.Terminate();
    };
  });
  EXPECT_TRUE(world_.RunUntil(20 * kSecond));
  EXPECT_EQ(audio(id).status, Status::kQueued);
  EXPECT_EQ(audio(id).attempts, 0);
}

// The end also ends the wait for a standby: a primary that another has replaced must not pay.
TEST_F(WorkerEndTest, AnEndWhileTheCommitOfAClaimWaitsMakesNoCall) {
  int64_t id = 0;
  world_.At(0, [&] { id = world_.AddFeedback(); });
  AudioAnswers([&](int) { return GoodAudio(); });
  world_.in_transaction = [&](bool before) {
    if (!before && id != 0 && audio(id).status == Status::kProcessing) world_.Terminate();
  };
  EXPECT_TRUE(world_.RunUntil(20 * kSecond));
  EXPECT_TRUE(AudioCalls().empty());
  EXPECT_EQ(audio(id).status, Status::kQueued);
  EXPECT_EQ(audio(id).attempts, 0);
}

TEST_F(WorkerEndTest, AnEndStopsWhatIsAboutToBeSent) {
  world_.At(0, [&] {
    for (int i = 0; i < 10; i++) world_.AddFeedback();
  });
  AudioAnswers([&](int number) {
    if (number == 5) world_.Terminate();
    return GoodAudio();
  });
  EXPECT_TRUE(world_.RunUntil(20 * kSecond));
  for (const Sent& call : AudioCalls()) EXPECT_FALSE(call.was_sent);
  EXPECT_EQ(world_.Count(Stage::kAudio, Status::kQueued), 10) << world_.Describe();
}

}  // namespace
}  // namespace debrief::sim

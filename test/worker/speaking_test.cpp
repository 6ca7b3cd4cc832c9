// What the worker buys of a service that speaks: all virtual, and exact.

#include <gtest/gtest.h>

#include "test/worker/worker_turn_fixture.h"

namespace debrief::sim {
namespace {

class SpeakingTest : public WorkerTurnTest {
 protected:
  void Speak(std::function<std::string(const Row&)> ssml) {
    world_.ssml = std::move(ssml);
    world_.At(0, [&] { id_ = world_.AddFeedback(); });
  }
  const Row::OfStage& audio() { return WorkerTurnTest::audio(id_); }

  int64_t id_ = 0;
};

// One sentence of clauses, each with the mark that the fakes look for.
std::string LongSentence(const Row& row) {
  std::string clauses;
  for (int i = 0; i < 24; i++) clauses += "<sub alias=\"look ahead,\">" + row.text() + "</sub> ";
  return "<speak version=\"1.1\"><s>" + clauses + "</s></speak>";
}

TEST_F(SpeakingTest, WhatIsTooLargeGetsSmallerUntilItGoes) {
  Speak(LongSentence);
  world_.answer = [&](const Sent& call) {
    const bool too_large = call.stage == Stage::kAudio && call.bytes > 380;
    return After(10'000, too_large ? World::Refusal(413) : World::Good(call.stage, TextOf(call)));
  };
  world_.RunUntil(kMinute);
  ASSERT_EQ(audio().status, Status::kCompleted) << world_.Describe();
  EXPECT_EQ(audio().attempts, 1);
  std::vector<size_t> refused;
  for (const Sent& call : AudioCalls()) {
    if (!call.succeeded) refused.push_back(call.bytes);
  }
  ASSERT_GE(refused.size(), 2u) << "one halving is not enough";
  for (size_t i = 1; i < refused.size(); i++) EXPECT_LT(refused[i], refused[0] * 3 / 4);
}

TEST_F(SpeakingTest, WhatIsTooLargeHoweverSmallFails) {
  Speak(LongSentence);
  AudioAnswers([&](int) { return After(10'000, World::Refusal(413)); });
  world_.RunUntil(kMinute);
  EXPECT_EQ(audio().status, Status::kFailed);
  EXPECT_EQ(audio().error_code, "too_large");
  EXPECT_LE(AudioCalls().size(), 5u);
}

TEST_F(SpeakingTest, WhereNothingIsToBeSaidNothingIsBought) {
  Speak([](const Row& row) {
    return "<speak><sub alias=\"...\">" + row.text() + "</sub> &#8230; ?!</speak>";
  });
  world_.RunUntil(kMinute);
  EXPECT_EQ(audio().status, Status::kCompleted) << world_.Describe();
  EXPECT_EQ(AudioCalls().size(), 0u);
}

TEST_F(SpeakingTest, ASoundInAnotherFormatIsBoughtOnceAnHour) {
  Speak([](const Row& row) { return "<speak>" + row.text() + "</speak>"; });
  Response ogg{.status = 200};
  ogg.body = "OggS" + std::string(1'000, '\1');
  AudioAnswers([&](int) { return After(10'000, ogg); });
  world_.RunUntil(59 * kMinute);
  EXPECT_EQ(AudioCalls().size(), 1u);
  EXPECT_EQ(audio().status, Status::kQueued) << "it is the server's fault, not the row's";
  EXPECT_EQ(audio().attempts, 0);
  AudioAnswers([&](int) { return GoodAudio(); });
  world_.RunUntil(125 * kMinute);
  EXPECT_EQ(audio().status, Status::kCompleted);
  EXPECT_EQ(AudioCalls().size(), 2u);
}

}  // namespace
}  // namespace debrief::sim

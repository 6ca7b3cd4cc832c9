// worker_turn_fixture.h: a World, and short words for what tests of the worker's turn ask of it.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "test/worker/world.h"

namespace debrief::sim {

class WorkerTurnTest : public testing::Test {
 protected:
  static Answer After(int64_t us, Response response) {
    return {.after_us = us, .response = std::move(response)};
  }
  static std::string TextOf(const Sent& call) {
    return "m" + std::to_string(call.row) + "v" + std::to_string(call.version);
  }
  // Every call takes so long, and succeeds.
  void TakesUs(int64_t us) {
    world_.answer = [us](const Sent& call) {
      return After(us, World::Good(call.stage, TextOf(call)));
    };
  }
  // Calls of audio are answered so; the others succeed.
  void AudioAnswers(std::function<Answer(int number)> answer) {
    world_.answer = [answer, number = 0](const Sent& call) mutable {
      if (call.stage == Stage::kAudio) return answer(number++);
      return After(10'000, World::Good(call.stage, TextOf(call)));
    };
  }
  Answer GoodAudio() { return After(10'000, World::Good(Stage::kAudio, "")); }
  const Row& row(int64_t id) { return world_.rows.at(id); }
  const Row::OfStage& audio(int64_t id) { return world_.rows.at(id).of[2]; }
  std::vector<Sent> AudioCalls() {
    std::vector<Sent> calls;
    for (const Sent& call : world_.calls) {
      if (call.stage == Stage::kAudio && !call.to_store) calls.push_back(call);
    }
    return calls;
  }

  World world_{1};
};

}  // namespace debrief::sim

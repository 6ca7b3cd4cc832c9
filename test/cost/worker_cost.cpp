// worker_cost.cpp: a fixed schedule of the worker's turn, for test/cost/run: bursts of feedback,
// and a provider whose answers come in groups, as they do under load. Prints how many were spoken.

#include <cstdio>

#include "test/worker/world.h"

namespace debrief::sim {
namespace {

constexpr int kBursts = 5;
constexpr int kRowsPerBurst = 400;
constexpr int kUsers = 3;
constexpr int64_t kAnswerUs = 10'000;
constexpr int64_t kGroupUs = 5'000;

void Plan(World* world) {
  for (StageConfigRow& stage : world->stages) stage.max_in_flight = "128";
  world->answer = [world](const Sent& call) {
    const std::string text = "m" + std::to_string(call.row) + "v" + std::to_string(call.version);
    return Answer{.after_us = kAnswerUs - world->now_us % kGroupUs,
                  .response = World::Good(call.stage, text)};
  };
  for (int burst = 0; burst < kBursts; burst++) {
    world->At(burst * kSecond, [world] {
      for (int row = 0; row < kRowsPerBurst; row++) {
        world->AddFeedback("u" + std::to_string(row % kUsers));
      }
    });
  }
}

int Run() {
  constexpr uint64_t kSeed = 1;
  World world(kSeed);
  Plan(&world);
  world.RunUntil((kBursts + 1) * kSecond);
  const int64_t spoken = world.Count(Stage::kAudio, Status::kCompleted);
  if (spoken != kBursts * kRowsPerBurst) {
    std::fprintf(stderr, "worker_cost: %lld rows were spoken\n", static_cast<long long>(spoken));
    return 1;
  }
  std::printf("%lld\n", static_cast<long long>(spoken));
  return 0;
}

}  // namespace
}  // namespace debrief::sim

int main() { return debrief::sim::Run(); }

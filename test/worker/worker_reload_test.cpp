// worker_reload_test.cpp: what a reload of the settings changes while a worker runs.
#include "test/worker/worker_turn_fixture.h"

extern "C" {
#include "postgres.h"

#include "postmaster/interrupt.h"
}

#include "extension/settings.h"
#include "extension/shared_state.h"

namespace debrief::sim {
namespace {

class WorkerReloadTest : public WorkerTurnTest {
 protected:
  ~WorkerReloadTest() override {
    value_.clear();
    settings::databases = settings::allowed_hosts = value_.data();
    settings::enabled = true;
  }
  // As pg_reload_conf() with another value of the setting.
  void Reload(char** setting, const char* value) {
    value_ = value;
    *setting = value_.data();
    ConfigReloadPending = true;
    world_.Wake(kWakeRevoked);
  }

 private:
  static inline std::string value_;
};

TEST_F(WorkerReloadTest, AHostThatIsNowAllowedIsCalledAtOnce) {
  bool is_allowed = false;
  world_.At(0, [&] { world_.AddFeedback(); });
  AudioAnswers([&](int) {
    return is_allowed ? GoodAudio() : After(1'000, World::Broken(Response::Transport::kForbidden));
  });
  world_.At(10 * kMinute, [&] {
    is_allowed = true;
    Reload(&settings::allowed_hosts, "127.0.0.1");
  });
  world_.RunUntil(10 * kMinute + kSecond);
  EXPECT_EQ(world_.Count(Stage::kAudio, Status::kCompleted), 1) << world_.Describe();
}

TEST_F(WorkerReloadTest, AReloadThatChangesNothingLeavesAParkedServerAlone) {
  world_.At(0, [&] { world_.AddFeedback(); });
  AudioAnswers([&](int) { return After(1'000, World::Broken(Response::Transport::kForbidden)); });
  int64_t calls = 0;
  world_.At(10 * kMinute, [&] {
    calls = world_.CallsOf(Stage::kAudio);
    Reload(&settings::allowed_hosts, "");
  });
  world_.RunUntil(10 * kMinute + kSecond);
  EXPECT_GT(calls, 0);
  EXPECT_LE(world_.CallsOf(Stage::kAudio), calls + 1);
}

TEST_F(WorkerReloadTest, ADatabaseThatIsNotListedAnyMoreLosesItsWorker) {
  TakesUs(kMinute);
  world_.At(0, [&] { world_.AddFeedback(); });
  world_.At(kSecond, [&] { Reload(&settings::databases, "postgres, other"); });
  EXPECT_TRUE(world_.RunUntil(2 * kSecond));
  for (const auto& [id, row] : world_.rows) {
    EXPECT_EQ(row.of[1].status, Status::kQueued) << world_.Describe();
    EXPECT_EQ(row.of[1].attempts, 0);
  }
}

TEST_F(WorkerReloadTest, ADatabaseThatIsStillListedKeepsItsWorker) {
  world_.At(kSecond, [&] { Reload(&settings::databases, "postgres, app"); });
  EXPECT_FALSE(world_.RunUntil(2 * kSecond));
}

}  // namespace
}  // namespace debrief::sim

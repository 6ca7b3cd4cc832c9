// Thousands of schedules: rows, answers, edits, locks, outages and kills in an order drawn from a
// seed. Whatever the order, the World's invariants hold at every step, and in the end every row is
// final. A seed that fails is named; DEBRIEF_SEED=n runs it alone, DEBRIEF_SCHEDULES=n runs more.

#include <gtest/gtest.h>

#include <cstdlib>

#include "bgworker/worker/worker.h"
#include "test/worker/world.h"

namespace debrief::sim {
namespace {

constexpr int64_t kTroubledUs = 5 * kMinute;  // then all faults end
constexpr int64_t kQuietUs = 180 * kMinute;   // and everything must be final by then

class Schedule {
 public:
  explicit Schedule(uint64_t seed) : world_(seed) {}

  void Run() {
    PlanRows();
    PlanFaults();
    world_.answer = [this](const Sent& call) { return Draw(call); };
    world_.in_transaction = [this](bool) {
      // Before the commit or after it: what was claimed or settled is known to the tables, or not.
      if (world_.now_us < kTroubledUs && kills_left_ > 0 && Chance(0.005)) {
        kills_left_--;
        world_.Kill();
      }
      if (world_.now_us < kTroubledUs && Chance(0.001)) world_.Terminate();
    };
    for (int processes = 0; world_.now_us < kQuietUs && processes < 100; processes++) {
      world_.RunUntil(kQuietUs);
    }
    Judge();
  }

 private:
  bool Chance(double share) {
    return std::uniform_real_distribution<double>()(world_.random) < share;
  }
  int64_t Upto(int64_t limit) {
    return std::uniform_int_distribution<int64_t>(0, limit)(world_.random);
  }
  int64_t AnyRow() { return Upto(world_.next_id); }

  void PlanRows() {
    const int64_t bursts = 1 + Upto(6);
    for (int64_t i = 0; i < bursts; i++) {
      world_.At(Upto(kTroubledUs), [this, count = 1 + Upto(40)] {
        for (int64_t n = 0; n < count; n++)
          world_.AddFeedback("u" + std::to_string(Upto(3)), Upto(2) == 0 ? Upto(3 * kSecond) : 0);
      });
    }
    if (Chance(0.5)) world_.At(Upto(kTroubledUs), [this] { world_.AddRecording(); });
    if (Chance(0.5)) world_.UseReceiver();
    world_.stages[2].max_in_flight = std::to_string(1 + Upto(32));
    world_.stages[1].max_in_flight = std::to_string(1 + Upto(32));
  }

  void PlanFaults() {
    for (int64_t i = Upto(20); i > 0; i--) {
      world_.At(Upto(kTroubledUs), [this] { world_.Edit(AnyRow()); });
      world_.At(Upto(kTroubledUs), [this] { world_.Delete(AnyRow()); });
      world_.At(Upto(kTroubledUs), [this] { world_.Cancel(AnyRow()); });
      world_.At(Upto(kTroubledUs), [this] {
        const auto row = world_.rows.find(AnyRow());
        if (row != world_.rows.end()) row->second.locked_until_us = world_.now_us + Upto(kMinute);
      });
    }
    kills_left_ = kills_planned_ = Upto(4);
    for (int64_t i = Upto(3); i > 0; i--) {
      world_.At(Upto(kTroubledUs), [this] { world_.Terminate(); });
      world_.At(Upto(kTroubledUs), [this] { world_.Wake(kWakeConfig); });
    }
    for (int64_t i = Upto(3); i > 0; i--) {
      const int64_t from_us = Upto(kTroubledUs);
      world_.At(from_us, [this] { world_.sqlstate = PackSqlState("53100"); });
      world_.At(std::min(kTroubledUs, from_us + Upto(20 * kSecond)),
                [this] { world_.sqlstate = 0; });
    }
    world_.At(kTroubledUs, [this] { world_.sqlstate = 0; });
    for (int64_t i = Upto(2); i > 0; i--) {
      const int64_t from_us = Upto(kTroubledUs);
      world_.At(from_us, [this] { world_.refuses_sounds = true; });
      world_.At(std::min(kTroubledUs, from_us + Upto(kMinute)),
                [this] { world_.refuses_sounds = false; });
    }
    world_.At(kTroubledUs, [this] { world_.refuses_sounds = false; });
    PlanOutages();
    fault_share_ = Chance(0.3) ? 0 : static_cast<double>(Upto(60)) / 100;
  }

  // 5 to 60 s in which a stage's server, or its store, gives one answer to everybody; and a row
  // that fails always.
  void PlanOutages() {
    if (Chance(0.5)) {
      world_.UseBucket();
      world_.store_answer = [this](const Sent& call) {
        const int64_t after_us = 1000 + Upto(2 * kSecond);
        if (const auto answer = OutageOf(call)) return Answer{after_us, *answer};
        return Answer{after_us, {.status = 200}};
      };
    }
    for (const bool of_store : {false, true}) {
      for (int64_t i = Upto(3); i > 0; i--) {
        const int64_t from_us = Upto(kTroubledUs);
        outages_.push_back({.of_store = of_store,
                            .stage = static_cast<Stage>(Upto(kStageCount - 1)),
                            .from_us = from_us,
                            .to_us = from_us + 5 * kSecond + Upto(55 * kSecond),
                            .kind = Upto(of_store ? 7 : 4)});
      }
    }
    if (Chance(0.3)) poison_ = 1 + Upto(40);
    if (Chance(0.3)) world_.unreadable = {1 + Upto(40)};
  }

  std::optional<Response> OutageOf(const Sent& call) {
    for (const Outage& outage : outages_) {
      const bool meets = outage.stage == call.stage && outage.of_store == call.to_store &&
                         outage.from_us <= world_.now_us && world_.now_us < outage.to_us;
      if (!meets) continue;
      constexpr int kStatuses[] = {500, 502, 503, 529, 0, 401};
      if (outage.kind == 4) return World::Broken(Response::Transport::kTimeout);
      if (outage.kind == 6) return World::Broken(Response::Transport::kBroken);
      if (outage.kind == 7) return World::Broken(Response::Transport::kUnreachable);
      return World::Refusal(kStatuses[outage.kind]);
    }
    return std::nullopt;
  }

  Answer Draw(const Sent& call) {
    const std::string text = "m" + std::to_string(call.row) + "v" + std::to_string(call.version);
    const int64_t after_us = Chance(0.1) ? Upto(90 * kSecond) : 1000 + Upto(2 * kSecond);
    Answer good{.after_us = after_us, .response = World::Good(call.stage, text)};
    if (call.row == poison_) return {.after_us = after_us, .response = World::Refusal(500)};
    if (const auto response = OutageOf(call)) return {.after_us = after_us, .response = *response};
    if (world_.now_us >= kTroubledUs || !Chance(fault_share_)) return good;
    using Transport = Response::Transport;
    switch (Upto(6)) {
      case 0:
        return {.after_us = after_us, .response = World::Refusal(500)};
      case 1:
        return {.after_us = after_us, .response = World::Refusal(429, Upto(20'000))};
      case 2:
        return {.after_us = after_us, .response = World::Refusal(401)};
      case 3:
        return {.after_us = after_us, .response = World::Broken(Transport::kUnreachable)};
      case 4:
        return {.after_us = after_us, .response = World::Broken(Transport::kBroken)};
      case 5:
        return {.after_us = after_us, .response = World::Refusal(400)};
      default:
        good.response.body = "nonsense";
        return good;
    }
  }

  // Of the errors that an outage gives, only the poison row fails: what else fails is refused or
  // unusable by an answer about it. Two codes may be a row's own here all the same: an answer that
  // takes more than a minute is a timeout, and a lone row is refused for more than a minute when
  // two faults of the database meet.
  void JudgeBlame() {
    for (const auto& [id, row] : world_.rows) {
      for (const Row::OfStage& at : row.of) {
        const bool is_outage = at.error_code == "unavailable" || at.error_code == "unreachable" ||
                               at.error_code == "connection_broken" ||
                               at.error_code == "unauthorized";
        EXPECT_FALSE(at.status == Status::kFailed && is_outage)
            << row.text() << " failed of " << at.error_code;
        EXPECT_TRUE(at.error_code != "row_not_readable" || world_.unreadable.contains(id))
            << row.text() << " could be read";
        if (fault_share_ == 0 && kills_planned_ == 0 && id != poison_ &&
            !world_.unreadable.contains(id)) {
          const bool may_fail = at.error_code == "cancelled" || at.error_code == "timeout" ||
                                at.error_code == "result_not_storable";
          EXPECT_FALSE(at.status == Status::kFailed && !may_fail)
              << row.text() << " failed of " << at.error_code;
        }
      }
    }
  }

  // A message is sent after what it is about has ended, and none while that goes on.
  void JudgeDeliveries() {
    if (world_.stages[3].stage.empty()) return;
    std::map<int64_t, int64_t> made_us;
    for (const auto& [id, row] : world_.rows) {
      if (row.delivers == 0) continue;
      if (row.of[3].status == Status::kFailed) made_us[row.delivers] = INT64_MAX;
      made_us[row.delivers] = std::max(made_us[row.delivers], row.made_us);
    }
    for (const auto& [id, row] : world_.rows) {
      if (row.ended_us < 0) continue;
      EXPECT_TRUE(made_us.contains(id) && made_us[id] >= row.ended_us)
          << row.text() << " ended, and nobody was told\n"
          << world_.Describe();
    }
  }

  void Judge() {
    JudgeBlame();
    JudgeDeliveries();
    EXPECT_TRUE(world_.AllFinal()) << world_.Describe();
    EXPECT_TRUE(world_.in_flight.empty());
    for (const Sent& call : world_.calls) {
      if (!call.succeeded || call.to_store) continue;
      EXPECT_TRUE(world_.settled.contains(call.token) || world_.revoked.contains(call.token))
          << "an answer that was paid for is lost: m" << call.row << "v" << call.version;
    }
    std::map<std::pair<int64_t, int>, int> calls[kStageCount];
    for (const Sent& call : world_.calls) {
      if (call.to_store) continue;
      calls[static_cast<size_t>(call.stage)][{call.row, call.version}]++;
    }
    for (size_t i = 0; i < kStageCount; i++) {
      for (const auto& [key, count] : calls[i]) {
        EXPECT_LE(count, 3 + world_.given_back[i][key])
            << "more calls than attempts allow: m" << key.first;
      }
    }
  }

  World world_;
  struct Outage {
    bool of_store;
    Stage stage;
    int64_t from_us, to_us, kind;
  };
  int64_t kills_left_ = 0, kills_planned_ = 0;
  double fault_share_ = 0;
  std::vector<Outage> outages_;
  int64_t poison_ = 0;
};

int64_t FromEnvironment(const char* name, int64_t otherwise) {
  const char* const value = std::getenv(name);
  return value == nullptr ? otherwise : std::atoll(value);
}

TEST(WorkerSchedulesTest, WhateverTheOrderNoRowIsLostStuckOrFinishedTwice) {
  const int64_t only = FromEnvironment("DEBRIEF_SEED", -1);
  const int64_t schedules = FromEnvironment("DEBRIEF_SCHEDULES", 100);
  for (int64_t i = 0; i < (only >= 0 ? 1 : schedules); i++) {
    const int64_t seed = only >= 0 ? only : i;
    SCOPED_TRACE("DEBRIEF_SEED=" + std::to_string(seed));
    try {
      Schedule(static_cast<uint64_t>(seed)).Run();
    } catch (const Violation& broken) {
      ADD_FAILURE() << broken.what();
    }
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace debrief::sim

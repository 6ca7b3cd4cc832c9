// world.cpp: see world.h.

#include "test/worker/world.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "bgworker/worker/worker.h"
#include "extension/settings.h"

extern "C" {
extern volatile sig_atomic_t ProcDiePending, InterruptPending, QueryCancelPending,
    ShutdownRequestPending;
}

namespace debrief::sim {
namespace {

World* current = nullptr;

constexpr int64_t kWaitsAtOnceMax = 10'000;

size_t Index(Stage stage) { return static_cast<size_t>(stage); }

}  // namespace

Stage Row::stage() const {
  if (of[0].status != Status::kIdle) return Stage::kAnalysis;
  if (delivers != 0) return Stage::kDeliver;
  return of[1].status == Status::kCompleted ? Stage::kAudio : Stage::kSsml;
}

World::World(uint64_t seed) : random(seed) {
  current = this;
  const char* const servers_of[] = {"coach", "writer", "speaker"};
  for (size_t i = 0; i < std::size(servers_of); i++) {
    stages[i] = {.stage = kStages[i].name,
                 .server = servers_of[i],
                 .kind = "http",
                 .options = R"({"base_url": "http://127.0.0.1:1"})",
                 .store = i == 1 ? "" : "store",
                 .store_kind = i == 1   ? ""
                               : i == 0 ? "directory"
                                        : "database",
                 .store_options = R"({"path": ")" DEBRIEF_TEST_SOURCE R"("})",
                 .max_attempts = "3",
                 .backoff_base_ms = "1000",
                 .backoff_cap_ms = "60000",
                 .timeout_ms = "60000",
                 .max_in_flight = "16",
                 .instruction = "",
                 .paused = "f",
                 .parked_ms = "0",
                 .failures = "0",
                 .store_parked_ms = "0",
                 .store_failures = "0"};
  }
  answer = [](const Sent& call) {
    return Answer{.after_us = 10'000,
                  .response = Good(call.stage, "m" + std::to_string(call.row) + "v" +
                                                   std::to_string(call.version))};
  };
}

World::~World() { current = nullptr; }

void World::UseBucket() {
  stages[2].store = "bucket";
  stages[2].store_kind = "supabase";
  stages[2].store_options = R"({"base_url": "http://127.0.0.1:2", "bucket": "b"})";
  store_answer = [](const Sent&) {
    return Answer{.after_us = 10'000, .response = {.status = 200}};
  };
}

void World::UseReceiver() {
  static struct KeyFile {
    char path[32] = "/tmp/pg_debrief_keys.XXXXXX";
    KeyFile() {
      const int fd = mkstemp(path);
      constexpr std::string_view kLine = "hook 127.0.0.1:3 secret";
      if (write(fd, kLine.data(), kLine.size()) < 0) std::abort();
      close(fd);
    }
    ~KeyFile() { unlink(path); }
  } key_file;
  settings::key_file = key_file.path;
  stages[3] = stages[1];
  stages[3].stage = StageName(Stage::kDeliver);
  stages[3].server = "receiver";
  stages[3].kind = "webhook";
  stages[3].options = R"({"base_url": "http://127.0.0.1:3", "key": "hook"})";
}

World& World::Get() { return *current; }

void World::Wake(uint32_t bits) { wakes |= bits; }

void World::Terminate() {
  if (ignores_sigterm) return;
  ShutdownRequestPending = true;
  QueryCancelPending = true;
  wakes |= 1u << 31;  // the signal handler sets the latch
}

bool World::IsTerminated() const { return ShutdownRequestPending != 0; }

bool World::RunEvents() {
  bool any = false;
  while (!events_.empty() && events_.begin()->first <= now_us) {
    const auto statement = std::move(events_.begin()->second);
    events_.erase(events_.begin());
    statement();
    any = true;
  }
  return any;
}

bool World::RunUntil(int64_t us) {
  until_us_ = us;
  try {
    Worker worker(HttpClient::Create(nullptr), 900);
    worker.Run();
  } catch (const Exit& exit) {
    for (volatile sig_atomic_t* pending :
         {&ProcDiePending, &InterruptPending, &QueryCancelPending, &ShutdownRequestPending}) {
      *pending = 0;
    }
    ignores_sigterm = false;
    in_flight.clear();
    living.clear();
    reserved.fill(0);
    listening = 0;
    return !exit.killed || now_us < until_us_;
  }
  return true;
}

void World::Kill() { throw Exit{.killed = true}; }

// The worker waits: nothing happens until news or the timeout. A wake ends the wait when it said
// that it listens, else it is found at the next look.
void World::Wait(int64_t timeout_ms) {
  CheckInvariants();
  if (!std::exchange(looked_at_calls, false)) throw Violation("a turn left its calls alone");
  const int64_t began_us = now_us;
  const int64_t timeout_us = timeout_ms < 0 ? INT64_MAX : now_us + timeout_ms * 1000;
  for (;;) {
    RunEvents();
    const uint32_t rousing = listening | ~uint32_t{kWakeWork};
    if ((wakes & rousing) != 0) break;
    int64_t next_us = events_.empty() ? INT64_MAX : events_.begin()->first;
    bool answered = false;
    for (const auto& [id, sent] : in_flight) {
      answered |= calls[sent.call].ends_us <= now_us;
      next_us = std::min(next_us, calls[sent.call].ends_us);
    }
    if (answered || now_us >= timeout_us) break;
    const int64_t then_us = std::min({next_us, timeout_us, until_us_});
    now_us = std::max(now_us, then_us);
    if (now_us >= until_us_) throw Exit{.killed = true};
  }
  waits_at_once_ = now_us == began_us ? waits_at_once_ + 1 : 0;
  if (waits_at_once_ > kWaitsAtOnceMax) throw Violation("the worker turns without waiting");
}

void World::CheckBefore(const Sent& call) const {
  if (call.to_store) return;  // a sound that is paid for is kept, if it can be
  const auto row = rows.find(call.row);
  if (row == rows.end() || row->second.token == 0 || row->second.version != call.version) {
    throw Violation("a call began for a row that is not claimed: m" + std::to_string(call.row));
  }
  const StageConfigRow& stage = stages[Index(call.stage)];
  CheckLeftAlone(stage.server, call.stage);
  CheckLeftAlone(stage.store, call.stage);
}

// The worker counts from the failure, the table from a few transactions later.
void World::CheckLeftAlone(const std::string& name, Stage stage) const {
  const auto server = servers.find({name, stage});
  if (server == servers.end() || server->second.parked_until_us <= unix_us() + 5'000) return;
  throw Violation("a call began while " + name + " was to be left alone for " +
                  std::to_string(server->second.parked_until_us - unix_us()) + " us");
}

void World::CheckInvariants() const {
  for (const int of_stage : reserved) {
    if (of_stage < 0) throw Violation("more calls given back than were reserved");
  }
  std::array<int, kStageCount> flying{};
  for (const auto& [id, sent] : in_flight) flying[Index(calls[sent.call].stage)]++;
  for (size_t i = 0; i < kStageCount; i++) {
    if (flying[i] > reserved[i]) throw Violation("more calls in flight than are reserved");
    const int in_flight_max = std::atoi(stages[i].max_in_flight.c_str());
    if (reserved[i] > 0 && reserved[i] + reserved_by_others[i] > in_flight_max) {
      throw Violation("more calls in flight than the stage may have");
    }
  }
  for (const auto& [id, row] : rows) {
    for (const Row::OfStage& at : row.of) {
      if (at.status == Status::kCompleted && at.result_version != row.version) {
        throw Violation("a result of an old message: " + row.text());
      }
      if (at.attempts > 3) throw Violation("more attempts than allowed: " + row.text());
    }
    const bool is_held = living.contains(row.claimed_by);
    if (is_held && row.lease_until_us < unix_us() && failed_since_us < 0) {
      throw Violation("a lease ran out under a living worker: " + row.text());
    }
  }
}

bool World::AllFinal() const {
  for (const auto& [id, row] : rows) {
    for (size_t i = 0; i < kStageCount; i++) {
      const Status status = row.of[i].status;
      if (status == Status::kProcessing) return false;
      // Audio waits for ever where there is no SSML for it.
      const bool waits = i == 2 && row.of[1].status == Status::kFailed;
      if (status == Status::kQueued && !waits) return false;
    }
  }
  return true;
}

int64_t World::Count(Stage stage, Status status) const {
  return std::count_if(rows.begin(), rows.end(), [&](const auto& entry) {
    return entry.second.of[Index(stage)].status == status;
  });
}

int64_t World::CallsOf(Stage stage) const {
  return std::count_if(calls.begin(), calls.end(),
                       [&](const Sent& call) { return call.stage == stage && !call.to_store; });
}

std::string World::Describe() const {
  std::string text;
  for (const auto& [id, row] : rows) {
    text += row.text();
    for (const Row::OfStage& at : row.of) {
      text += " " + std::to_string(static_cast<int>(at.status)) + "/" +
              std::to_string(at.attempts) + "/" + at.error_code + "/" + std::to_string(at.due_us);
    }
    text += "\n";
  }
  for (const std::string& line : log) text += line + "\n";
  return text;
}

void World::NoteFailedTransaction() {
  if (failed_since_us < 0) failed_since_us = now_us;
}

}  // namespace debrief::sim

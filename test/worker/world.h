// world.h: what surrounds one worker in these tests: a clock that stands still, a database without
// PostgreSQL, a provider without a network, and sessions that do things at their time.
//
// The worker's own files are linked as they are. Database, HttpClient, Waiter, slot, the clocks and
// the few functions of PostgreSQL that the worker calls are defined in this folder instead, in
// terms of the World. Time moves only where the worker waits, and a little in each transaction, so
// a minute costs microseconds and a schedule repeats exactly.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "bgworker/core/http/client.h"
#include "bgworker/database/database.h"

namespace debrief::sim {

inline constexpr int64_t kSecond = 1'000'000;
inline constexpr int64_t kMinute = 60 * kSecond;
inline constexpr int64_t kUnixStartUs = int64_t{1'700'000'000} * kSecond;

// The worker's process ended: by itself, or because it was killed.
struct Exit {
  bool killed = false;
};

enum class Status { kIdle, kQueued, kProcessing, kCompleted, kFailed };

// A row of analysis_jobs (stage kAnalysis only), analysis_deliveries (kDeliver only) or
// analysis_feedback (the other two).
struct Row {
  struct OfStage {
    Status status = Status::kIdle;
    int64_t due_us = -1;  // since 1970; -1: not due
    int attempts = 0;
    int result_version = 0;  // of the message; 0: no result
    std::string error_code = {};
  };
  int64_t id = 0;
  int version = 1;  // of the message
  std::string user_id;
  std::array<OfStage, kStageCount> of;
  int unproven = 0;
  int64_t unproven_us = -1;
  int64_t token = 0, claimed_by = 0, lease_until_us = 0;
  int64_t locked_until_us = 0;         // a session holds the row's lock
  int64_t ended_us = -1;               // of feedback: when it became final, for the last time
  int64_t delivers = 0;                // of a delivery: the feedback it is about
  int64_t asked_us = 0, made_us = -1;  // of a delivery: when that ended; when its message was made

  Stage stage() const;  // that it is in, or was in last
  OfStage& now() { return of[static_cast<size_t>(stage())]; }
  std::string text() const { return "m" + std::to_string(id) + "v" + std::to_string(version); }
};

// A request that was sent.
struct Sent {
  Stage stage = Stage::kAnalysis;
  int64_t row = 0, token = 0;
  int version = 0;
  size_t bytes = 0;       // of its body
  bool to_store = false;  // of the row's sound; no provider is asked
  int64_t started_us = 0, ends_us = 0;
  bool was_sent = false;   // by a turn that looked at its calls
  bool succeeded = false;  // its answer was good, and was delivered
};

struct Answer {
  int64_t after_us = 0;
  Response response;
};

struct ServerState {
  int64_t parked_until_us = 0;
  int failures = 0;
};

class World {
 public:
  explicit World(uint64_t seed);
  ~World();
  static World& Get();

  // Rows, as sessions make and change them: each wakes the worker as the triggers do.
  int64_t AddRecording();
  int64_t AddFeedback(const std::string& user_id = "u", int64_t due_ago_us = 0);
  void Edit(int64_t id);
  void Cancel(int64_t id);
  void Delete(int64_t id);
  void Wake(uint32_t bits);
  void Terminate();  // as pg_terminate_backend(): cancels the transaction that runs

  // Something that happens while the worker waits.
  void At(int64_t us, std::function<void()> statement) {
    events_.emplace(us, std::move(statement));
  }

  // Runs a worker until the time has come, or it ends by itself. Answers whether it ended.
  bool RunUntil(int64_t us);
  // The worker is killed where it stands: what it holds in memory is gone.
  void Kill();

  bool AllFinal() const;
  int64_t Count(Stage stage, Status status) const;
  int64_t CallsOf(Stage stage) const;
  std::string Describe() const;

  // Every item that ends is delivered from now on, to a receiver.
  void UseReceiver();
  // As _announce(): what is final now is to be delivered.
  void Ended(Row* row);

  // What happens to requests; by default they succeed after 10 ms.
  std::function<Answer(const Sent&)> answer;
  // Sounds are kept behind HTTP from now on, in a bucket. What a good answer holds is the
  // bucket's to say; one that is broken may come of an upload that was kept.
  void UseBucket();
  std::function<Answer(const Sent&)> store_answer;
  static Response Good(Stage stage, const std::string& text);
  static Response Refusal(int status, std::optional<int64_t> retry_after_ms = std::nullopt);
  static Response Broken(Response::Transport transport);

  int64_t now_us = 0;
  int64_t unix_us() const { return kUnixStartUs + now_us; }
  std::mt19937_64 random;

  // The database.
  std::map<int64_t, Row> rows;
  std::array<StageConfigRow, kStageCount> stages;
  std::map<std::pair<std::string, Stage>, ServerState> servers;
  Versions versions{.library = "1.0.0", .sql = "1.0", .tables = "1.0"};
  std::map<std::string, double> allowance;  // calls that a limited server has left
  int64_t next_id = 1, next_token = 1;
  std::set<int64_t> living;  // workers whose session lock is held
  int sqlstate = 0;          // what every transaction fails with; 0: none
  bool fails_at_commit = false;
  int64_t failed_since_us = -1, transactions = 0;
  int64_t went_on = 0;                              // from SSML to audio in one step
  std::function<void(bool before)> in_transaction;  // before it, and after its commit
  int parts = 1;                                    // what a row is spoken in
  std::function<std::string(const Row&)> ssml;      // of a part, with ">m1v1" in it
  std::set<int64_t> unreadable;                     // rows whose claim runs out of memory
  std::set<int64_t> untouchable;                    // rows of which PostgreSQL refuses every change
  int64_t refused_claims = 0;                       // of those
  bool refuses_housekeeping = false;
  std::map<int64_t, int> deferred_rows;  // in the attempt history
  bool refuses_history = false;
  std::set<int64_t> unstorable;  // rows whose sound PostgreSQL refuses
  bool refuses_sounds = false;   // whatever the row
  std::set<int64_t> deadly;  // rows of audio that end the worker's session when they are written
  int sessions_lost = 0;
  int claims_to_lose = 0;  // so many claims that are durable get no answer
  std::set<Stage> parked_stages;
  int64_t recorded_calls = 0;                              // of what servers were used for
  std::set<std::string> noted;                             // paths of objects that may be written
  std::set<int64_t> settled, revoked;                      // claim tokens
  std::set<std::pair<int64_t, int>> results[kStageCount];  // row and version
  std::map<std::string, std::set<int>> kept_sounds;        // by text, of rows that are not done
  std::map<std::pair<int64_t, int>, int> given_back[kStageCount];

  // The network.
  struct InFlight {
    size_t call;  // in `calls`
    Answer answer;
  };
  std::map<HttpClient::Id, InFlight> in_flight;
  bool looked_at_calls = false;  // in this turn
  std::vector<Sent> calls;
  std::map<std::string, size_t> objects;  // of the bucket, and how long they are

  // Shared memory.
  uint32_t wakes = 0, listening = 0;
  bool ignores_sigterm = false;
  std::array<int, kStageCount> reserved{}, reserved_by_others{};
  std::vector<std::string> log;

  // For the fakes.
  void Wait(int64_t timeout_ms);
  void CheckBefore(const Sent& call) const;
  void NoteFailedTransaction();
  bool IsTerminated() const;

 private:
  void CheckInvariants() const;
  void CheckLeftAlone(const std::string& name, Stage stage) const;
  void Revoke(Row* row);
  bool RunEvents();

  std::multimap<int64_t, std::function<void()>> events_;
  int64_t until_us_ = 0;
  int64_t waits_at_once_ = 0;
};

// A broken promise: fails the test that is running.
struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace debrief::sim

// side_jobs.cpp: what the worker does beside claiming and settling: checkpoints of rows that
// are under way, deletions, and servers that an operator wants tried out.

extern "C" {
#include "postgres.h"
}

#include <utility>

#include "bgworker/backend/slot.h"
#include "bgworker/worker/worker.h"

namespace debrief {
namespace {

constexpr int64_t kLockedWaitMs = 100;

}  // namespace

// A row whose claim was lost is dropped: its next request would be paid for nothing.
void Worker::KeepCheckpoints() {
  const std::vector<Attempt*> rows = runner_.Checkpoints();
  if (rows.empty()) return;
  std::vector<SettleOutcome> outcomes;
  if (!database_.KeepCheckpoints(rows, &outcomes)) {
    for (Attempt* row : rows) runner_.Defer(row, kLockedWaitMs);
    return BackOff("keep checkpoints");
  }
  for (size_t i = 0; i < rows.size(); i++) {
    if (outcomes[i] == SettleOutcome::kSettled) {
      runner_.Continue(rows[i]);
    } else if (outcomes[i] == SettleOutcome::kLocked) {
      runner_.Defer(rows[i], kLockedWaitMs);
    } else {
      const int stage = static_cast<int>(rows[i]->job.stage);
      runner_.Abort(rows[i]->job.token);
      slot::Unreserve(stage, 1);
    }
  }
}

void Worker::DeleteObjects(std::vector<ObjectDeletion> deletions) {
  for (ObjectDeletion& object : deletions) {
    const std::optional<Failure> no_key = ResolveKey(keyring_, &object.server);
    deletions_.Start(object, no_key);
  }
}

void Worker::SettleSideJobs() {
  for (const ServerTests::Outcome& tested : server_tests_.TakeOutcomes()) {
    slot::AnswerTest(tested.ticket, tested.ok, tested.message.c_str());
  }
  const std::vector<ObjectDeletions::Outcome> deleted = deletions_.TakeOutcomes();
  if (deleted.empty()) return;
  std::vector<int64_t> ids;
  std::vector<std::string> errors;
  for (const ObjectDeletions::Outcome& object : deleted) {
    ids.push_back(object.id);
    errors.push_back(object.error);
  }
  if (!database_.SettleDeletions(ids, errors)) BackOff("settle deletions");
}

void Worker::TestServers() {
  slot::Test test;
  while (slot::TakeTest(&test)) {
    ServerConfig server;
    if (!database_.FindServer(test.server, &server)) {
      slot::AnswerTest(test.ticket, false, database_.error().message);
      return BackOff("look up a server");
    }
    server.timeout_ms = test.timeout_ms;
    const std::optional<Failure> no_key = ResolveKey(keyring_, &server);
    server_tests_.Start(test.ticket, server, no_key);
  }
  tests_due_ = false;
}

}  // namespace debrief

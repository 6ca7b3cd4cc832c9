// side_jobs.cpp: see side_jobs.h.

#include "bgworker/worker/side_jobs.h"

#include "bgworker/backend/slot.h"

namespace debrief {

void SideJobs::Delete(const std::vector<ObjectDeletion>& deletions) {
  for (ObjectDeletion object : deletions) {
    const std::optional<Failure> no_key = ResolveKey(configuration_->keyring(), &object.server);
    deletions_.Start(object, no_key);
  }
}

const char* SideJobs::Settle() {
  for (const ServerTests::Outcome& tested : server_tests_.TakeOutcomes()) {
    slot::AnswerTest(tested.ticket, tested.ok, tested.message.c_str());
  }
  const std::vector<ObjectDeletions::Outcome> deleted = deletions_.TakeOutcomes();
  if (deleted.empty()) return nullptr;
  std::vector<int64_t> ids;
  std::vector<std::string> errors;
  for (const ObjectDeletions::Outcome& object : deleted) {
    ids.push_back(object.id);
    errors.push_back(object.error);
  }
  return database_->SettleDeletions(ids, errors) ? nullptr : "settle deletions";
}

const char* SideJobs::TestServers() {
  slot::Test test;
  while (tests_due_ && slot::TakeTest(&test)) {
    ServerConfig server;
    if (!database_->FindServer(test.server, &server)) {
      slot::AnswerTest(test.ticket, false, database_->error().message);
      return "look up a server";
    }
    server.timeout_ms = test.timeout_ms;
    const std::optional<Failure> no_key = ResolveKey(configuration_->keyring(), &server);
    server_tests_.Start(test.ticket, server, no_key);
  }
  tests_due_ = false;
  return nullptr;
}

}  // namespace debrief

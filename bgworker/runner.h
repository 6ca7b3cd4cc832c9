// runner.h: runs claimed rows: asks the provider for steps, the HTTP client for answers, the store
// for files, until each row has a result. Knows nothing of the database.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "assignment.h"

namespace debrief {

class Runner {
 public:
  explicit Runner(HttpClient* http) : http_(http) {}

  void Begin(std::unique_ptr<Assignment> assignment);
  // Lets the client work and moves on every row whose answer came.
  void Collect();
  std::vector<std::unique_ptr<Assignment>> TakeFinished();
  // Analyses whose video has been sent in full since the last call.
  std::vector<const Assignment*> TakeUploaded();

  // Aborts the calls of claims that are no longer ours.
  void Abort(int64_t token);
  // Aborts everything and forgets it.
  void AbortAll();

  size_t running() const { return running_.size(); }
  std::vector<Assignment*> Running();

 private:
  void Start(Assignment* assignment);
  void Take(Assignment* assignment, Step step);
  void TakeSound(Assignment* assignment, AudioResult audio);
  void Finish(Assignment* assignment);
  Call CallOf(const Assignment& assignment) const;

  HttpClient* http_;
  std::unordered_map<int64_t, std::unique_ptr<Assignment>> running_;  // by claim token
  std::unordered_map<HttpClient::Id, Assignment*> transfers_;
  std::vector<std::unique_ptr<Assignment>> finished_;
};

}  // namespace debrief

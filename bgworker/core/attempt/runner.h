// runner.h: runs claimed rows: asks the provider for steps, the HTTP client for answers, the stores
// for files, until each row has a result. Knows nothing of the database: what must be durable on
// the way is handed out as checkpoints.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "bgworker/core/attempt/attempt.h"
#include "bgworker/core/attempt/requests.h"

namespace debrief {

class Runner {
 public:
  // `temporary_directory` takes recordings that come from a store behind HTTP.
  Runner(Calls* calls, MemoryBudget* memory, std::string temporary_directory)
      : calls_(calls), memory_(memory), temporary_directory_(std::move(temporary_directory)) {}

  void Begin(std::unique_ptr<Assignment> assignment);
  // Moves on the rows whose wait is over. Answers come through Calls::Run().
  void Collect();
  std::vector<std::unique_ptr<Assignment>> TakeFinished();
  // Analyses among these transfers, whose video has been sent in full.
  std::vector<const Assignment*> Uploaded(const std::vector<HttpClient::Id>& transfers);

  // Rows whose checkpoint is to be made durable now.
  std::vector<Assignment*> Checkpoints();
  void Continue(Assignment* row);
  // The row's lock is somebody else's: it is tried again later.
  void Defer(Assignment* row, int64_t delay_ms);

  // Aborts the calls of claims that are no longer ours.
  void Abort(int64_t token);
  // Aborts everything and forgets it.
  void AbortAll();

  size_t running() const { return running_.size(); }
  // What a call of the stage is likely to need of memory: the largest of its late answers.
  int64_t ExpectedBytes(Stage stage) const { return expected_bytes_[static_cast<size_t>(stage)]; }
  std::vector<Assignment*> Running();
  // Monotonic time at which Collect() has something to do; -1: it has nothing.
  int64_t NextMs() const;
  bool has_checkpoints() const { return !held_.empty(); }

 private:
  using Deed = std::function<void(Assignment* row)>;

  // runner.cpp: the exchange with the provider.
  void Fetch(Assignment* row);
  void TakeRecording(Assignment* row, std::shared_ptr<FileSink> sink, const Response& response);
  void Start(Assignment* row);
  void Take(Assignment* row, Step step);
  void TakeFailure(Assignment* row, Failure failure);
  void Ask(Assignment* row, Request request);
  void Finish(Assignment* row);
  void CountMemory(Assignment* row);
  Call CallOf(const Assignment& row, const Moment& moment) const;

  // runner_sound.cpp: from an SSML segment to a sound in its store.
  void Speak(Assignment* row);
  void TakeSound(Assignment* row, AudioResult audio);
  void Keep(Assignment* row, std::string bytes);
  void PutIntoDirectory(Assignment* row);
  void StartUpload(Assignment* row);
  void TakeUploadStep(Assignment* row, PutStep step);
  void TakeUploadFailure(Assignment* row, Failure failure);
  void NextPart(Assignment* row);

  // Does it with the row, if it is still ours then.
  std::function<void()> WithRow(Assignment* row, Deed deed);
  void Prepare(Assignment* row, const ServerConfig& server,
               std::function<void(Assignment*, const Moment&)> ready);
  void Hold(Assignment* row, Checkpoint checkpoint);
  void Send(Assignment* row, Request request, std::function<void(Assignment*, Response)> answered);
  void Later(Assignment* row, int64_t delay_ms, Deed deed);
  void FailAtStore(Assignment* row, Failure failure);

  static constexpr int64_t kExpectedBytesMin = 16 * 1024;

  Calls* calls_;
  MemoryBudget* memory_;
  std::array<int64_t, kStageCount> expected_bytes_{kExpectedBytesMin, kExpectedBytesMin,
                                                   kExpectedBytesMin};
  std::string temporary_directory_;
  std::unordered_map<int64_t, std::unique_ptr<Assignment>> running_;  // by claim token
  std::vector<int64_t> held_;                             // claim tokens of rows with a checkpoint
  std::multimap<int64_t, std::function<void()>> timers_;  // by monotonic time
  std::vector<std::unique_ptr<Assignment>> finished_;
};

}  // namespace debrief

// runner.h: runs claimed rows: asks the provider for steps, sends the requests, reads and writes
// the stores, until each row has a result. It knows nothing of the database: what must be durable
// on the way is handed out as checkpoints.
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
  Runner(Requests* calls, MemoryBudget* memory, std::string temporary_directory)
      : requests_(calls), memory_(memory), temporary_directory_(std::move(temporary_directory)) {
    expected_bytes_.fill(kExpectedBytesMin);
  }

  void Begin(std::unique_ptr<Attempt> attempt);
  // Moves on the rows whose wait is over. Answers come through Requests::Run().
  void Collect();
  std::vector<std::unique_ptr<Attempt>> TakeFinished();
  // Analyses among these transfers, whose video has been sent in full.
  std::vector<const Attempt*> Uploaded(const std::vector<HttpClient::Id>& transfers);

  // Rows whose checkpoint is to be made durable now; Continue(), Defer(), Fail() or Abort() is
  // called with each.
  std::vector<Attempt*> Checkpoints();
  void Continue(Attempt* row);
  // Another session holds the row's lock: the checkpoint is tried again later.
  void Defer(Attempt* row, int64_t delay_ms);
  // It cannot be made: the attempt ends.
  void Fail(Attempt* row, Failure failure);

  // Aborts the calls of claims that are no longer ours.
  void Abort(int64_t token);
  // Aborts everything and forgets it.
  void AbortAll();

  size_t running() const { return running_.size(); }
  // What a call of the stage is likely to need of memory: the largest of its late answers.
  int64_t ExpectedBytes(Stage stage) const { return expected_bytes_[static_cast<size_t>(stage)]; }
  std::vector<Attempt*> Running();
  // Monotonic time at which Collect() has something to do; -1: it has nothing.
  int64_t NextMs() const;
  bool has_checkpoints() const { return !held_.empty(); }

 private:
  using Continuation = std::function<void(Attempt* row)>;

  // fetch.cpp: the recording.
  void Fetch(Attempt* row);
  void Download(Attempt* row, Request request);
  void OnRecording(Attempt* row, std::shared_ptr<FileSink> sink, const Response& response);

  // runner.cpp: the exchange with the provider.
  void Start(Attempt* row);
  void ApplyStep(Attempt* row, Step step);
  void OnFailure(Attempt* row, Failure failure);
  void Ask(Attempt* row, Request request);
  void Finish(Attempt* row);
  void CountMemory(Attempt* row);
  CallInput CallOf(const Attempt& row, const CallContext& call_context) const;

  // speak.cpp: from an SSML segment to a sound in its store.
  void AskStore(Attempt* row);
  void OnStoreAsked(Attempt* row, std::optional<Failure> failure);
  void Speak(Attempt* row);
  bool Refine(Attempt* row);
  void OnSound(Attempt* row, AudioResult audio);
  void Keep(Attempt* row, std::string bytes);
  void StartUpload(Attempt* row);
  void ApplyPutStep(Attempt* row, PutStep step);
  void OnUploadFailure(Attempt* row, Failure failure);
  void NextPart(Attempt* row);

  // A call of `continuation` with the row, if the row is still ours then.
  std::function<void()> WithRow(Attempt* row, Continuation continuation);
  void Prepare(Attempt* row, const ServerConfig& server,
               std::function<void(Attempt*, const CallContext&)> ready);
  void Hold(Attempt* row, Checkpoint checkpoint);
  void Send(Attempt* row, Request request, std::function<void(Attempt*, Response)> answered);
  void Later(Attempt* row, int64_t delay_ms, Continuation continuation);
  void FailAtStore(Attempt* row, Failure failure);

  static constexpr int64_t kExpectedBytesMin = 16 * 1024;

  Requests* requests_;
  MemoryBudget* memory_;
  std::array<int64_t, kStageCount> expected_bytes_;
  std::string temporary_directory_;
  std::unordered_map<int64_t, std::unique_ptr<Attempt>> running_;  // by claim token
  std::vector<int64_t> held_;                             // claim tokens of rows with a checkpoint
  std::multimap<int64_t, std::function<void()>> timers_;  // by monotonic time
  std::vector<std::unique_ptr<Attempt>> finished_;
};

}  // namespace debrief

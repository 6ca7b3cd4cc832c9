// fetch.cpp: from a recording in its store to a file that can be sent.

#include <utility>

#include "bgworker/core/attempt/runner.h"
#include "bgworker/core/http/temporary_file.h"
#include "bgworker/core/services/kinds.h"

namespace debrief {
namespace {

Failure NoTemporaryFile(const std::string& reason) {
  return Failure{.failure_class = FailureClass::kOutage,
                 .code = "store_failed",
                 .message = "The recording could not be read.",
                 .detail = "temporary file: " + reason};
}

}  // namespace

void Runner::Fetch(Attempt* row) {
  const StageConfig& config = *row->config;
  if (!FindProvider(config.server.kind)->NeedsVideo(config.server)) return Start(row);
  Prepare(row, config.store, [this](Attempt* ready, const CallContext& call_context) {
    const ServerConfig& store = ready->config->store;
    GetStep step =
        FindStore(store.kind)->Get(store, call_context, ready->job.recording.storage_path);
    if (Failure* failure = std::get_if<Failure>(&step)) {
      return FailAtStore(ready, std::move(*failure));
    }
    if (auto* video = std::get_if<std::shared_ptr<const FileSource>>(&step)) {
      ready->video = std::move(*video);
      return Start(ready);
    }
    Download(ready, std::get<Request>(std::move(step)));
  });
}

void Runner::Download(Attempt* row, Request request) {
  std::string error;
  auto sink = temporary_file::Open(temporary_directory_, &error);
  if (sink == nullptr) return FailAtStore(row, NoTemporaryFile(error));
  request.sink = sink;
  Send(row, std::move(request), [this, sink](Attempt* fetched, const Response& response) {
    OnRecording(fetched, sink, response);
  });
}

void Runner::OnRecording(Attempt* row, std::shared_ptr<FileSink> sink, const Response& response) {
  const ServerConfig& store = row->config->store;
  if (auto failure = FindStore(store.kind)->ReadRecording(store, response)) {
    return FailAtStore(row, std::move(*failure));
  }
  std::string error;
  row->video = temporary_file::Reread(*sink, response.sunk_bytes, &error);
  if (row->video == nullptr) return FailAtStore(row, NoTemporaryFile(error));
  Start(row);
}

}  // namespace debrief

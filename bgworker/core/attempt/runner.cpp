// runner.cpp: from a claimed row to its result, step by step. fetch.cpp gets the recording,
// speak.cpp makes the sounds.

#include "bgworker/core/attempt/runner.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "bgworker/core/services/kinds.h"

namespace debrief {
namespace {

Failure NoSsml() {
  return Failure{.failure_class = FailureClass::kPermanent,
                 .code = "ssml_missing",
                 .message = "There is no SSML to speak.",
                 .detail = "analysis_ssml_segments has no row for it: a retry writes it"};
}

constexpr int64_t kForgetting = 16;  // after ten small answers, a large one counts half

void Add(const Usage& usage, Attempt* row) {
  row->usage.input_tokens += usage.input_tokens;
  row->usage.output_tokens += usage.output_tokens;
  row->usage.characters += usage.characters;
}

}  // namespace

std::function<void()> Runner::WithRow(Attempt* row, Continuation continuation) {
  return [this, token = row->job.token, continuation = std::move(continuation)] {
    const auto found = running_.find(token);
    if (found != running_.end()) continuation(found->second.get());
  };
}

void Runner::Prepare(Attempt* row, const ServerConfig& server,
                     std::function<void(Attempt*, const CallContext&)> ready) {
  const bool is_store = &server == &row->config->store;
  requests_->Prepare(
      server,
      [this, token = row->job.token, ready = std::move(ready)](const CallContext& call_context) {
        const auto found = running_.find(token);
        if (found != running_.end()) ready(found->second.get(), call_context);
      },
      [this, token = row->job.token, is_store](Failure failure) {
        const auto found = running_.find(token);
        if (found == running_.end()) return;
        found->second->store_failed = is_store;
        found->second->result = std::move(failure);
        Finish(found->second.get());
      });
}

void Runner::Send(Attempt* row, Request request, std::function<void(Attempt*, Response)> answered) {
  assert(row->transfer == 0);  // one call at a time
  assert(!row->checkpoint);    // what must be durable before it, is
  row->transfer = requests_->Send(
      std::move(request),
      [this, token = row->job.token, answered = std::move(answered)](Response response) {
        const auto found = running_.find(token);
        if (found == running_.end()) return;
        Attempt* const answered_row = found->second.get();
        answered_row->transfer = 0;
        answered_row->phases = response.phases;
        answered_row->http_status = response.status;
        int64_t& expected = expected_bytes_[static_cast<size_t>(answered_row->job.stage)];
        expected = std::max({kExpectedBytesMin, expected - expected / kForgetting,
                             static_cast<int64_t>(response.body.size())});
        answered(answered_row, std::move(response));
      });
}

void Runner::Later(Attempt* row, int64_t delay_ms, Continuation continuation) {
  timers_.emplace(NowMs() + delay_ms, WithRow(row, std::move(continuation)));
}

void Runner::FailAtStore(Attempt* row, Failure failure) {
  row->store_failed = true;
  row->result = std::move(failure);
  Finish(row);
}

CallInput Runner::CallOf(const Attempt& row, const CallContext& call_context) const {
  CallInput call{.job = &row.job,
                 .video = row.video,
                 .state = row.job.exchange_state,
                 .has_waited = row.has_waited,
                 .call_context = call_context};
  if (row.job.stage == Stage::kAudio) {
    assert(row.next_part < row.job.parts.size());
    assert(row.speech.sounds.size() < row.speech.inputs.size());
    call.part = &row.job.parts[row.next_part];
    call.speech = row.speech.inputs[row.speech.sounds.size()];
  }
  return call;
}

void Runner::Begin(std::unique_ptr<Attempt> attempt) {
  Attempt* row = attempt.get();
  assert(row->config != nullptr && row->reservation.calls() == 1);
  assert(!running_.contains(row->job.token));
  row->started_us = NowUs();
  row->memory = MemoryShare(memory_);
  running_[row->job.token] = std::move(attempt);
  switch (row->job.stage) {
    case Stage::kAnalysis:
      return Fetch(row);
    case Stage::kAudio:
      break;
    default:
      return Start(row);
  }
  if (!row->job.parts.empty()) return row->probes_store ? AskStore(row) : Speak(row);
  // Every segment has its sound already, or there is no segment at all.
  if (row->job.segment_count == 0) row->result = NoSsml();
  Finish(row);
}

void Runner::Start(Attempt* row) {
  Prepare(row, row->config->server, [this](Attempt* ready, const CallContext& call_context) {
    const ServerConfig& server = ready->config->server;
    ApplyStep(ready, FindProvider(server.kind)->Start(server, CallOf(*ready, call_context)));
  });
}

void Runner::Ask(Attempt* row, Request request) {
  Send(row, std::move(request), [this](Attempt* answered, Response response) {
    const ServerConfig& server = answered->config->server;
    ApplyStep(answered,
              FindProvider(server.kind)
                  ->Next(server, CallOf(*answered, requests_->Now(server)), std::move(response)));
  });
}

void Runner::ApplyStep(Attempt* row, Step step) {
  row->has_waited = false;
  if (Request* request = std::get_if<Request>(&step)) return Ask(row, std::move(*request));
  if (SaveAndSend* send = std::get_if<SaveAndSend>(&step)) {
    return Hold(row, {.exchange_state = std::move(send->state),
                      .then = [this, row, request = std::move(send->request)]() mutable {
                        Ask(row, std::move(request));
                      }});
  }
  if (Wait* wait = std::get_if<Wait>(&step)) {
    const auto resume = [this](Attempt* rested) {
      rested->has_waited = true;
      Start(rested);
    };
    if (!wait->state) return Later(row, wait->delay_ms, resume);
    return Hold(row, {.exchange_state = std::move(wait->state),
                      .then = [this, row, resume, delay_ms = wait->delay_ms] {
                        Later(row, delay_ms, resume);
                      }});
  }
  if (Failure* failure = std::get_if<Failure>(&step)) return OnFailure(row, std::move(*failure));
  row->calls++;
  std::visit(
      [&]<typename T>(T result) {
        if constexpr (requires { result.usage; }) Add(result.usage, row);
        if constexpr (std::is_same_v<T, AudioResult>) {
          OnSound(row, std::move(result));
        } else {
          row->result = std::move(result);
          Finish(row);
        }
      },
      std::get<Result>(std::move(step)));
}

void Runner::OnFailure(Attempt* row, Failure failure) {
  row->calls++;
  Add(failure.usage, row);
  if (failure.failure_class == FailureClass::kAuth && !row->token_refreshed &&
      requests_->ForgetToken(row->config->server)) {
    row->token_refreshed = true;
    return Start(row);
  }
  // Some providers count differently from what they document, or count something else.
  if (failure.failure_class == FailureClass::kTooLarge && row->job.stage == Stage::kAudio &&
      Refine(row)) {
    return Start(row);
  }
  row->result = std::move(failure);
  Finish(row);
}

void Runner::Hold(Attempt* row, Checkpoint checkpoint) {
  assert(!row->checkpoint && row->transfer == 0);
  row->checkpoint = std::move(checkpoint);
  held_.push_back(row->job.token);
}

std::vector<Attempt*> Runner::Checkpoints() {
  std::vector<Attempt*> rows;
  for (const int64_t token : std::exchange(held_, {})) {
    const auto found = running_.find(token);
    if (found != running_.end()) rows.push_back(found->second.get());
  }
  return rows;
}

void Runner::Defer(Attempt* row, int64_t delay_ms) {
  assert(row->checkpoint);
  Later(row, delay_ms, [this](Attempt* rested) { held_.push_back(rested->job.token); });
}

void Runner::Fail(Attempt* row, Failure failure) {
  row->checkpoint.reset();
  row->sounds.clear();
  row->result = std::move(failure);
  Finish(row);
}

void Runner::Continue(Attempt* row) {
  assert(row->checkpoint);
  Checkpoint kept = std::move(*row->checkpoint);
  row->checkpoint.reset();
  if (kept.exchange_state) row->job.exchange_state = std::move(*kept.exchange_state);
  kept.then();
}

void Runner::Collect() {
  const int64_t now_ms = NowMs();
  while (!timers_.empty() && timers_.begin()->first <= now_ms) {
    const auto continuation = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    continuation();
  }
}

int64_t Runner::NextMs() const { return timers_.empty() ? -1 : timers_.begin()->first; }

void Runner::Finish(Attempt* row) {
  assert(row->transfer == 0 && !row->checkpoint);
  // Sounds are beside the outcome.
  assert(row->job.stage == Stage::kAudio || row->result.index() != 0);
  row->finished_us = NowUs();
  CountMemory(row);
  row->video.reset();
  row->reservation.Release();
  auto found = running_.find(row->job.token);
  assert(found != running_.end() && found->second.get() == row);
  finished_.push_back(std::move(found->second));
  running_.erase(found);
}

std::vector<std::unique_ptr<Attempt>> Runner::TakeFinished() {
  return std::exchange(finished_, {});
}

std::vector<const Attempt*> Runner::Uploaded(const std::vector<HttpClient::Id>& transfers) {
  std::vector<const Attempt*> uploaded;
  for (const auto& [token, row] : running_) {
    if (row->job.stage == Stage::kAnalysis && row->transfer != 0 &&
        std::find(transfers.begin(), transfers.end(), row->transfer) != transfers.end()) {
      uploaded.push_back(row.get());
    }
  }
  return uploaded;
}

void Runner::Abort(int64_t token) {
  auto found = running_.find(token);
  if (found == running_.end()) return;
  if (found->second->transfer != 0) requests_->Abort(found->second->transfer);
  running_.erase(found);
}

void Runner::AbortAll() {
  requests_->AbortAll();
  timers_.clear();
  held_.clear();
  running_.clear();
}

std::vector<Attempt*> Runner::Running() {
  std::vector<Attempt*> rows;
  rows.reserve(running_.size());
  for (const auto& [token, attempt] : running_) rows.push_back(attempt.get());
  return rows;
}

}  // namespace debrief

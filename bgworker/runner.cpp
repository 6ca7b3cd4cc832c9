// runner.cpp: from a claimed row to its result, step by step.

#include "runner.h"

#include <chrono>
#include <utility>

#include "core/audio.h"
#include "core/digest.h"
#include "core/directory_store.h"

namespace debrief {
namespace {

std::string UrlOf(const StageConfig& config, const std::string& path) {
  if (!config.store_public_url.empty()) return config.store_public_url + "/" + path;
  if (config.store_kind == "directory") return "file://" + config.store_path + "/" + path;
  return "pg://" + config.store + "/" + path;
}

Failure BadSound(const std::string& reason) {
  return Failure{.failure_class = FailureClass::kTransient,
                 .code = "bad_answer",
                 .message = "The provider's answer could not be used.",
                 .detail = reason};
}

Failure NoSsml() {
  return Failure{.failure_class = FailureClass::kPermanent,
                 .code = "ssml_missing",
                 .message = "There is no SSML to speak.",
                 .detail = "analysis_ssml_segments has no row for it; retry stage ssml"};
}

}  // namespace

int64_t NowUs() {
  using std::chrono::steady_clock;
  return std::chrono::duration_cast<std::chrono::microseconds>(
             steady_clock::now().time_since_epoch())
      .count();
}

Call Runner::CallOf(const Assignment& assignment) const {
  Call call{.job = &assignment.job, .video = assignment.video};
  if (assignment.job.stage == Stage::kAudio) {
    call.part = &assignment.job.parts[assignment.next_part];
  }
  return call;
}

void Runner::Begin(std::unique_ptr<Assignment> assignment) {
  Assignment* row = assignment.get();
  row->started_us = NowUs();
  running_[row->job.token] = std::move(assignment);

  if (row->job.stage == Stage::kAudio && row->job.parts.empty()) {
    // Every segment has its sound already, or there is no segment at all.
    if (row->job.segment_count == 0) row->result = NoSsml();
    Finish(row);
    return;
  }
  if (row->job.stage == Stage::kAnalysis) {
    auto opened =
        directory_store::OpenForReading(row->config->store_path, row->job.recording.storage_path);
    if (Failure* failure = std::get_if<Failure>(&opened)) {
      row->result = std::move(*failure);
      Finish(row);
      return;
    }
    row->video = std::get<std::shared_ptr<const FileSource>>(std::move(opened));
  }
  Start(row);
}

void Runner::Start(Assignment* assignment) {
  const ServerConfig& server = assignment->config->server;
  Take(assignment, FindProvider(server.kind)->Start(server, CallOf(*assignment)));
}

void Runner::Take(Assignment* assignment, Step step) {
  if (Request* request = std::get_if<Request>(&step)) {
    assignment->transfer = http_->Start(std::move(*request));
    transfers_[assignment->transfer] = assignment;
    return;
  }
  if (Failure* failure = std::get_if<Failure>(&step)) {
    assignment->result = std::move(*failure);
    Finish(assignment);
    return;
  }
  Result& result = std::get<Result>(step);
  if (AudioResult* audio = std::get_if<AudioResult>(&result)) {
    TakeSound(assignment, std::move(*audio));
    return;
  }
  if (AnalysisResult* analysis = std::get_if<AnalysisResult>(&result)) {
    assignment->result = std::move(*analysis);
  } else {
    assignment->result = std::get<SsmlResult>(std::move(result));
  }
  Finish(assignment);
}

void Runner::TakeSound(Assignment* assignment, AudioResult audio) {
  const StageConfig& config = *assignment->config;
  const SpeechPart& part = assignment->job.parts[assignment->next_part];
  std::string error;
  const std::optional<audio::Info> info = audio::Inspect(audio.bytes, &error);
  if (!info) {
    assignment->result = BadSound(error);
    Finish(assignment);
    return;
  }
  Sound sound{.segment_index = part.segment_index,
              .source_hash = part.source_hash,
              .format = info->format,
              .content_type = info->content_type,
              .duration_ms = std::to_string(info->duration_ms),
              .version = std::move(audio.version),
              .bytes = static_cast<int64_t>(audio.bytes.size())};
  // The content's hash is in the name: a late upload of an old attempt replaces nothing.
  sound.path = assignment->job.object_prefix + "/" + std::to_string(part.segment_index) + "-" +
               Sha256Hex(audio.bytes).substr(0, 16) + "." + info->format;
  sound.url = UrlOf(config, sound.path);
  if (config.store_kind == "directory") {
    if (auto failure = directory_store::Write(config.store_path, sound.path, audio.bytes)) {
      assignment->result = std::move(*failure);
      Finish(assignment);
      return;
    }
  } else {
    sound.body = std::move(audio.bytes);
  }
  assignment->sounds.push_back(std::move(sound));
  if (++assignment->next_part < assignment->job.parts.size()) {
    Start(assignment);
  } else {
    Finish(assignment);
  }
}

void Runner::Collect() {
  http_->Run();
  for (HttpClient::Finished& done : http_->TakeFinished()) {
    auto found = transfers_.find(done.id);
    if (found == transfers_.end()) continue;
    Assignment* assignment = found->second;
    transfers_.erase(found);
    assignment->transfer = 0;
    assignment->phases = done.response.phases;
    assignment->http_status = done.response.status;
    const ServerConfig& server = assignment->config->server;
    Take(assignment,
         FindProvider(server.kind)->Next(server, CallOf(*assignment), std::move(done.response)));
  }
}

void Runner::Finish(Assignment* assignment) {
  assignment->finished_us = NowUs();
  assignment->video.reset();
  auto found = running_.find(assignment->job.token);
  finished_.push_back(std::move(found->second));
  running_.erase(found);
}

std::vector<std::unique_ptr<Assignment>> Runner::TakeFinished() {
  return std::exchange(finished_, {});
}

std::vector<const Assignment*> Runner::TakeUploaded() {
  std::vector<const Assignment*> uploaded;
  for (HttpClient::Id id : http_->TakeUploaded()) {
    auto found = transfers_.find(id);
    if (found != transfers_.end() && found->second->job.stage == Stage::kAnalysis) {
      uploaded.push_back(found->second);
    }
  }
  return uploaded;
}

void Runner::Abort(int64_t token) {
  auto found = running_.find(token);
  if (found == running_.end()) return;
  if (found->second->transfer != 0) {
    http_->Abort(found->second->transfer);
    transfers_.erase(found->second->transfer);
  }
  running_.erase(found);
}

void Runner::AbortAll() {
  for (const auto& [id, assignment] : transfers_) http_->Abort(id);
  transfers_.clear();
  running_.clear();
}

std::vector<Assignment*> Runner::Running() {
  std::vector<Assignment*> rows;
  rows.reserve(running_.size());
  for (const auto& [token, assignment] : running_) rows.push_back(assignment.get());
  return rows;
}

}  // namespace debrief

#include "local_provider/upload.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <variant>

namespace debrief::local_provider {
namespace {

constexpr size_t kJobBytesMax = 256 * 1024;

bool WriteAll(int descriptor, std::string_view data) {
  while (!data.empty()) {
    const ssize_t written = write(descriptor, data.data(), data.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    data.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

Upload::Upload(const std::string& boundary, const std::string& video_path, uint64_t video_bytes_max)
    : video_path_(video_path),
      video_bytes_max_(video_bytes_max),
      reader_(boundary, {.begin_part = [this](std::string_view name) { return BeginPart(name); },
                         .data = [this](std::string_view data) { return TakeData(data); }}) {}

bool Upload::Receive(std::string_view body) {
  if (error_) return false;
  if (reader_.Feed(body)) return true;
  if (!error_) error_ = BadRequest("The multipart body is malformed.");
  return false;
}

std::optional<ErrorAnswer> Upload::Finish() {
  if (error_) return error_;
  if (!reader_.IsComplete()) return BadRequest("The multipart body is cut short.");
  if (part_ != Part::kVideo) return BadRequest("The part \"video\" is missing.");
  if (video_bytes_ != job_.video_bytes) {
    return BadRequest("The recording has " + std::to_string(video_bytes_) +
                      " bytes, but the job says " + std::to_string(job_.video_bytes) + ".");
  }
  file_.Close();
  return std::nullopt;
}

bool Upload::BeginPart(std::string_view name) {
  if (part_ == Part::kNone && name == "job") {
    part_ = Part::kJob;
    return true;
  }
  if (part_ == Part::kJob && name == "video") {
    part_ = Part::kVideo;
    return ReadJob();
  }
  return Fail(BadRequest("The parts must be \"job\" and then \"video\"."));
}

bool Upload::TakeData(std::string_view data) {
  if (part_ == Part::kVideo) return WriteVideo(data);
  if (job_text_.size() + data.size() > kJobBytesMax) {
    return Fail(TooLarge("The job part is longer than 256 KiB."));
  }
  job_text_.append(data);
  return true;
}

// The job comes first, so that a recording that is too long is refused before it arrives.
bool Upload::ReadJob() {
  auto job = ReadAnalysisJob(job_text_);
  if (auto* error = std::get_if<ErrorAnswer>(&job)) return Fail(std::move(*error));
  job_ = std::get<AnalysisJob>(job);
  if (job_.video_bytes > video_bytes_max_) {
    return Fail(
        TooLarge("The recording is longer than " + std::to_string(video_bytes_max_) + " bytes."));
  }
  constexpr mode_t kOwnerOnly = 0600;
  file_ =
      Descriptor(open(video_path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly));
  return file_.IsOpen() || Fail(NoRoom());
}

bool Upload::WriteVideo(std::string_view data) {
  video_bytes_ += data.size();
  if (video_bytes_ > job_.video_bytes) {
    return Fail(BadRequest("The recording has more bytes than the job says."));
  }
  return WriteAll(file_.number(), data) || Fail(NoRoom());
}

bool Upload::Fail(ErrorAnswer error) {
  error_ = std::move(error);
  return false;
}

}  // namespace debrief::local_provider

// upload.h: the body of an analysis request, written to disk as it arrives.
//
// Holds the protocol's rules for it: first the part `job`, then the part `video`, nothing
// else, and exactly as many bytes as the job says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "local_provider/descriptor.h"
#include "local_provider/multipart.h"
#include "local_provider/protocol.h"

namespace debrief::local_provider {

class Upload {
 public:
  Upload(const std::string& boundary, const std::string& video_path, uint64_t video_bytes_max);

  // False from the first problem on; Finish then says what it was.
  bool Receive(std::string_view body);

  // Call at the end of the body. Absent when the whole recording is in its file.
  std::optional<ErrorAnswer> Finish();

 private:
  enum class Part { kNone, kJob, kVideo };

  bool BeginPart(std::string_view name);
  bool TakeData(std::string_view data);
  bool WriteVideo(std::string_view data);
  bool ReadJob();
  bool Fail(ErrorAnswer error);

  const std::string video_path_;
  const uint64_t video_bytes_max_;
  Descriptor file_;
  MultipartReader reader_;
  Part part_ = Part::kNone;
  std::string job_text_;
  AnalysisJob job_;
  uint64_t video_bytes_ = 0;
  std::optional<ErrorAnswer> error_;
};

}  // namespace debrief::local_provider

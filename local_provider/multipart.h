// multipart.h: reads a multipart/form-data body piece by piece, in bounded memory.
//
// The reader inside httplib 0.11.4 keeps everything after a malformed boundary in memory, and
// a recording may have gigabytes; this one never holds more than one header block.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace debrief::local_provider {

// The boundary of a Content-Type such as `multipart/form-data; boundary=abc`, if it is one.
std::optional<std::string> MultipartBoundary(std::string_view content_type);

class MultipartReader {
 public:
  struct Sink {
    std::function<bool(std::string_view name)> begin_part;
    std::function<bool(std::string_view data)> data;
  };

  MultipartReader(const std::string& boundary, Sink sink);

  // False when the body is malformed or the sink refused; nothing may be fed after that.
  bool Feed(std::string_view data);

  // Whether the closing boundary has been seen.
  bool IsComplete() const { return state_ == State::kEpilogue; }

 private:
  enum class State { kPreamble, kAfterBoundary, kHeaders, kBody, kEpilogue };
  enum class Step { kAgain, kNeedMore, kFailed };

  Step Advance();
  Step SkipPreamble();
  Step ReadAfterBoundary();
  Step ReadHeaders();
  Step ReadBody();

  const std::string delimiter_;  // CRLF, two dashes, boundary
  const Sink sink_;
  State state_ = State::kPreamble;
  std::string pending_;
};

}  // namespace debrief::local_provider

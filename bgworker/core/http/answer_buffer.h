// answer_buffer.h: collects an answer piece by piece and says stop when it grows too large.
//
// Pure memory: what comes from libcurl's callbacks goes in, a body comes out. Nothing throws,
// because a C library calls.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "bgworker/core/http/outcome.h"

namespace debrief {

class AnswerBuffer {
 public:
  // Forgets the last answer.
  void Expect(int64_t body_bytes_max);
  // Of an answer that turned out to be another than the one that was expected.
  void LowerBodyMax(int64_t bytes) { body_bytes_max_ = std::min(body_bytes_max_, bytes); }
  // Each returns false when the transfer must end; stopped_by() then says why.
  bool AddHeaderLine(std::string_view line) noexcept;
  // `announced_bytes` -1: not announced; `sink_fd` -1: the body is kept here, else written there.
  bool BeginBody(int64_t announced_bytes, int sink_fd) noexcept;
  bool AddBody(std::string_view piece) noexcept;

  StoppedBy stopped_by() const { return stopped_by_; }
  bool began() const { return header_bytes_ > 0; }
  // False when the connection ended within the headers, which libcurl 7.88 takes for the end.
  bool head_is_whole() const { return head_is_whole_; }
  int body_pieces() const { return body_pieces_; }
  int64_t body_bytes() const { return body_bytes_; }
  // What the body takes of memory, and what it will have to grow by for so many bytes more.
  int64_t memory_bytes() const { return static_cast<int64_t>(body_.capacity()); }
  int64_t Growth(int64_t announced_bytes, size_t piece_bytes) const;
  std::string TakeBody() { return std::move(body_); }

 private:
  bool Stop(StoppedBy reason);
  bool Sink(std::string_view piece) noexcept;

  std::string body_;
  int sink_fd_ = -1;
  int64_t body_bytes_ = 0;
  int64_t body_bytes_max_ = 0;
  int64_t header_bytes_ = 0;
  int body_pieces_ = 0;
  bool head_is_whole_ = false;
  StoppedBy stopped_by_ = StoppedBy::kNobody;
};

}  // namespace debrief

// answer_buffer.cpp: see answer_buffer.h.
#include "bgworker/core/http/answer_buffer.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>

namespace debrief {
namespace {

constexpr int64_t kHeaderBytesMax = 64 * 1024;
// What a server announces is believed only so far; beyond, the body grows as it comes.
constexpr int64_t kReserveBytesMax = 8 * 1024 * 1024;

}  // namespace

void AnswerBuffer::Expect(int64_t body_bytes_max) {
  *this = AnswerBuffer();
  body_bytes_max_ = body_bytes_max;
}

bool AnswerBuffer::Stop(StoppedBy reason) {
  stopped_by_ = reason;
  return false;
}

bool AnswerBuffer::AddHeaderLine(std::string_view line) noexcept {
  if (line.starts_with("HTTP/")) head_is_whole_ = false;  // again after an interim answer
  if (line == "\r\n" || line == "\n") head_is_whole_ = true;
  header_bytes_ += static_cast<int64_t>(line.size());
  return header_bytes_ <= kHeaderBytesMax || Stop(StoppedBy::kHeaderLimit);
}

bool AnswerBuffer::BeginBody(int64_t announced_bytes, int sink_fd) noexcept {
  sink_fd_ = sink_fd;
  if (announced_bytes > body_bytes_max_) return Stop(StoppedBy::kBodyLimit);
  if (announced_bytes <= 0 || sink_fd_ >= 0) return true;
  try {
    body_.reserve(static_cast<size_t>(std::min(announced_bytes, kReserveBytesMax)));
  } catch (const std::bad_alloc&) {
    return Stop(StoppedBy::kMemory);
  }
  return true;
}

int64_t AnswerBuffer::Growth(int64_t announced_bytes, size_t piece_bytes) const {
  const int64_t held = memory_bytes();
  const int64_t needed = static_cast<int64_t>(body_.size() + piece_bytes);
  if (body_pieces_ == 0 && announced_bytes > 0) return std::min(announced_bytes, kReserveBytesMax);
  return needed <= held ? 0 : std::max(needed, 2 * held) - held;  // a string doubles
}

bool AnswerBuffer::Sink(std::string_view piece) noexcept {
  while (!piece.empty()) {
    const ssize_t written = write(sink_fd_, piece.data(), piece.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return Stop(StoppedBy::kSink);
    piece.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

bool AnswerBuffer::AddBody(std::string_view piece) noexcept {
  ++body_pieces_;
  const auto room = static_cast<size_t>(body_bytes_max_ - body_bytes_);
  if (piece.size() > room) return Stop(StoppedBy::kBodyLimit);
  body_bytes_ += static_cast<int64_t>(piece.size());
  if (sink_fd_ >= 0) return Sink(piece);
  try {
    body_.append(piece);
  } catch (const std::bad_alloc&) {
    return Stop(StoppedBy::kMemory);
  }
  return true;
}

}  // namespace debrief

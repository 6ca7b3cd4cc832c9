// body.h: a request body put together from text and files while it is sent, and its digest.
//
// A file's bytes go from pread() into libcurl's upload buffer, in base64 where that is asked for;
// no file is ever held in memory. A file's position is not used, so several transfers may share one
// FileSource.
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bgworker/core/http/request.h"
#include "bgworker/core/text/sha256.h"

namespace debrief {

// A multipart/form-data body: its parts with a boundary between them.
std::vector<BodyPiece> FormPieces(std::vector<FormPart> parts, std::string_view boundary);
// Another one at each call; no file holds it but by a chance of 1 in 2^128.
std::string NewBoundary();

// Bytes of `pieces` on the wire.
int64_t BytesOf(const std::vector<BodyPiece>& pieces);

class HttpBody {
 public:
  // Describes the body to libcurl. `pieces` must stay as it is until Clear().
  CURLcode Build(CURL* easy, const std::vector<BodyPiece>& pieces, bool digest);
  void Clear();
  // A file ended before its announced size, or could not be read: the transfer was aborted.
  bool ran_short() const { return ran_short_; }
  // Of all bytes of the body, once they were read; else empty.
  std::string Digest();

 private:
  static size_t Read(char* buffer, size_t size, size_t count, void* self) noexcept;
  static int Seek(void* self, curl_off_t offset, int origin) noexcept;

  void Rewind();
  size_t Fill(char* buffer, size_t room) noexcept;
  size_t FillFromFile(const BodyPiece& piece, char* buffer, size_t room) noexcept;
  bool ReadFile(const FileSource& file, char* buffer, size_t bytes) noexcept;

  const std::vector<BodyPiece>* pieces_ = nullptr;
  size_t piece_ = 0;
  int64_t offset_ = 0;  // in the piece: of its text, or of the file before encoding
  int64_t left_bytes_ = 0;
  std::string encoded_;  // base64 that did not fit the buffer
  size_t encoded_taken_ = 0;
  bool ran_short_ = false;
  std::unique_ptr<Sha256> digest_;
};

}  // namespace debrief

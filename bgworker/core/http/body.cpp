// body.cpp: see body.h.
#include "bgworker/core/http/body.h"

#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <random>
#include <utility>

#include "bgworker/core/text/hex.h"

namespace debrief {
namespace {

constexpr int64_t kBase64In = 3;
constexpr int64_t kBase64Out = 4;
// Of a file, encoded at once: a multiple of three, so that padding comes at the end only.
constexpr size_t kBlockBytes = 48 * 1024;

int64_t BytesOf(const BodyPiece& piece) {
  if (!piece.file) return static_cast<int64_t>(piece.text.size());
  const int64_t bytes = piece.file->bytes();
  return piece.base64 ? (bytes + kBase64In - 1) / kBase64In * kBase64Out : bytes;
}

// A name as it stands between quotation marks. It has no control bytes.
std::string Quoted(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') {
      quoted += "%22";
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

}  // namespace

FileSource::FileSource(int fd, int64_t bytes) : fd_(fd), bytes_(bytes) {
  constexpr size_t kHeadBytes = 64;
  head_.resize(kHeadBytes);
  const ssize_t read = pread(fd, head_.data(), head_.size(), 0);
  head_.resize(static_cast<size_t>(std::max<ssize_t>(read, 0)));
}

FileSource::~FileSource() {
  if (fd_ >= 0) close(fd_);
}

FileSink::~FileSink() {
  if (fd_ >= 0) close(fd_);
}

std::string NewBoundary() {
  constexpr int kNumbers = 4;
  std::random_device random;
  std::string boundary = "----debrief-";
  for (int i = 0; i < kNumbers; i++) {
    const auto number = random();
    boundary += hex::Encode({reinterpret_cast<const char*>(&number), sizeof number});
  }
  return boundary;
}

std::vector<BodyPiece> FormPieces(std::vector<FormPart> parts, std::string_view boundary) {
  std::vector<BodyPiece> pieces;
  std::string between = "--" + std::string(boundary);
  for (FormPart& part : parts) {
    between += "\r\nContent-Disposition: form-data; name=" + Quoted(part.name);
    if (!part.content_type.empty()) between += "\r\nContent-Type: " + part.content_type;
    between += "\r\n\r\n" + part.text;
    pieces.push_back({.text = std::move(between)});
    if (part.file) pieces.push_back({.file = std::move(part.file)});
    between = "\r\n--" + std::string(boundary);
  }
  pieces.push_back({.text = between + "--\r\n"});
  return pieces;
}

int64_t BytesOf(const std::vector<BodyPiece>& pieces) {
  int64_t bytes = 0;
  for (const BodyPiece& piece : pieces) bytes += BytesOf(piece);
  return bytes;
}

CURLcode HttpBody::Build(CURL* easy, const std::vector<BodyPiece>& pieces, bool digest) {
  pieces_ = &pieces;
  if (digest) digest_ = std::make_unique<Sha256>();
  encoded_.reserve(kBlockBytes / kBase64In * kBase64Out + 1);  // Read() must not throw
  Rewind();
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_READFUNCTION, Read);
  curl_easy_setopt(easy, CURLOPT_READDATA, this);
  curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, Seek);
  curl_easy_setopt(easy, CURLOPT_SEEKDATA, this);
  return curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                          static_cast<curl_off_t>(BytesOf(pieces)));
}

void HttpBody::Clear() { *this = HttpBody(); }

void HttpBody::Rewind() {
  piece_ = 0;
  offset_ = 0;
  left_bytes_ = BytesOf(*pieces_);
  encoded_.clear();
  encoded_taken_ = 0;
  if (digest_) digest_->Restart();
}

std::string HttpBody::Digest() {
  // libcurl stops reading at the announced length: there need be no read that finds the end.
  return digest_ && left_bytes_ == 0 ? digest_->Hex() : std::string();
}

bool HttpBody::ReadFile(const FileSource& file, char* buffer, size_t bytes) noexcept {
  size_t filled = 0;
  while (filled < bytes) {
    const ssize_t got =
        pread(file.fd(), buffer + filled, bytes - filled, offset_ + static_cast<int64_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    filled += static_cast<size_t>(got);
  }
  return true;
}

// Returns 0 at the end of the piece, or when the file ran short.
size_t HttpBody::FillFromFile(const BodyPiece& piece, char* buffer, size_t room) noexcept {
  // A file that grew since it was announced is sent as announced.
  const auto left = static_cast<size_t>(std::max<int64_t>(piece.file->bytes() - offset_, 0));
  if (!piece.base64) {
    const size_t bytes = std::min(room, left);
    ran_short_ = !ReadFile(*piece.file, buffer, bytes);
    if (ran_short_) return 0;
    offset_ += static_cast<int64_t>(bytes);
    return bytes;
  }
  if (encoded_taken_ == encoded_.size()) {
    char block[kBlockBytes];
    const size_t bytes = std::min(sizeof block, left);
    ran_short_ = !ReadFile(*piece.file, block, bytes);
    if (ran_short_ || bytes == 0) return 0;
    offset_ += static_cast<int64_t>(bytes);
    encoded_.resize((bytes + kBase64In - 1) / kBase64In * kBase64Out);
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded_.data()),
                    reinterpret_cast<const unsigned char*>(block), static_cast<int>(bytes));
    encoded_taken_ = 0;
  }
  const size_t bytes = std::min(room, encoded_.size() - encoded_taken_);
  std::memcpy(buffer, encoded_.data() + encoded_taken_, bytes);
  encoded_taken_ += bytes;
  return bytes;
}

size_t HttpBody::Fill(char* buffer, size_t room) noexcept {
  while (piece_ < pieces_->size()) {
    const BodyPiece& piece = (*pieces_)[piece_];
    size_t bytes = 0;
    if (piece.file) {
      bytes = FillFromFile(piece, buffer, room);
    } else {
      bytes = std::min(room, piece.text.size() - static_cast<size_t>(offset_));
      std::memcpy(buffer, piece.text.data() + offset_, bytes);
      offset_ += static_cast<int64_t>(bytes);
    }
    if (bytes > 0 || ran_short_) return bytes;
    ++piece_;
    offset_ = 0;
  }
  return 0;
}

size_t HttpBody::Read(char* buffer, size_t size, size_t count, void* self) noexcept {
  HttpBody& body = *static_cast<HttpBody*>(self);
  const size_t bytes = body.Fill(buffer, size * count);
  if (body.ran_short_) return CURL_READFUNC_ABORT;
  body.left_bytes_ -= static_cast<int64_t>(bytes);
  assert(body.left_bytes_ >= 0);
  if (body.digest_) body.digest_->Add({buffer, bytes});
  return bytes;
}

int HttpBody::Seek(void* self, curl_off_t offset, int origin) noexcept {
  if (origin != SEEK_SET || offset != 0) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<HttpBody*>(self)->Rewind();
  return CURL_SEEKFUNC_OK;
}

}  // namespace debrief

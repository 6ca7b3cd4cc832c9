// form.cpp: see http_form.h.
#include "bgworker/core/http/form.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace debrief {

CURLcode HttpForm::Build(CURL* easy, const std::vector<FormPart>& parts) {
  mime_.reset(curl_mime_init(easy));
  if (!mime_) return CURLE_OUT_OF_MEMORY;
  cursors_.clear();
  cursors_.reserve(parts.size());
  for (const FormPart& part : parts) {
    if (const CURLcode code = AddPart(part); code != CURLE_OK) return code;
  }
  return curl_easy_setopt(easy, CURLOPT_MIMEPOST, mime_.get());
}

CURLcode HttpForm::AddPart(const FormPart& part) {
  curl_mimepart* mime_part = curl_mime_addpart(mime_.get());
  if (mime_part == nullptr) return CURLE_OUT_OF_MEMORY;
  CURLcode code = curl_mime_name(mime_part, part.name.c_str());
  if (code == CURLE_OK && !part.content_type.empty()) {
    code = curl_mime_type(mime_part, part.content_type.c_str());
  }
  if (code != CURLE_OK) return code;
  if (!part.file) return curl_mime_data(mime_part, part.text.data(), part.text.size());
  cursors_.push_back({.file = part.file.get()});
  return curl_mime_data_cb(mime_part, part.file->bytes(), Read, Seek, nullptr, &cursors_.back());
}

void HttpForm::Clear() {
  mime_.reset();
  cursors_.clear();
}

bool HttpForm::ran_short() const {
  return std::any_of(cursors_.begin(), cursors_.end(),
                     [](const FileCursor& cursor) { return cursor.ran_short; });
}

size_t HttpForm::Read(char* buffer, size_t size, size_t count, void* cursor) noexcept {
  FileCursor& at = *static_cast<FileCursor*>(cursor);
  const int64_t left = at.file->bytes() - at.offset;
  // A file that grew since it was announced is sent as announced.
  const size_t wanted = std::min(size * count, static_cast<size_t>(std::max<int64_t>(left, 0)));
  if (wanted == 0) return 0;
  ssize_t got = -1;
  do {
    got = pread(at.file->fd(), buffer, wanted, at.offset);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) {
    at.ran_short = true;
    return CURL_READFUNC_ABORT;
  }
  at.offset += got;
  return static_cast<size_t>(got);
}

int HttpForm::Seek(void* cursor, curl_off_t offset, int origin) noexcept {
  FileCursor& at = *static_cast<FileCursor*>(cursor);
  if (origin != SEEK_SET || offset < 0 || offset > at.file->bytes()) return CURL_SEEKFUNC_FAIL;
  at.offset = offset;
  return CURL_SEEKFUNC_OK;
}

}  // namespace debrief

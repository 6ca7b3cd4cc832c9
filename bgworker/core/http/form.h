// form.h: a multipart/form-data body that streams its files.
//
// A file's bytes go from pread() into libcurl's upload buffer; no file is ever held in memory,
// and its descriptor's position is not used, so several transfers may share one FileSource.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <vector>

#include "bgworker/core/http/request.h"

namespace debrief {

class HttpForm {
 public:
  HttpForm() = default;
  HttpForm(const HttpForm&) = delete;
  HttpForm& operator=(const HttpForm&) = delete;

  // Describes `parts` to libcurl. They must stay as they are until Clear().
  CURLcode Build(CURL* easy, const std::vector<FormPart>& parts);
  // Only while no transfer uses the form.
  void Clear();
  curl_mime* mime() const { return mime_.get(); }
  // A file ended before its announced size, or could not be read: the transfer was aborted.
  bool ran_short() const;

 private:
  struct FileCursor {
    const FileSource* file;
    int64_t offset = 0;
    bool ran_short = false;
  };
  static size_t Read(char* buffer, size_t size, size_t count, void* cursor) noexcept;
  static int Seek(void* cursor, curl_off_t offset, int origin) noexcept;

  CURLcode AddPart(const FormPart& part);

  std::vector<FileCursor> cursors_;  // libcurl holds pointers into it: sized once, in Build()
  std::unique_ptr<curl_mime, decltype(&curl_mime_free)> mime_{nullptr, curl_mime_free};
};

}  // namespace debrief

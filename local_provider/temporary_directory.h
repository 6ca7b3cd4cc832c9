// temporary_directory.h: a directory with a random name that is removed with its owner.
//
// The name carries nothing from a client. Only the owner of the process may look inside.
#pragma once

#include <string>

namespace debrief::local_provider {

class TemporaryDirectory {
 public:
  // Makes `parent`/pg_debrief-XXXXXX; IsReady() is false when that fails (errno says why).
  explicit TemporaryDirectory(const std::string& parent);
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  bool IsReady() const { return !path_.empty(); }
  const std::string& path() const { return path_; }
  std::string PathOf(const char* name) const { return path_ + "/" + name; }

  // Removes everything now, for a process that is about to leave without destructors.
  void Remove();

 private:
  std::string path_;
};

}  // namespace debrief::local_provider

// temporary_directory.h: a directory with a random name that is removed with its owner.
//
// The name carries nothing from a client. Only the owner of the process may look inside.
#pragma once

#include <string>

#include "local_provider/descriptor.h"

namespace debrief::local_provider {

class TemporaryDirectory {
 public:
  // Makes `parent`/pg_debrief_local_provider-XXXXXX; IsReady() is false when that fails (errno says
  // why).
  explicit TemporaryDirectory(const std::string& parent);
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  bool IsReady() const { return !path_.empty(); }
  const std::string& path() const { return path_; }
  std::string PathOf(const char* name) const { return path_ + "/" + name; }

  // Whether a program may take it that all it has written there is there: ffmpeg does not look.
  static bool HasRoom(const std::string& path);

  // Removes everything now, for a process that is about to leave without destructors.
  void Remove();

  // Removes those whose process was killed: recordings of users are in them.
  static void RemoveAbandoned(const std::string& parent);

 private:
  std::string path_;
  Descriptor lock_;  // held until the process ends, however it does
};

}  // namespace debrief::local_provider

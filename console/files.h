// files.h: files below a folder, by paths that come from rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace debrief::console {

struct OpenFile {
  int descriptor;
  uint64_t bytes;
  std::string tag;  // changes when the file does
};

// A regular file below `root`; nothing when there is none, or the way to it leaves the root or
// goes over a symbolic link.
std::optional<OpenFile> OpenBelow(const std::string& root, const std::string& path);

}  // namespace debrief::console

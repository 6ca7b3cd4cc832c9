// directory.h: recordings read from, and sounds written to, a directory of the server.
//
// Paths come from rows and are not trusted: every segment is opened relative to its parent without
// following symbolic links, so nothing outside the root can be reached.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "bgworker/core/model/failure.h"
#include "bgworker/core/services/provider.h"

namespace debrief::directory_store {

// Opens `path` under `root` for streaming. Only a regular file with at least one byte will do.
std::variant<std::shared_ptr<const FileSource>, Failure> OpenForReading(const std::string& root,
                                                                        std::string_view path);

// Of what is made new. 0: as the server's umask leaves it.
struct Modes {
  mode_t file = 0;
  mode_t directory = 0;
};

// Writes `bytes` to `path` under `root`, making directories: a temporary name in the
// same directory, fsync, rename, fsync of the directory. A file that is already there with the
// same size is the same object (paths carry the content's hash) and is left alone. Returns
// nothing when written.
std::optional<Failure> Write(const std::string& root, std::string_view path, std::string_view bytes,
                             const Modes& modes = {});

// Removes `path` under `root` and parents that became empty, never the root. An object that is not
// there is no failure.
std::optional<Failure> Remove(const std::string& root, std::string_view path);

// Whether `path` is one that the functions above accept: relative, 1 to 1024 bytes, segments that
// are not empty, "." or "..", no control bytes.
bool IsSafePath(std::string_view path);

}  // namespace debrief::directory_store

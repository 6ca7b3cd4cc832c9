// temporary_file.h: a file without a name, for what is too large for memory. It is gone when it is
// closed, however the process ends.
#pragma once

#include <memory>
#include <string>

#include "bgworker/core/http/request.h"

namespace debrief::temporary_file {

// Makes the directory (mode 0700) when it is missing. Null, and why, when it cannot be done.
std::shared_ptr<FileSink> Open(const std::string& directory, std::string* error);

// What was written, to be read; it outlives the sink. Null, and why, also when there is nothing.
std::shared_ptr<const FileSource> Reread(const FileSink& sink, int64_t bytes, std::string* error);

}  // namespace debrief::temporary_file

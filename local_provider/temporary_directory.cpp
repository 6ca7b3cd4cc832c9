#include "local_provider/temporary_directory.h"

#include <stdlib.h>

#include <filesystem>
#include <system_error>

namespace debrief::local_provider {

TemporaryDirectory::TemporaryDirectory(const std::string& parent) {
  std::string name = parent + "/pg_debrief-XXXXXX";
  if (mkdtemp(name.data()) != nullptr) path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() { Remove(); }

void TemporaryDirectory::Remove() {
  if (path_.empty()) return;
  // Nothing can be done about a failure here; the next start uses a new name.
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
  path_.clear();
}

}  // namespace debrief::local_provider

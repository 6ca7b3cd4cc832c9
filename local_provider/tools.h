// tools.h: are the programs there, and which versions are they.
#pragma once

#include <string>
#include <variant>

#include "local_provider/options.h"

namespace debrief::local_provider {

// The `version` texts of the answers.
struct ToolVersions {
  std::string analysis;
  std::string speech;
};

// Versions, or a sentence about the program that does not run. The programs are run in
// `directory`: espeak-ng leaves files in its home.
std::variant<ToolVersions, std::string> CheckTools(const Options& options,
                                                   const std::string& directory);

}  // namespace debrief::local_provider
